"""AXI4-Stream at signal level on cocotb-bus: whole beats as integers, gaps and stalls from the scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import cocotb
from cocotb.triggers import RisingEdge
from cocotb_bus.drivers import BusDriver
from cocotb_bus.monitors import BusMonitor

from triplane.tb.plane import PlaneError

BEAT_BYTES = 64
FULL = (1 << BEAT_BYTES) - 1
WAIT_CYCLES = 20_000
"""How long any single wait may take before the stream counts as hung."""

SIGNALS = ["tdata", "tkeep", "tvalid", "tready", "tlast", "tuser"]


class Beat(NamedTuple):
    """One transfer; byte 0 of the frame is the lowest byte of `data`."""

    data: int
    keep: int
    last: int
    user: int


def beats_of(frame: bytes, user: int) -> list[Beat]:
    """A frame (1 byte or more) as beats."""
    beats = []
    for start in range(0, len(frame), BEAT_BYTES):
        part = frame[start : start + BEAT_BYTES]
        beats.append(Beat(int.from_bytes(part, "little"), (1 << len(part)) - 1, 0, user))
    beats[-1] = beats[-1]._replace(last=1)
    return beats


class Cycle:
    """A pattern of numbers, repeated for ever; an empty one is all zeros."""

    def __init__(self, pattern: Sequence[int]) -> None:
        self._pattern = tuple(pattern)
        self._next = 0

    def take(self) -> int:
        if not self._pattern:
            return 0
        value = self._pattern[self._next]
        self._next = (self._next + 1) % len(self._pattern)
        return value


class AxisDriver(BusDriver):
    """Drives beats; a gap pattern says how many idle cycles go before each."""

    _signals = SIGNALS

    def __init__(self, entity: Any, name: str, clock: Any) -> None:
        super().__init__(entity, name, clock)
        self.idle()

    def idle(self) -> None:
        """Offer nothing."""
        self.bus.tvalid.value = 0

    async def send(self, beats: Iterable[Beat], gaps: Cycle) -> None:
        """Offer every beat until it is taken. Must be called right behind a rising edge. Raises PlaneError."""
        edge, bus = RisingEdge(self.clock), self.bus
        ready = bus.tready
        for beat in beats:
            gap = gaps.take()
            if gap:
                bus.tvalid.value = 0
                for _ in range(gap):
                    await edge
            bus.tdata.value, bus.tkeep.value, bus.tlast.value, bus.tuser.value = beat
            bus.tvalid.value = 1
            for _ in range(WAIT_CYCLES):
                await edge
                if ready.value == 1:
                    break
            else:
                raise PlaneError(f"rtl: {self.name} took no beat for {WAIT_CYCLES} cycles")
        bus.tvalid.value = 0


class AxisSink:
    """Drives tready: alternating run lengths of ready and not ready, for ever; an empty pattern is always ready."""

    def __init__(self, ready: Any, clock: Any, stalls: Sequence[int]) -> None:
        self._ready = ready
        self._clock = clock
        self._stalls = tuple(stalls)

    async def run(self) -> None:
        self._ready.value = 1
        if len(self._stalls) < 2 or not any(self._stalls[1::2]) or not any(self._stalls[0::2]):
            return
        edge, value = RisingEdge(self._clock), 1
        pattern = self._stalls if len(self._stalls) % 2 == 0 else self._stalls + self._stalls
        while True:
            for run in pattern:
                if run:
                    self._ready.value = value
                    for _ in range(run):
                        await edge
                value ^= 1


class AxisMonitor(BusMonitor):
    """Collects frames as (bytes, tuser); callbacks get each one as it ends."""

    _signals = SIGNALS

    async def _monitor_recv(self) -> None:
        edge, bus = RisingEdge(self.clock), self.bus
        valid, ready, last = bus.tvalid, bus.tready, bus.tlast
        parts: list[bytes] = []
        while True:
            await edge
            if valid.value != 1 or ready.value != 1:
                continue
            data = bus.tdata.value.to_unsigned().to_bytes(BEAT_BYTES, "little")
            if last.value == 1:
                keep = bus.tkeep.value.to_unsigned()
                parts.append(data[: keep.bit_length()])
                self._recv((b"".join(parts), bus.tuser.value.to_unsigned()))
                parts = []
            else:
                parts.append(data)

    def restart(self) -> None:
        """Forget a half-received frame, as a reset does."""
        self.kill()
        self._recvQ.clear()

        self._thread = cocotb.start_soon(self._monitor_recv())
