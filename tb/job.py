"""What a test process is told and what it answers: one JSON file each."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["passed", "failed", "skipped", "error"]


class Job(msgspec.Struct, frozen=True):
    """One test on some planes with one seed."""

    test: str
    planes: tuple[str, ...]
    """Planes to cross-check against the model; the model always runs."""
    seed: int
    packets: int
    """How many packets at least a randomised test feeds to every plane."""
    folder: str
    """Where the process works: job.json, result.json, progress, logs."""
    bundles: str
    """Folder under which bundles are written."""
    faults: dict[str, str] = {}
    """Injected fault per plane."""
    scenario: str | None = None
    """Scenario or capture to replay."""
    tables: str | None = None
    """Tables file for a capture."""
    waves: bool = False


class TestResult(msgspec.Struct, frozen=True):
    """What one test process found. `packets` counts per plane; `coverage` is packets per plane and rule."""

    __test__ = False

    name: str
    seed: int
    status: Status
    examples: int = 0
    packets: dict[str, int] = {}
    mismatches: int = 0
    duration_s: float = 0.0
    bundle: str | None = None
    bundle_packets: int | None = None
    message: str = ""
    """First line: what to know. For a mismatch its headline; for an error what went wrong."""
    detail: str = ""
    coverage: dict[str, dict[str, int]] = {}
    faults: dict[str, str] = {}


class Progress(msgspec.Struct, frozen=True):
    """One line of the progress file."""

    done: int
    total: int
