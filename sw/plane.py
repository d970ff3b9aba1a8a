"""The DPDK forwarder as a plane: its direct feed through shared memory.

    Python ── records ──> shared memory ──> mbufs ── the forwarder's burst function ──> records ──> Python

The forwarder stays up between batches. Every packet, dropped or not, comes back as one record.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from triplane.models.outcome import Counters, Outcome
from triplane.models.packet import Packet
from triplane.models.tables import Tables
from triplane.spec.gen.constants import (
    ACL_NONE, METADATA_BYTES, METADATA_MAGIC, METADATA_VERSION, NEXT_HOP_NONE, NO_PORT, PORTS, Metadata, Stage,
)
from triplane.sw.build import build
from triplane.sw.process import Forwarder
from triplane.tb.plane import PlaneError

__all__ = ["DpdkPlane"]

SHM_MAGIC = 0x74707368
SHM_VERSION = 1
HEADER = struct.Struct("=14I")
"""struct shm_port_header of sw/shm_port.h."""
REQUEST = struct.Struct("=3I")
REQUEST_AT = 24
ANSWER = struct.Struct("=5I")
ANSWER_AT = 36
PAGE = 4096
IN_BYTES = 4 << 20
OUT_BYTES = 5 << 20
BATCH_PACKETS = 8192
FRAME_LIMIT = 65535
"""Longest frame that a metadata header can name."""
BATCH_S = 30.0
STATUS = {1: "refused a record", 2: "had no room for its answers", 3: "ran out of mbufs"}


class DpdkPlane:
    """Plane of tb/plane.py. Not for two threads at once, but `update` may run beside `process`."""

    name = "dpdk"

    def __init__(self, fault: str | None = None, segment: int = 0, batch_s: float = BATCH_S, program: Path | None = None) -> None:
        """Build and start the forwarder.

        `fault` builds in one of sw/faults. `segment` spreads each frame over mbufs of that many bytes. `batch_s` bounds the
        wait for one batch. Raises PlaneUnavailable, PlaneError.
        """
        self._batch_s = batch_s
        self._number = 0
        self._memory: mmap.mmap | None = None
        self._fds: list[int] = []
        self._forwarder: Forwarder | None = None
        program = program or build(fault)
        try:
            self._open_memory()
            memory, wake, answer = self._fds
            self._forwarder = Forwarder(
                program, options=["--shm", f"{memory},{wake},{answer}", "--shm-segment", str(segment)], fds=self._fds)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Process id of the forwarder."""
        return self._running().pid

    @property
    def folder(self) -> Path:
        """Where the forwarder keeps its files while it runs."""
        return self._running().folder

    def load(self, tables: Tables) -> None:
        """Replace all tables and set every counter to 0 (R-TBL-1, R-CNT-6). Raises TablesTooLarge."""
        self._running().install("load", tables)

    def update(self, tables: Tables) -> None:
        """Replace all tables between two packets, keep the counters (R-TBL-4, R-CNT-6). Raises TablesTooLarge."""
        self._running().install("update", tables)

    def load_file(self, content: bytes) -> None:
        """`load` with the bytes of a table file. Raises ValueError that names section, index and field."""
        self._running().install_file("load", content)

    def set_stages(self, mask: int) -> None:
        """Set the stage mask until the next load or update (R-IF-5)."""
        self._running().ask(f"/triplane/stages,{mask}")

    def info(self) -> dict[str, int]:
        """Limits of the forwarder and what is installed in it."""
        return dict(self._running().ask("/triplane/info"))

    def process(self, packets: Sequence[Packet]) -> list[Outcome]:
        """One outcome per packet, in order (R-IF-2). Raises PlaneError."""
        outcomes: list[Outcome] = []
        start = 0
        while start < len(packets):
            start = self._batch(packets, start, outcomes)
        return outcomes

    def counters(self) -> Counters:
        """Everything counted since the last load (R-CNT-1 … R-CNT-5)."""
        return self._running().counters()

    def close(self) -> None:
        """Give back every process, map and file. May be called twice."""
        if self._forwarder is not None:
            self._forwarder.close()
            self._forwarder = None
        if self._memory is not None:
            self._memory.close()
            self._memory = None
        while self._fds:
            os.close(self._fds.pop())

    def __enter__(self) -> DpdkPlane:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _running(self) -> Forwarder:
        if self._forwarder is None:
            raise PlaneError("dpdk: the plane is closed")
        return self._forwarder

    def _open_memory(self) -> None:
        size = PAGE + IN_BYTES + OUT_BYTES
        self._fds.append(os.memfd_create("triplane-shm-port"))
        os.ftruncate(self._fds[0], size)
        self._fds += [os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK), os.eventfd(0, os.EFD_CLOEXEC)]
        self._memory = mmap.mmap(self._fds[0], size)
        HEADER.pack_into(self._memory, 0, SHM_MAGIC, SHM_VERSION, PAGE, IN_BYTES, PAGE + IN_BYTES, OUT_BYTES, *[0] * 8)

    def _batch(self, packets: Sequence[Packet], start: int, outcomes: list[Outcome]) -> int:
        """Process packets from `start` on, as many as fit; returns the first that is left."""
        forwarder, memory = self._running(), self._memory
        assert memory is not None
        records, stop, size = pack_records(packets, start)
        memory[PAGE:PAGE + size] = records
        self._number = self._number + 1 & 0xFFFFFFFF
        # The number is what the forwarder looks at: the other fields stand before it does.
        struct.pack_into("=2I", memory, REQUEST_AT + 4, size, stop - start)
        struct.pack_into("=I", memory, REQUEST_AT, self._number)
        os.eventfd_write(self._fds[1], 1)
        forwarder.wait(self._fds[2], self._batch_s, f"a batch of {stop - start} packets")
        number, out_bytes, out_records, status, bad = ANSWER.unpack_from(memory, ANSWER_AT)
        if status:
            raise forwarder.error(f"{STATUS.get(status, status)} (record {bad} of {stop - start})")
        if number != self._number or out_records != stop - start or out_bytes > OUT_BYTES:
            raise forwarder.error(f"answered {out_records} records, {out_bytes} bytes to a batch of {stop - start}")
        out_at = PAGE + IN_BYTES
        parse_records(memory[out_at:out_at + out_bytes], packets, start, stop, outcomes)
        return stop


