"""The result of a run as one JSON document: what `--json` writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from triplane.tb.job import TestResult

PLANES = ("model", "rtl", "xdp", "dpdk")
"""Every plane, in the order in which they are shown."""

RunStatus = Literal["passed", "failed", "partial"]


class PlaneState(msgspec.Struct, frozen=True):
    """Whether a plane took part. `status` is ok, skipped (cannot run here) or off (not asked for)."""

    status: Literal["ok", "skipped", "off"]
    reason: str = ""


class RunResult(msgspec.Struct, frozen=True):
    """One run: its planes and tests. `partial` means that nothing failed but not everything asked for could run."""

    status: RunStatus
    seed: int
    planes: dict[str, PlaneState]
    tests: tuple[TestResult, ...]
    duration_s: float = 0.0
    problems: tuple[str, ...] = ()
    """What `--require` asked for and the run did not have."""

    @property
    def exit_code(self) -> int:
        """0 passed or partial, 1 a mismatch or a failed check, 2 an error or a required plane that did not run."""
        if any(test.status == "failed" for test in self.tests):
            return 1
        if self.problems or any(test.status == "error" for test in self.tests):
            return 2
        return 0

    def packets(self) -> dict[str, int]:
        """Packets per plane over all tests."""
        totals: dict[str, int] = {}
        for test in self.tests:
            for plane, count in test.packets.items():
                totals[plane] = totals.get(plane, 0) + count
        return totals

    def as_json(self) -> bytes:
        document: dict[str, Any] = msgspec.to_builtins(self)
        document["packets"] = self.packets()
        document["mismatches"] = sum(test.mismatches for test in self.tests)
        return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def run_result(seed: int, planes: dict[str, PlaneState], tests: Sequence[TestResult], duration_s: float,
               required: Sequence[str] = ()) -> RunResult:
    """Judge a run. A required plane must be ok, must have been fed packets, and no test may have been skipped for it."""
    problems = []
    for name in required:
        state = planes[name]
        if state.status != "ok":
            problems.append(f"required plane {name} did not run: {state.reason or 'not asked for by --planes'}")
        elif not any(test.packets.get(name) for test in tests):
            problems.append(f"required plane {name} was not fed a single packet")
    skipped = [test for test in tests if test.status == "skipped"]
    if required:
        problems += [f"test {test.name} was skipped: {test.message}" for test in skipped]
    failed = bool(problems) or any(test.status in ("failed", "error") for test in tests)
    partial = bool(skipped) or any(state.status == "skipped" for state in planes.values())
    status: RunStatus = "failed" if failed else "partial" if partial else "passed"
    return RunResult(status, seed, planes, tuple(tests), round(duration_s, 2), tuple(problems))
