"""A packet as every plane gets it."""

from __future__ import annotations

from typing import NamedTuple


class Packet(NamedTuple):
    """One frame on its way in (R-IF-1). Time is an input, never a clock read."""

    data: bytes
    """The frame, from destination MAC up to but not including the FCS."""
    port: int = 0
    """Ingress port, 0 … PORTS-1."""
    timestamp_ns: int = 0
    """Ingress time in nanoseconds, 0 … 2**64-1."""
