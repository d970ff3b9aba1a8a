"""Frames and tables that the model's tests share, built by hand from the headers' layouts."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from triplane.models.datapath import Datapath
from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.models.tables import NextHop, Port, Route, Tables

MAC = bytes.fromhex("020000000001")
"""Port 0's own address."""
SENDER = bytes.fromhex("02aa00000001")
PORTS = tuple(Port(f"02:00:00:00:00:{i + 1:02x}") for i in range(4))
HOPS = (
    NextHop(port=1, src_mac="02:00:00:00:00:02", dst_mac="02:bb:00:00:00:01", mtu=9202),
    NextHop(port=2, src_mac="02:00:00:00:00:03", dst_mac="02:bb:00:00:00:02", mtu=100),
    NextHop(kind="local"),
    NextHop(port=3, dst_mac="02:bb:00:00:00:03", vlan_op="push", vid=0x123, tpid=0x88A8, mtu=9202),
    NextHop(port=3, dst_mac="02:bb:00:00:00:03", vlan_op="swap", vid=0x123, tpid=0x88A8, mtu=9202),
    NextHop(port=3, dst_mac="02:bb:00:00:00:03", vlan_op="pop", mtu=9202),
)
TABLES = Tables(
    ports=PORTS,
    next_hops=HOPS,
    routes=(
        Route("10.0.0.0/8", 0),
        Route("10.2.0.0/16", 1),
        Route("10.3.0.0/16", 2),
        Route("10.4.0.0/16", 3),
        Route("10.5.0.0/16", 4),
        Route("10.6.0.0/16", 5),
        Route("2001:db8::/32", 0),
        Route("2001:db8:2::/48", 1),
        Route("2001:db8:3::/48", 2),
    ),
)
SRC4, DST4, SRC6, DST6 = "192.0.2.1", "10.1.0.1", "2001:db8:aaaa::1", "2001:db8:1::1"


def run(frame: bytes, tables: Tables = TABLES, port: int = 0) -> tuple[Outcome, tuple[str, ...]]:
    """What the model does to one frame, and the rules that it hit."""
    return Datapath(tables).process_with_rules(Packet(frame, port))


def label(frame: bytes, tables: Tables = TABLES, port: int = 0) -> str:
    """The outcome's short form, such as `drop(RUNT)`."""
    return run(frame, tables, port)[0].label


def folded_sum(data: bytes) -> int:
    """RFC 1071, word by word with the carry folded back: slow and plain."""
    total = 0
    for word in struct.unpack(f">{len(data) // 2}H", data):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


def tag(vid: int, tpid: int = 0x8100, priority: int = 0) -> bytes:
    """A VLAN tag; `priority` is PCP and DEI, 4 bits."""
    return struct.pack(">HH", tpid, priority << 12 | vid)


def eth(payload: bytes, ethertype: int, tags: bytes = b"", dst: bytes = MAC, src: bytes = SENDER) -> bytes:
    return dst + src + tags + struct.pack(">H", ethertype) + payload


def ip4_packet(
    payload: bytes = b"",
    proto: int = 253,
    *,
    src: str = SRC4,
    dst: str = DST4,
    ttl: int = 64,
    flags: int = 0,
    options: bytes = b"",
    first: int | None = None,
    total: int | None = None,
    csum: int | None = None,
    ident: int = 0,
) -> bytes:
    """An IPv4 packet. `flags` is the word of flags and offset, `first` the byte of version and IHL."""
    first = 0x45 + len(options) // 4 if first is None else first
    total = 20 + len(options) + len(payload) if total is None else total
    header = (
        struct.pack(">BBHHHBBH4s4s", first, 0, total, ident, flags, ttl, proto, 0, ip_address(src).packed, ip_address(dst).packed) + options
    )
    csum = ~folded_sum(header) & 0xFFFF if csum is None else csum
    return header[:10] + struct.pack(">H", csum) + header[12:] + payload


def ip6_packet(
    payload: bytes = b"",
    next_header: int = 59,
    *,
    src: str = SRC6,
    dst: str = DST6,
    hops: int = 64,
    length: int | None = None,
    version: int = 6,
) -> bytes:
    length = len(payload) if length is None else length
    return struct.pack(">IHBB", version << 28, length, next_header, hops) + ip_address(src).packed + ip_address(dst).packed + payload


def ip4(payload: bytes = b"", proto: int = 253, *, tags: bytes = b"", padding: bytes = b"", **fields: object) -> bytes:
    """A frame with an IPv4 packet."""
    return eth(ip4_packet(payload, proto, **fields), 0x0800, tags) + padding  # type: ignore[arg-type]


def ip6(payload: bytes = b"", next_header: int = 59, *, tags: bytes = b"", padding: bytes = b"", **fields: object) -> bytes:
    """A frame with an IPv6 packet."""
    return eth(ip6_packet(payload, next_header, **fields), 0x86DD, tags) + padding  # type: ignore[arg-type]


def udp(payload: bytes = b"", sport: int = 1000, dport: int = 2000, csum: int = 0xBEEF, length: int | None = None) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload) if length is None else length, csum) + payload


def tcp(payload: bytes = b"", sport: int = 1000, dport: int = 2000, flags: int = 0x02, offset: int = 5) -> bytes:
    return struct.pack(">HHIIBBHHH", sport, dport, 1, 0, offset << 4, flags, 512, 0xBEEF, 0) + payload


def ext(next_header: int, length: int = 0, size: int | None = None, body: bytes = b"") -> bytes:
    """An extension header that says `length` in its second byte; `size` bytes in all, (length + 1) × 8 when not stated."""
    size = (length + 1) * 8 if size is None else size
    return (bytes((next_header, length)) + body).ljust(size, b"\0")[:size]


def ah(next_header: int, length: int = 1) -> bytes:
    """An authentication header of (length + 2) × 4 bytes."""
    return ext(next_header, length, (length + 2) * 4)


def frag(next_header: int, offset: int = 0, more: bool = False) -> bytes:
    """An IPv6 fragment header; `offset` in units of 8 bytes."""
    return struct.pack(">BBHI", next_header, 0, offset << 3 | more, 0x1234)
