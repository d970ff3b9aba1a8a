"""Makes a failing scenario small by plain cuts, keeping only cuts under which it fails in the same way.

Works on what hypothesis has shrunk already and on captures that hypothesis never drew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from triplane.models.packet import Packet
from triplane.models.tables import Tables
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Mismatch
from triplane.tb.timing import Timing

Item = TypeVar("Item")
Check = Callable[[Scenario], list[Mismatch]]


def minimise(
    scenario: Scenario, mismatches: Sequence[Mismatch], check: Check, seconds: float
) -> tuple[Scenario, Sequence[Mismatch]]:
    """Cut until nothing can go or `seconds` are over. The result always fails with the first mismatch's signature."""
    wanted = mismatches[0].signature
    end = time.monotonic() + seconds
    progress = True
    while progress:
        progress = False
        for candidate in candidates(scenario, mismatches[0]):
            if time.monotonic() > end:
                return scenario, mismatches
            found = check(candidate)
            if found and found[0].signature == wanted:
                scenario, mismatches, progress = candidate, found, True
                break
    return scenario, mismatches


def candidates(scenario: Scenario, mismatch: Mismatch) -> Iterator[Scenario]:
    """Smaller scenarios, boldest cut first."""
    if mismatch.index is not None:
        yield from _around(scenario, mismatch.index)
    for items in _cuts(scenario.items):
        if any(isinstance(item, Packet) for item in items):
            yield msgspec.structs.replace(scenario, items=items)
    if scenario.timing != Timing():
        yield msgspec.structs.replace(scenario, timing=Timing())
    for acl in _cuts(scenario.tables.acl):
        yield _with_tables(scenario, acl=acl)
    for routes in _cuts(scenario.tables.routes):
        yield _with_tables(scenario, routes=routes)


def _around(scenario: Scenario, index: int) -> Iterator[Scenario]:
    """Only the packet that failed, under the tables that were in force; then with all that went before it."""
    tables, seen = scenario.tables, -1
    for position, item in enumerate(scenario.items):
        if isinstance(item, Tables):
            tables = item
            continue
        seen += 1
        if seen == index:
            if len(scenario.items) > 1:
                yield msgspec.structs.replace(scenario, tables=tables, items=(item,))
            if position + 1 < len(scenario.items):
                yield msgspec.structs.replace(scenario, items=scenario.items[: position + 1])
            return


def _cuts(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    """`items` without a run of them: all, halves, quarters, … single ones."""
    size = len(items)
    while size:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size //= 2


def _with_tables(scenario: Scenario, **changes: object) -> Scenario:
    return msgspec.structs.replace(scenario, tables=msgspec.structs.replace(scenario.tables, **changes))
