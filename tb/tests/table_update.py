"""Tables change in mid-stream: each change takes effect between two packets, in every plane (R-TBL-4)."""

from triplane.tb.context import Context
from triplane.tb.strategies.scenario import scenarios
from triplane.tb.tests import register


@register("table_update", "tables replaced while traffic flows", randomised=True)
def table_update(context: Context) -> None:
    context.explore(scenarios(max_packets=25, timing=True, updates=True), share=0.3)
