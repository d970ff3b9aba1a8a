"""Frames and tables that the forwarder's tests share, built by hand from the headers' layouts."""

from __future__ import annotations

import struct
from ipaddress import ip_address

from triplane.models.tables import NextHop, Port, Route, Tables

PORTS = tuple(Port(f"02:00:00:00:00:{i + 1:02x}") for i in range(4))
MAC0 = bytes.fromhex("020000000001")
SENDER = bytes.fromhex("02aa00000001")
HOPS = (NextHop(port=1, src_mac="02:00:00:00:00:02", dst_mac="02:bb:00:00:00:01", mtu=9202),
        NextHop(port=2, src_mac="02:00:00:00:00:03", dst_mac="02:bb:00:00:00:02", mtu=9202))
TABLES = Tables(ports=PORTS, next_hops=HOPS, routes=(Route("0.0.0.0/0", 0), Route("10.0.0.0/8", 1), Route("::/0", 0), Route("2001:db8::/32", 1)))


def checksum(header: bytes) -> int:
    """RFC 1071 over a header whose checksum field is 0."""
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip4(payload: bytes = b"", proto: int = 50, *, ident: int = 0, flags: int = 0, ttl: int = 64, src: str = "192.0.2.1",
        dst: str = "10.1.1.1", length: int | None = None) -> bytes:
    """An IPv4 packet; `flags` is the word of flags and fragment offset."""
    total = 20 + len(payload) if length is None else length
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, total, ident, flags, ttl, proto, 0, ip_address(src).packed, ip_address(dst).packed)
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def ip6(payload: bytes = b"", next_header: int = 59, *, hops: int = 64, src: str = "2001:db8:1::1", dst: str = "2001:db8:2::1") -> bytes:
    """An IPv6 packet."""
    return struct.pack(">IHBB16s16s", 6 << 28, len(payload), next_header, hops, ip_address(src).packed, ip_address(dst).packed) + payload


def udp(sport: int = 1000, dport: int = 2000, check: int = 1, length: int = 8) -> bytes:
    """A UDP header."""
    return struct.pack(">HHHH", sport, dport, length, check)


def frame(packet: bytes, *tags: tuple[int, int], ethertype: int | None = None) -> bytes:
    """An Ethernet frame to port 0 with (TPID, TCI) tags."""
    kind = ethertype if ethertype is not None else 0x86DD if packet[:1] and packet[0] >> 4 == 6 else 0x0800
    return MAC0 + SENDER + b"".join(struct.pack(">HH", *tag) for tag in tags) + struct.pack(">H", kind) + packet
