"""Draws scenarios with hypothesis until a packet budget is spent or a plane disagrees, then shrinks what was found."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from triplane.tb.minimise import minimise
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Mismatch

Check = Callable[[Scenario], list[Mismatch]]
"""Plays a scenario on every plane and returns the mismatches."""

EXAMPLES_PER_ROUND = 100


@dataclass(frozen=True)
class Finding:
    """The smallest scenario found that still fails in the same way, and how it fails."""

    scenario: Scenario
    mismatches: tuple[Mismatch, ...]


class _Enough(BaseException):
    """Ends a hypothesis run from inside; not an Exception, so hypothesis neither records nor shrinks it."""


class Explorer:
    """One search: budget, progress and the best failure so far."""

    def __init__(self, check: Check, packets: int, shrink_seconds: float = 12.0) -> None:
        self.check = check
        self.budget = packets
        self.shrink_seconds = shrink_seconds
        self.best: Finding | None = None
        self.failed_at = 0.0
        self.packets = 0
        self.examples = 0

    def search(self, strategy: SearchStrategy[Scenario], first_seed: int) -> Finding | None:
        """Spend the budget; on a failure return it minimal. Exceptions that are no mismatch pass through."""
        number = first_seed
        while self.best is None and self.packets < self.budget:
            self._round(strategy, number)
            number += 1
        if self.best is None:
            return None
        scenario, mismatches = minimise(self.best.scenario, self.best.mismatches, self.check, self.shrink_seconds)
        return Finding(scenario, tuple(mismatches))

    def _round(self, strategy: SearchStrategy[Scenario], number: int) -> None:
        @seed(number)
        @settings(max_examples=EXAMPLES_PER_ROUND, database=None, deadline=None, report_multiple_bugs=False,
                  print_blob=False, phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck))
        @given(strategy)
        def planes_agree(scenario: Scenario) -> None:
            self._example(scenario)

        try:
            planes_agree()
        except _Enough:
            pass
        except Exception:
            if self.best is None:
                raise

    def _example(self, scenario: Scenario) -> None:
        if self.best is None and self.packets >= self.budget:
            raise _Enough
        if self.best is not None and time.monotonic() - self.failed_at > self.shrink_seconds:
            raise _Enough
        mismatches = self.check(scenario)
        if self.best is None:
            self.packets += len(scenario.packets)
            self.examples += 1
        if not mismatches:
            return
        if self.best is None:
            self.failed_at = time.monotonic()
        elif mismatches[0].signature != self.best.mismatches[0].signature:
            return  # another failure: shrinking must not slip from one bug to the next
        if self.best is None or weight(scenario) <= weight(self.best.scenario):
            self.best = Finding(scenario, tuple(mismatches))
        raise AssertionError("planes disagree")


def weight(scenario: Scenario) -> tuple[int, int, int]:
    """How big a scenario is: items, table entries, bytes."""
    tables = scenario.tables
    return (len(scenario.items), len(tables.acl) + len(tables.routes), sum(len(p.data) for p in scenario.packets))
