"""What a test gets: planes to play scenarios on, a seed, a packet budget, and bookkeeping."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import msgspec

from triplane.tb.coverage import RuleCoverage
from triplane.tb.explore import Explorer, Finding
from triplane.tb.job import Job, Progress
from triplane.tb.minimise import minimise
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Mismatch


class TestFailed(Exception):
    """A test found planes that disagree; carries the smallest scenario that shows it."""

    __test__ = False

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.mismatches[0].headline())
        self.finding = finding


class CheckFailed(Exception):
    """A directed check that is no packet comparison failed (a register, a reset); the message says which."""


class NotApplicable(Exception):
    """The test needs a plane that is not part of this run."""


class Host(Protocol):
    """Where the planes live: in a simulation, or in a plain process when no RTL takes part."""

    planes: tuple[str, ...]
    coverage: RuleCoverage

    def play(self, scenario: Scenario) -> list[Mismatch]:
        """Run a scenario on every plane and judge it. Raises PlaneError."""

    def simulate(self, action: Callable[[Any], Awaitable[Any]]) -> Any:
        """Run a coroutine function on the RTL port. Raises NotApplicable without a simulation."""


class Context:
    """One test's view of the host."""

    def __init__(self, host: Host, job: Job) -> None:
        self.host = host
        self.job = job
        self.packets = 0
        self.examples = 0
        self._progress = Path(job.folder, "progress")

    def explore(self, strategy: Any, share: float = 1.0) -> None:
        """Draw scenarios until `share` of the packet budget is spent. Raises TestFailed with the minimal failure."""
        explorer = Explorer(self._count_and_play, max(1, int(self.job.packets * share)))
        finding = explorer.search(strategy, self.job.seed)
        if finding is not None:
            raise TestFailed(finding)

    def each(self, scenarios: Iterable[Scenario]) -> None:
        """Play given scenarios. Raises TestFailed for the first one on which a plane disagrees, minimal."""
        for scenario in scenarios:
            mismatches = self._count_and_play(scenario)
            if mismatches:
                small, found = minimise(scenario, mismatches, self.host.play, seconds=12.0)
                raise TestFailed(Finding(small, tuple(found)))

    def simulate(self, action: Callable[[Any], Awaitable[Any]]) -> Any:
        return self.host.simulate(action)

    def count(self, packets: int) -> None:
        """Book packets that a test fed to its planes by itself."""
        self.packets += packets
        self.examples += 1
        with self._progress.open("wb") as file:
            file.write(msgspec.json.encode(Progress(self.packets, max(self.packets, self.job.packets))))

    def _count_and_play(self, scenario: Scenario) -> list[Mismatch]:
        mismatches = self.host.play(scenario)
        self.count(len(scenario.packets))
        return mismatches
