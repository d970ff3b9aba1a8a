"""Reads pcap and pcapng captures strictly: a file that ends in mid-packet is refused, never half used."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from triplane.models.packet import Packet
from triplane.spec.gen.constants import PORTS

LINKTYPE_ETHERNET = 1
PCAP_MAGICS = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}
"""Magic number → nanoseconds per unit of the sub-second field."""
SECTION_HEADER, INTERFACE, SIMPLE_PACKET, ENHANCED_PACKET = 0x0A0D0D0A, 1, 3, 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D


def capture_magic(path: Path) -> bool:
    """Whether a file starts like a capture; JSON never does."""
    with path.open("rb") as file:
        head = file.read(4)
    return len(head) == 4 and (head == b"\x0a\x0d\x0d\x0a" or any(
        int.from_bytes(head, order) in PCAP_MAGICS for order in ("big", "little")))


def read_capture(path: Path) -> tuple[Packet, ...]:
    """All packets of a capture; interface number modulo PORTS is the ingress port. Raises ScenarioError, OSError."""
    from triplane.tb.scenario import PACKET_MAX, ScenarioError

    data = path.read_bytes()
    packets = _pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else _pcap(data)
    found = []
    try:
        for frame, interface, timestamp_ns in packets:
            if not 1 <= len(frame) <= PACKET_MAX:
                raise ScenarioError(f"packet {len(found) + 1}: {len(frame)} bytes are not in 1 … {PACKET_MAX}")
            found.append(Packet(frame, interface % PORTS, timestamp_ns))
    except struct.error:
        raise ScenarioError(f"packet {len(found) + 1}: the file ends in the middle of it") from None
    except _Malformed as error:
        raise ScenarioError(f"packet {len(found) + 1}: {error}") from None
    if not found:
        raise ScenarioError("holds no packets")
    return tuple(found)


class _Malformed(Exception):
    """Something in a capture that its format does not allow."""


def _slice(data: bytes, offset: int, size: int) -> bytes:
    part = data[offset : offset + size]
    if len(part) != size:
        raise struct.error
    return part


def _pcap(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    order = ">" if int.from_bytes(data[:4], "big") in PCAP_MAGICS else "<"
    magic, *_, link = struct.unpack(order + "IHHIIII", _slice(data, 0, 24))
    if link & 0xFFFF != LINKTYPE_ETHERNET:
        raise _Malformed(f"link type {link & 0xFFFF} is not Ethernet")
    offset = 24
    while offset < len(data):
        seconds, fraction, size, _ = struct.unpack(order + "IIII", _slice(data, offset, 16))
        yield _slice(data, offset + 16, size), 0, seconds * 10**9 + fraction * PCAP_MAGICS[magic]
        offset += 16 + size


def _pcapng(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    offset, order = 0, "<"
    resolutions: list[int] = []
    last = 0
    while offset < len(data):
        if _slice(data, offset, 4) == b"\x0a\x0d\x0d\x0a":
            order = "<" if int.from_bytes(_slice(data, offset + 8, 4), "little") == BYTE_ORDER_MAGIC else ">"
            resolutions = []
        kind, size = struct.unpack(order + "II", _slice(data, offset, 8))
        if size < 12 or size % 4:
            raise _Malformed(f"block length {size} is not possible")
        body = _slice(data, offset + 8, size - 8)[:-4]
        if kind == INTERFACE:
            link, _, _ = struct.unpack(order + "HHI", _slice(body, 0, 8))
            if link != LINKTYPE_ETHERNET:
                raise _Malformed(f"link type {link} is not Ethernet")
            resolutions.append(_resolution(body[8:], order))
        elif kind == ENHANCED_PACKET:
            interface, high, low, length, _ = struct.unpack(order + "IIIII", _slice(body, 0, 20))
            if interface >= len(resolutions):
                raise _Malformed(f"interface {interface} is not described")
            last = (high << 32 | low) * 10**9 // resolutions[interface]
            yield _slice(body, 20, length), interface, last
        elif kind == SIMPLE_PACKET:
            if not resolutions:
                raise _Malformed("interface 0 is not described")
            (length,) = struct.unpack(order + "I", _slice(body, 0, 4))
            yield body[4 : 4 + length], 0, last
        offset += size


def _resolution(options: bytes, order: str) -> int:
    """Time units per second of an interface (option if_tsresol, default microseconds)."""
    offset = 0
    while offset + 4 <= len(options):
        code, length = struct.unpack(order + "HH", options[offset : offset + 4])
        if code == 0:
            break
        if code == 9 and length == 1:
            value = options[offset + 4]
            return 2 ** (value & 0x7F) if value & 0x80 else 10**value
        offset += 4 + length + (-length) % 4
    return 10**6
