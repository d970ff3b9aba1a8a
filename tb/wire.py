"""What a plane does on real ports, in plain mode: frames in, frames out, silence for a drop.

Nothing on the wire says which packet a frame was. A frame is told by what no stage changes (`identity`), a stream is cut
into rounds in which that is unique, and barriers end a round: what has not come out by then does not come.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.spec.gen.constants import ETH_IPV4, ETH_IPV6, NO_PORT, TPID_C, TPID_S, Verdict

ROUND_PACKETS = 256
RECEIVE_BYTES = 64 << 20
SO_RCVBUFFORCE = 33
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_OUTGOING = 4
ETH_P_ALL = 3
TP_STATUS_VLAN_VALID = 0x10
TP_STATUS_VLAN_TPID_VALID = 0x40
AUXDATA = struct.Struct("=IIIHHHH")


class WireOutcome(NamedTuple):
    """What can be seen of an outcome from outside: FORWARD with port and bytes, PUNT with bytes, DROP."""

    verdict: int
    """A Verdict; a punt is a frame at the host."""
    egress: int
    """The port that it came out of, NO_PORT unless forwarded."""
    data: bytes
    """What came out, empty for a drop."""

    @property
    def label(self) -> str:
        name = Verdict(self.verdict).name.lower()
        return f"{name}({self.egress})" if self.verdict == Verdict.FORWARD else name


DROPPED = WireOutcome(Verdict.DROP, NO_PORT, b"")


class WireDifference(NamedTuple):
    """One packet whose outcome on the wire is not the model's."""

    index: int
    expected: WireOutcome
    actual: WireOutcome


def on_the_wire(outcome: Outcome) -> WireOutcome:
    """What the outcome looks like from outside: a continued packet goes to the host (R-IF-6, R-IF-8)."""
    if outcome.verdict == Verdict.FORWARD:
        return WireOutcome(Verdict.FORWARD, outcome.egress, outcome.data)
    if outcome.verdict == Verdict.DROP:
        return DROPPED
    return WireOutcome(Verdict.PUNT, NO_PORT, outcome.data)


def differences(expected: Iterable[Outcome], actual: Iterable[WireOutcome]) -> list[WireDifference]:
    """Every packet whose outcome on the wire is not what the model says. Raises ValueError when the counts differ."""
    pairs = zip((on_the_wire(outcome) for outcome in expected), actual, strict=True)
    return [WireDifference(index, want, have) for index, (want, have) in enumerate(pairs) if want != have]


def identity(frame: bytes) -> bytes:
    """The part of a frame that no stage changes: from the ethertype on, without TTL or hop limit and IPv4 checksum."""
    at = 12
    while at + 2 <= len(frame) and int.from_bytes(frame[at:at + 2]) in (TPID_C, TPID_S):
        at += 4
    rest = bytearray(frame[at:])
    kind = int.from_bytes(rest[:2])
    if kind == ETH_IPV4 and len(rest) >= 22:
        rest[10] = rest[12] = rest[13] = 0
    elif kind == ETH_IPV6 and len(rest) >= 42:
        rest[9] = 0
    return bytes(rest)


def rounds(packets: Sequence[Packet], most: int = ROUND_PACKETS) -> Iterator[range]:
    """Cut a stream into ranges in which every identity is unique."""
    start = 0
    seen: set[bytes] = set()
    for index, packet in enumerate(packets):
        mark = identity(packet.data)
        if mark in seen or index - start == most:
            yield range(start, index)
            start = index
            seen.clear()
        seen.add(mark)
    if start < len(packets):
        yield range(start, len(packets))


def assign(packets: Sequence[Packet], arrived: Iterable[WireOutcome]) -> tuple[list[WireOutcome], list[WireOutcome]]:
    """Give each packet of a round the frame that came out for it; packets without one were dropped.

    Also returns the frames that no packet accounts for: corrupted, doubled, or made up.
    """
    places = {identity(packet.data): index for index, packet in enumerate(packets)}
    outcomes = [DROPPED] * len(packets)
    unexpected = []
    for outcome in arrived:
        index = places.pop(identity(outcome.data), None)
        if index is None:
            unexpected.append(outcome)
        else:
            outcomes[index] = outcome
    return outcomes, unexpected


class WirePort:
    """The tester's end of a link: sends frames as they are, receives them as they were sent."""

    def __init__(self, interface: str) -> None:
        """Open it in the calling thread's network namespace. Raises OSError."""
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES)
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._socket.bind((interface, 0))
        self._socket.setblocking(False)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, frame: bytes) -> None:
        """Put one frame on the wire. Raises OSError, for a frame that the link cannot carry too."""
        while True:
            try:
                self._socket.send(frame)
                return
            except BlockingIOError:
                select.select([], [self._socket], [], 0.1)

    def receive(self) -> Iterator[bytes]:
        """Frames that are there now, with the VLAN tag that the kernel took out put back."""
        while True:
            try:
                data, ancillary, _, address = self._socket.recvmsg(65536, 256)
            except BlockingIOError:
                return
            if address[2] != PACKET_OUTGOING:
                yield _with_tag(data, ancillary)

    def close(self) -> None:
        self._socket.close()


def _with_tag(data: bytes, ancillary: Sequence[tuple[int, int, bytes]]) -> bytes:
    for level, kind, content in ancillary:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, _, _, _, _, tci, tpid = AUXDATA.unpack_from(content)
            if status & TP_STATUS_VLAN_VALID:
                return data[:12] + struct.pack(">HH", tpid if status & TP_STATUS_VLAN_TPID_VALID else TPID_C, tci) + data[12:]
    return data


def collect(ports: Sequence[WirePort], into: Sequence[list[bytes]], barriers: Sequence[bytes | None], timeout_s: float) -> list[int]:
    """Receive on every port until its barrier frame arrived; returns the ports where it did not in time.

    Frames go to the list of their port, the barriers themselves do not.
    """
    waiting = {index: barrier for index, barrier in enumerate(barriers) if barrier is not None}
    end = time.monotonic() + timeout_s
    while waiting and (left := end - time.monotonic()) > 0:
        ready, _, _ = select.select([ports[index] for index in waiting], [], [], left)
        for port in ready:
            index = ports.index(port)
            for frame in port.receive():
                if index in waiting and waiting[index] in frame:
                    del waiting[index]
                else:
                    into[index].append(frame)
    return sorted(waiting)
