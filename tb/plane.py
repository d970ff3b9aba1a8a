"""What every software plane looks like to the testbench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from triplane.models.outcome import Counters, Outcome
from triplane.models.packet import Packet
from triplane.models.tables import Tables


class PlaneError(RuntimeError):
    """A plane died, hung or answered nonsense; the message names the plane and carries the tail of its log."""


class PlaneUnavailable(RuntimeError):
    """A plane cannot run here. `reason` says why, `fix` how to get it."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(f"{reason}; {fix}")
        self.reason = reason
        self.fix = fix


class TablesTooLarge(ValueError):
    """Tables that do not fit the plane (R-TBL-1); the message names the field and the plane's limit."""


class Plane(Protocol):
    """One implementation of the datapath behind its direct feed."""

    name: str

    def load(self, tables: Tables) -> None:
        """Replace all tables and set every counter to 0 (R-TBL-1, R-CNT-6). Raises TablesTooLarge."""

    def update(self, tables: Tables) -> None:
        """Replace all tables between two packets, keep the counters (R-TBL-4, R-CNT-6). Raises TablesTooLarge."""

    def process(self, packets: Sequence[Packet]) -> list[Outcome]:
        """One outcome per packet, in order (R-IF-2). Raises PlaneError."""

    def counters(self) -> Counters:
        """Everything counted since the last load (R-CNT-1 … R-CNT-5)."""

    def close(self) -> None:
        """Give back every process, map and file. May be called twice."""
