"""A saved scenario or a capture, through every plane."""

from pathlib import Path

from triplane.tb.context import Context
from triplane.tb.scenario import open_scenario
from triplane.tb.tests import register


@register("replay", "a saved scenario or capture; needs --scenario", planned=False)
def replay(context: Context) -> None:
    assert context.job.scenario is not None
    tables = Path(context.job.tables) if context.job.tables else None
    context.each([open_scenario(Path(context.job.scenario), tables)])
