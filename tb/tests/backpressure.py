"""Bus timing must not change outcomes: drawn gaps at the input, drawn stalls at the output."""

from triplane.tb.context import Context
from triplane.tb.strategies.scenario import scenarios
from triplane.tb.tests import register


@register("backpressure", "gaps at the input and stalls at the output of the RTL", needs=("rtl",), randomised=True)
def backpressure(context: Context) -> None:
    context.explore(scenarios(max_packets=25, timing=True, updates=False), share=0.3)