def pack_records(packets: Sequence[Packet], start: int = 0) -> tuple[bytes, int, int]:
    """Records of the packets from `start` on, the first that is left, and the records' size in bytes.

    Raises ValueError for a packet that no metadata header can describe.
    """
    pack = Metadata.STRUCT.pack
    parts: list[bytes] = []
    add = parts.append
    size = 0
    stop = start
    for data, port, timestamp_ns in packets[start:start + BATCH_PACKETS]:
        length = len(data)
        if length > FRAME_LIMIT or not 0 <= port < PORTS:
            raise ValueError(f"packet {stop}: {length} bytes on port {port} cannot be fed to a plane")
        size += METADATA_BYTES + length
        if size > IN_BYTES:
            size -= METADATA_BYTES + length
            break
        add(pack(METADATA_MAGIC, METADATA_VERSION, Stage.PARSE, stop, timestamp_ns, port, NO_PORT, 0, 0, 0, 0,
                 ACL_NONE, NEXT_HOP_NONE, 0, length, 0))
        add(data)
        stop += 1
    return b"".join(parts), stop, size


def parse_records(records: bytes, packets: Sequence[Packet], start: int, stop: int, outcomes: list[Outcome]) -> None:
    """Append the outcome in each record. Raises PlaneError for a record that is not the packet's own (R-MD-1 … R-MD-3)."""
    unpack = Metadata.STRUCT.unpack_from
    new = tuple.__new__
    add = outcomes.append
    at = 0
    for seq in range(start, stop):
        (magic, version, _, found_seq, timestamp_ns, port, egress, verdict, reason, _, _, acl_rule, next_hop, _, length,
         _) = unpack(records, at)
        packet = packets[seq]
        if magic != METADATA_MAGIC or version != METADATA_VERSION or found_seq != seq or timestamp_ns != packet.timestamp_ns or port != packet.port:
            raise PlaneError(f"dpdk: record {seq} came back as magic {magic:#x}, version {version}, seq {found_seq}, "
                             f"timestamp {timestamp_ns}, port {port}")
        at += METADATA_BYTES
        data = records[at:at + length]
        at += length
        add(new(Outcome, (verdict, reason, egress, data, acl_rule, next_hop)))
    if at != len(records):
        raise PlaneError(f"dpdk: {len(records) - at} bytes behind the last record")
