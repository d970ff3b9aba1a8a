"""Random tables and streams: every plane does what the model does."""

from triplane.tb.context import Context
from triplane.tb.strategies.scenario import scenarios
from triplane.tb.tests import register


@register("equivalence", "random tables and packets at full speed", randomised=True)
def equivalence(context: Context) -> None:
    context.explore(scenarios(max_packets=40, timing=False, updates=False))
