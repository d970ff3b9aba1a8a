"""The RTL as a plane: signal-level streams, tables through AXI4-Lite, outcomes from the sideband."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, Event, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster

from triplane.models.outcome import CounterKey, Counters, Outcome
from triplane.models.packet import Packet
from triplane.models.tables import Tables
from triplane.spec.gen.constants import (
    ACL_DEFAULT,
    ACL_RULES_RTL,
    NEXT_HOPS_RTL,
    ROUTES4_RTL,
    ROUTES6_RTL,
    Counter,
    Table,
)
from triplane.spec.gen.registers import Register
from triplane.tb.agents.axis import AxisDriver, AxisMonitor, AxisSink, Cycle, beats_of
from triplane.tb.encode import Entries, encode
from triplane.tb.plane import PlaneError, TablesTooLarge
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Judged

CLOCK_NS = 4
WAIT_CYCLES = 40_000
"""How long the datapath may stay silent before it counts as hung."""

LIMITS = {"acl": ACL_RULES_RTL, "route4": ROUTES4_RTL, "route6": ROUTES6_RTL, "next_hops": NEXT_HOPS_RTL}
WINDOWS = (("ports", Table.PORT), ("acl", Table.ACL), ("route4", Table.ROUTE4), ("route6", Table.ROUTE6), ("next_hops", Table.NEXT_HOP))
NONZERO_WORDS = ((Counter.RX_PORT, 0, 0), (Counter.TX_PORT, 0, 8), (Counter.REASON, 1, 0), (Counter.ACL, 3, 0), (Counter.NEXT_HOP, 6, 0))
"""Counter group, first NONZERO word, bit of index 0."""
GROUP_SIZES = {Counter.RX_PORT: 4, Counter.TX_PORT: 4, Counter.REASON: 64, Counter.ACL: ACL_RULES_RTL + 1, Counter.NEXT_HOP: NEXT_HOPS_RTL}


class RtlPort:
    """Owns the simulation's clock, reset and buses."""

    name = "rtl"

    def __init__(self, dut: Any) -> None:
        self.dut = dut

    async def start(self) -> None:
        """Start the clock, attach drivers and monitors, reset. Once per simulation, inside it."""
        dut = self.dut
        for logger in ("cocotb.triplane_top", "cocotb.triplane_top.s_axil"):
            logging.getLogger(logger).setLevel(logging.WARNING)
        cocotb.start_soon(Clock(dut.clk, CLOCK_NS, unit="ns").start())
        dut.m_axis_tready.value = 1
        self.driver = AxisDriver(dut, "s_axis", dut.clk)
        self.monitor = AxisMonitor(dut, "m_axis", dut.clk, callback=self._received)
        self.axil = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
        self._frames: list[tuple[bytes, int]] = []
        self._arrived = Event()
        self._sink: Any = None
        await self.reset()

    def _received(self, frame: tuple[bytes, int]) -> None:
        self._frames.append(frame)
        self._arrived.set()

    async def reset(self) -> None:
        """Reset everything; tables, counters and whatever was inside are gone."""
        if self._sink is not None:
            self._sink.cancel()
            self._sink = None
        self.driver.idle()
        self.dut.m_axis_tready.value = 1
        self.dut.rst.value = 1
        await ClockCycles(self.dut.clk, 3)
        self.dut.rst.value = 0
        self.monitor.restart()
        self._frames.clear()
        self._data = [0] * 16
        self._shadow: dict[tuple[int, int], bytes] = {}
        await ClockCycles(self.dut.clk, 2)

    # ---- registers ----
    async def write(self, register: int, value: int) -> None:
        await self.axil.write_dword(register, value)

    async def read(self, register: int) -> int:
        return int(await self.axil.read_dword(register))

    # ---- tables ----
    async def write_shadow(self, entries: Entries) -> None:
        """Bring the shadow tables to `entries`; only what differs from what they hold is written."""
        wanted: dict[tuple[int, int], bytes] = {}
        for field, table in WINDOWS:
            for index, entry in enumerate(getattr(entries, field)):
                wanted[table, index] = entry
        for key in self._shadow.keys() - wanted.keys():
            wanted[key] = bytes(len(self._shadow[key]))
        for (table, index), entry in wanted.items():
            if self._shadow.get((table, index)) != entry:
                await self._write_entry(table, index, entry)
        self._shadow = {key: entry for key, entry in wanted.items() if any(entry)}
        await self.write(Register.STAGES, entries.stage_mask)
        await self.write(Register.ACL_DEFAULT, entries.default_action)

    async def _write_entry(self, table: int, index: int, entry: bytes) -> None:
        padded = entry.ljust(-(-len(entry) // 4) * 4, b"\0")
        words = [int.from_bytes(padded[i : i + 4], "big") for i in range(0, len(padded), 4)]
        for i, word in enumerate(words):
            if self._data[i] != word:
                await self.write(Register.TABLE_DATA + 4 * i, word)
                self._data[i] = word
        await self.write(Register.TABLE_SELECT, index << 16 | table)
        await self.write(Register.TABLE_COMMAND, 1)

    async def commit(self) -> None:
        """Make the shadow tables live behind every packet that has been sent, before any that will be."""
        await self.write(Register.COMMIT, 1)

    async def committed(self) -> None:
        """Wait until the last commit has passed the whole pipeline."""
        for _ in range(100):
            if not await self.read(Register.STATUS) & 1:
                return
        raise PlaneError("rtl: a commit never ended")

    async def load(self, tables: Tables) -> None:
        """Load tables and zero the counters (R-TBL-1, R-CNT-6). Raises TablesTooLarge."""
        entries = checked(tables)
        await self.write_shadow(entries)
        await self.commit()
        await self.committed()
        await self.write(Register.COUNTER_COMMAND, 2)

    # ---- streams ----
    async def play(self, scenario: Scenario) -> Judged:
        """Reset, load, stream, read the counters. Raises PlaneError, TablesTooLarge."""
        await self.reset()
        timing = scenario.timing
        if timing.reset_after is not None:
            await self.load(scenario.tables)
            await self._interrupted(scenario.packets, timing.reset_after)
            await self.reset()
        await self.load(scenario.tables)
        self._sink = cocotb.start_soon(AxisSink(self.dut.m_axis_tready, self.dut.clk, timing.stalls).run())
        outcomes = await self.stream(scenario.items, timing.gaps)
        return Judged(outcomes, await self.counters())

    async def _interrupted(self, packets: Sequence[Packet], beats: int) -> None:
        """Send the first `beats` beats and no more: the reset comes in mid-frame."""
        every = [beat for i, packet in enumerate(packets) for beat in beats_of(packet.data, _user(packet, i))]
        await RisingEdge(self.dut.clk)
        await self.driver.send(every[:beats], Cycle(()))

    async def stream(self, items: Sequence[Packet | Tables], gaps: Sequence[int] = ()) -> list[Outcome]:
        """Send packets and make table changes between them, while packets flow; one outcome per packet, in order."""
        pattern, sent = Cycle(gaps), 0
        packets = [item for item in items if isinstance(item, Packet)]
        batch: list[Packet] = []
        for item in [*items, None]:
            if isinstance(item, Packet):
                batch.append(item)
                continue
            sending = cocotb.start_soon(self._send(batch, sent, pattern))
            sent += len(batch)
            batch = []
            if item is not None:
                entries = checked(item)
                await self.committed()
                await self.write_shadow(entries)  # while the packets before it are on their way
                await sending
                await self.commit()
            else:
                await sending
        return await self._collect(packets)

    async def _send(self, packets: Iterable[Packet], first: int, gaps: Cycle) -> None:
        await RisingEdge(self.dut.clk)
        for i, packet in enumerate(packets):
            await self.driver.send(beats_of(packet.data, _user(packet, first + i)), gaps)

    async def _collect(self, packets: Sequence[Packet]) -> list[Outcome]:
        idle, edge = 0, RisingEdge(self.dut.clk)
        seen = len(self._frames)
        while len(self._frames) < len(packets):
            await edge
            idle = 0 if len(self._frames) != seen else idle + 1
            seen = len(self._frames)
            if idle > WAIT_CYCLES:
                raise PlaneError(f"rtl: {seen} of {len(packets)} packets came out, then nothing for {WAIT_CYCLES} cycles")
        await ClockCycles(self.dut.clk, 40)  # anything more would be a packet too many
        return [_outcome(i, packet, frame) for i, (packet, frame) in enumerate(zip(packets, self._frames, strict=False))] + [
            _decode(frame)[0] for frame in self._frames[len(packets):]]

    # ---- counters ----
    async def counters(self) -> Counters:
        """Every counter that is not zero."""
        words = [await self.read(Register.NONZERO + 4 * i) for i in range(8)]
        found: dict[CounterKey, tuple[int, int]] = {}
        for group, word, bit in NONZERO_WORDS:
            for index in range(GROUP_SIZES[group]):
                if words[word + (bit + index) // 32] >> ((bit + index) % 32) & 1:
                    name = ACL_DEFAULT if (group, index) == (Counter.ACL, ACL_RULES_RTL) else index
                    found[int(group), name] = await self._counter(group, index)
        return found

    async def _counter(self, group: int, index: int) -> tuple[int, int]:
        await self.write(Register.COUNTER_SELECT, index << 16 | group)
        await self.write(Register.COUNTER_COMMAND, 1)
        data = (await self.axil.read(Register.PACKETS_LO, 16)).data
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")

    def close(self) -> None:
        """Nothing outlives the simulation."""


def checked(tables: Tables) -> Entries:
    """Encode tables that fit. Raises TablesTooLarge with the field and the limit."""
    entries = encode(tables)
    for field, limit in LIMITS.items():
        count = len(getattr(entries, field))
        if count > limit:
            raise TablesTooLarge(f"rtl: {field}: {count} entries, the limit is {limit}")
    return entries


def _user(packet: Packet, seq: int) -> int:
    return packet.port << 96 | packet.timestamp_ns << 32 | seq


def _decode(frame: tuple[bytes, int]) -> tuple[Outcome, tuple[int, int, int, int]]:
    """Outcome, and (length, port, timestamp, seq) of the sideband."""
    data, user = frame
    outcome = Outcome(user >> 168 & 0xFF, user >> 160 & 0xFF, user >> 152 & 0xFF, data, user >> 136 & 0xFFFF, user >> 120 & 0xFFFF)
    return outcome, (user >> 104 & 0xFFFF, user >> 96 & 0xFF, user >> 32 & (1 << 64) - 1, user & 0xFFFFFFFF)


def _outcome(seq: int, packet: Packet, frame: tuple[bytes, int]) -> Outcome:
    """The outcome, once the sideband says that it belongs to `packet` (R-MD-2, R-MD-3)."""
    outcome, sideband = _decode(frame)
    expected = (len(outcome.data), packet.port, packet.timestamp_ns, seq)
    if sideband != expected:
        raise PlaneError(f"rtl: packet {seq}: sideband (length, port, time, seq) is {sideband}, should be {expected}")
    return outcome
