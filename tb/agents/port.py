"""How an agent's driver reaches its plane: one scenario in, outcomes and counters out."""

from __future__ import annotations

from typing import Protocol

from triplane.models.datapath import Datapath
from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.models.tables import Tables
from triplane.tb.plane import Plane
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Judged, Reference


class Port(Protocol):
    """One plane as the environment sees it."""

    name: str

    async def play(self, scenario: Scenario) -> Judged:
        """Load the scenario's tables, run its stream, return everything that came out. Raises PlaneError."""

    def close(self) -> None:
        """Give back what the plane holds."""


def run_plane(plane: Plane, scenario: Scenario) -> Judged:
    """Play a scenario on a software plane: batches of packets between table changes (R-TBL-4)."""
    plane.load(scenario.tables)
    outcomes: list[Outcome] = []
    batch: list[Packet] = []
    for item in scenario.items:
        if isinstance(item, Tables):
            outcomes += plane.process(batch)
            plane.update(item)
            batch = []
        else:
            batch.append(item)
    outcomes += plane.process(batch)
    return Judged(outcomes, plane.counters())


def run_model(scenario: Scenario) -> Reference:
    """Play a scenario on the golden model; the reference also names the rules that each packet hit."""
    datapath = Datapath(scenario.tables)
    outcomes: list[Outcome] = []
    rules: list[tuple[str, ...]] = []
    for item in scenario.items:
        if isinstance(item, Tables):
            datapath.update(item)
        else:
            outcome, hit = datapath.process_with_rules(item)
            outcomes.append(outcome)
            rules.append(hit)
    return Reference(outcomes, datapath.counters(), rules)


class SoftPort:
    """A software plane in the simulator's process."""

    def __init__(self, plane: Plane) -> None:
        self.name = plane.name
        self.plane = plane

    async def play(self, scenario: Scenario) -> Judged:
        return run_plane(self.plane, scenario)

    def close(self) -> None:
        self.plane.close()


class ModelPort:
    """The golden model as a plane among the others."""

    name = "model"

    async def play(self, scenario: Scenario) -> Reference:
        return run_model(scenario)

    def close(self) -> None:
        """Nothing to give back."""
