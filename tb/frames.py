"""Builds frames from small parts, with right lengths and checksums unless told otherwise. Bytes and integers only."""

from __future__ import annotations

from dataclasses import dataclass

from triplane.spec.gen.constants import (
    ETH_IPV4,
    ETH_IPV6,
    PROTO_FRAGMENT,
    PROTO_ICMP,
    PROTO_ICMPV6,
    PROTO_SCTP,
    PROTO_TCP,
    PROTO_UDP,
)

IPV4_HEADER = 20
IPV6_HEADER = 40
LAYER4_BYTES = {PROTO_TCP: 20, PROTO_UDP: 8, PROTO_SCTP: 12, PROTO_ICMP: 8, PROTO_ICMPV6: 8}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame is made of. Addresses are packed: 4 bytes make IPv4, 16 make IPv6."""

    dst_mac: bytes
    src_mac: bytes
    src: bytes
    dst: bytes
    proto: int = PROTO_UDP
    tags: tuple[tuple[int, int], ...] = ()
    """(TPID, TCI), outermost first."""
    ttl: int = 64
    tos: int = 0
    ident: int = 0
    flags: int = 0
    """The 16-bit word of DF, MF and fragment offset (IPv4)."""
    options: bytes = b""
    """IPv4 options, a multiple of 4 bytes."""
    extensions: tuple[tuple[int, bytes], ...] = ()
    """IPv6 extension headers: (type, header with its first byte free for the next header)."""
    sport: int = 1024
    dport: int = 53
    tcp_flags: int = 0x10
    length: int = 0
    """Wished length of the whole frame without padding; the payload fills it up."""
    padding: int = 0
    """Bytes behind the IP packet."""
    udp_checksum: int | None = None

    @property
    def l3(self) -> int:
        """Offset of the IP header."""
        return 14 + 4 * len(self.tags)

    @property
    def is_ipv6(self) -> bool:
        return len(self.src) == 16

    def build(self) -> bytes:
        """The frame's bytes."""
        header = self.l3 + (IPV6_HEADER + sum(len(e) for _, e in self.extensions) if self.is_ipv6 else IPV4_HEADER + len(self.options))
        fixed = LAYER4_BYTES.get(self.proto, 0)
        payload = bytes(i & 0xFF for i in range(max(0, self.length - header - fixed)))
        body = self._layer4(payload)
        packet = self._ipv6(body) if self.is_ipv6 else self._ipv4(body)
        ethertype = ETH_IPV6 if self.is_ipv6 else ETH_IPV4
        tags = b"".join(tpid.to_bytes(2, "big") + tci.to_bytes(2, "big") for tpid, tci in self.tags)
        return self.dst_mac + self.src_mac + tags + ethertype.to_bytes(2, "big") + packet + b"\xa5" * self.padding

    def _layer4(self, payload: bytes) -> bytes:
        ports = self.sport.to_bytes(2, "big") + self.dport.to_bytes(2, "big")
        if self.proto == PROTO_TCP:
            return ports + bytes(8) + bytes((0x50, self.tcp_flags)) + b"\xff\xff" + bytes(4) + payload
        if self.proto == PROTO_UDP:
            checksum = 0xBEEF if self.udp_checksum is None else self.udp_checksum
            return ports + (8 + len(payload)).to_bytes(2, "big") + checksum.to_bytes(2, "big") + payload
        if self.proto == PROTO_SCTP:
            return ports + bytes(8) + payload
        if self.proto in (PROTO_ICMP, PROTO_ICMPV6):
            return bytes((8 if self.proto == PROTO_ICMP else 128, 0, 0x12, 0x34, 0, 1, 0, 1)) + payload
        return payload

    def _ipv4(self, body: bytes) -> bytes:
        size = IPV4_HEADER + len(self.options)
        head = bytes((0x40 | size // 4, self.tos)) + ((size + len(body)) & 0xFFFF).to_bytes(2, "big")
        head += self.ident.to_bytes(2, "big") + self.flags.to_bytes(2, "big") + bytes((self.ttl, self.proto, 0, 0))
        return with_checksum(head + self.src + self.dst + self.options) + body

    def _ipv6(self, body: bytes) -> bytes:
        kinds = [kind for kind, _ in self.extensions] + [self.proto]
        chain = b"".join(bytes((following,)) + header[1:] for (_, header), following in zip(self.extensions, kinds[1:], strict=True))
        payload = chain + body
        return b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes((kinds[0], self.ttl)) + self.src + self.dst + payload


def sum16(data: bytes) -> int:
    """One's complement sum of 16-bit words."""
    total = sum(data[0::2]) * 256 + sum(data[1::2])
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def with_checksum(header: bytes) -> bytes:
    """An IPv4 header with the checksum that it should have."""
    blank = header[:10] + b"\0\0" + header[12:]
    return header[:10] + (~sum16(blank) & 0xFFFF).to_bytes(2, "big") + header[12:]


def ident_for_checksum(frame: bytes, l3: int, wanted: int) -> int:
    """The IP ID that makes the frame's IPv4 header checksum `wanted` (one of 65,536 does)."""
    size = (frame[l3] & 0xF) * 4
    header = frame[l3 : l3 + size]
    rest = sum16(header[:4] + b"\0\0" + header[6:10] + b"\0\0" + header[12:])
    ident = ((~wanted & 0xFFFF) - rest) % 0xFFFF
    return ident


def extension(kind: int, units: int = 0, fill: int = 0) -> bytes:
    """An extension header of (units + 1) × 8 bytes, first byte free; AH counts in 4-byte units, fragment is always 8."""
    if kind == PROTO_FRAGMENT:
        return bytes(8)
    if kind == 51:
        return bytes((0, units, 0, 0)) + bytes([fill]) * ((units + 2) * 4 - 4)
    return bytes((0, units, 4, 0)) + bytes([fill]) * ((units + 1) * 8 - 4)
