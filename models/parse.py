"""The parse stage: which frames are well formed, and what the later stages may know about them.

Checks stand in the contract's order; each cites its rule. The first that fails raises `Decided`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from triplane.models.checksum import ones_complement_sum
from triplane.models.packet import Packet
from triplane.spec.gen.constants import (
    ETH_ARP,
    ETH_IPV4,
    ETH_IPV6,
    EXT_MAX,
    FRAME_MAX,
    FRAME_MIN,
    PARSE_WINDOW,
    PROTO_AH,
    PROTO_DSTOPTS,
    PROTO_FRAGMENT,
    PROTO_HOPOPTS,
    PROTO_ICMP,
    PROTO_ICMPV6,
    PROTO_ROUTING,
    PROTO_SCTP,
    PROTO_TCP,
    PROTO_UDP,
    TPID_C,
    TPID_S,
    VID_RESERVED,
    VLAN_TAGS_MAX,
    Fragment,
    Reason,
    Verdict,
)

TPIDS = (TPID_C, TPID_S)
EXTENSIONS = (PROTO_HOPOPTS, PROTO_ROUTING, PROTO_FRAGMENT, PROTO_AH, PROTO_DSTOPTS)


class Decided(Exception):
    """A stage has decided: the verdict and its reason. The rules that led there are in the packet's trace."""

    def __init__(self, verdict: Verdict, reason: Reason) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


def drop(trace: list[str], rule: str, reason: Reason) -> Decided:
    trace.append(rule)
    return Decided(Verdict.DROP, reason)


def punt(trace: list[str], rule: str, reason: Reason) -> Decided:
    trace.append(rule)
    return Decided(Verdict.PUNT, reason)


@dataclass(slots=True)
class Parsed:
    """What parse knows of a well-formed packet. Offsets count from the frame's first byte."""

    tags: int = 0
    vlan: int = 0
    """R-PARSE-10."""
    l3: int = 0
    family: int = 0
    """4 or 6."""
    src: int = 0
    dst: int = 0
    ip_end: int = 0
    """End of the IP packet; padding stands behind it."""
    ttl: int = 0
    proto: int = 0
    fragment: Fragment = Fragment.NONE
    sport: int | None = None
    dport: int | None = None
    tcp_flags: int | None = None
    trace: list[str] = field(default_factory=list)

    @property
    def ip_length(self) -> int:
        """Length of the IP packet in bytes."""
        return self.ip_end - self.l3


def parse(packet: Packet, own_mac: bytes, trace: list[str]) -> Parsed:
    """Parse one frame. `trace` collects the rules it hit. Raises Decided."""
    parsed = Parsed(trace=trace)
    ethertype = _parse_layer2(packet.data, own_mac, parsed)
    if ethertype == ETH_ARP:
        raise punt(trace, "R-PARSE-11", Reason.ARP)
    if ethertype == ETH_IPV4:
        _parse_ipv4(packet.data, parsed)
    elif ethertype == ETH_IPV6:
        _parse_ipv6(packet.data, parsed)
    else:
        raise punt(trace, "R-PARSE-12", Reason.ETHERTYPE)
    return parsed


def _word(data: bytes, offset: int) -> int:
    return data[offset] << 8 | data[offset + 1]


def _parse_layer2(data: bytes, own_mac: bytes, parsed: Parsed) -> int:
    """MACs and tags; returns the ethertype behind the tags."""
    trace = parsed.trace
    if len(data) < FRAME_MIN:
        raise drop(trace, "R-PARSE-1", Reason.RUNT)
    if len(data) > FRAME_MAX:
        raise drop(trace, "R-PARSE-2", Reason.OVERSIZE)
    if data[6] & 1:
        raise drop(trace, "R-PARSE-3", Reason.SRC_MAC)
    if data[0] & 1:
        raise punt(trace, "R-PARSE-4", Reason.L2_MULTICAST)
    if data[:6] != own_mac:
        raise drop(trace, "R-PARSE-5", Reason.WRONG_MAC)
    offset = 12
    ethertype = _word(data, offset)
    while ethertype in TPIDS:
        if parsed.tags == VLAN_TAGS_MAX:
            raise drop(trace, "R-PARSE-9", Reason.VLAN_DEPTH)
        if len(data) < offset + 6:
            raise drop(trace, "R-PARSE-7", Reason.VLAN_TRUNC)
        vid = _word(data, offset + 2) & 0xFFF
        if vid == VID_RESERVED:
            raise drop(trace, "R-PARSE-8", Reason.VLAN_RESERVED)
        if parsed.tags == 0:
            trace += ("R-PARSE-6", "R-PARSE-10")
            parsed.vlan = vid
        parsed.tags += 1
        offset += 4
        ethertype = _word(data, offset)
    parsed.l3 = offset + 2
    return ethertype


def _parse_ipv4(data: bytes, parsed: Parsed) -> None:
    trace, l3 = parsed.trace, parsed.l3
    room = len(data) - l3
    if room < 20:
        raise drop(trace, "R-PARSE-13", Reason.IP4_TRUNC)
    if data[l3] >> 4 != 4:
        raise drop(trace, "R-PARSE-14", Reason.IP_VERSION)
    header = (data[l3] & 0xF) * 4
    if header < 20:
        raise drop(trace, "R-PARSE-15", Reason.IP4_IHL)
    if room < header:
        raise drop(trace, "R-PARSE-16", Reason.IP4_TRUNC)
    if ones_complement_sum(data[l3 : l3 + header]) != 0xFFFF:
        raise drop(trace, "R-PARSE-17", Reason.IP4_CSUM)
    total = _word(data, l3 + 2)
    if not header <= total <= room:
        raise drop(trace, "R-PARSE-18", Reason.IP4_LENGTH)
    if total < room:
        trace.append("R-PARSE-18")  # padding behind the packet
    parsed.family, parsed.ip_end, parsed.ttl = 4, l3 + total, data[l3 + 8]
    parsed.src = int.from_bytes(data[l3 + 12 : l3 + 16], "big")
    parsed.dst = int.from_bytes(data[l3 + 16 : l3 + 20], "big")
    if _martian4_source(parsed.src) or _martian4_destination(parsed.dst):
        raise drop(trace, "R-PARSE-19", Reason.MARTIAN)
    if parsed.src == parsed.dst:
        raise drop(trace, "R-PARSE-20", Reason.LAND)
    if parsed.dst >> 28 == 0xE:
        raise punt(trace, "R-PARSE-21", Reason.IP_MULTICAST)
    flags = _word(data, l3 + 6)
    offset = flags & 0x1FFF
    if offset:
        parsed.fragment = Fragment.LATER
    elif flags & 0x2000:
        parsed.fragment = Fragment.FIRST
    if flags:
        trace.append("R-PARSE-22")
    if offset * 8 + total - header > 0xFFFF:
        raise drop(trace, "R-PARSE-23", Reason.FRAG_OVERFLOW)
    parsed.proto = data[l3 + 9]
    if parsed.proto == PROTO_TCP and offset == 1:
        raise drop(trace, "R-PARSE-24", Reason.TINY_FRAGMENT)
    if header > 20:
        trace.append("R-PARSE-25")
    trace.append("R-PARSE-26")
    if parsed.fragment != Fragment.LATER:
        _parse_layer4(data, l3 + header, parsed)


def _martian4_source(address: int) -> bool:
    return _martian4_destination(address) or address >> 28 == 0xE


def _martian4_destination(address: int) -> bool:
    return address >> 24 in (0, 127) or address >> 16 == 0xA9FE or address >> 28 == 0xF


def _parse_ipv6(data: bytes, parsed: Parsed) -> None:
    trace, l3 = parsed.trace, parsed.l3
    room = len(data) - l3
    if room < 40:
        raise drop(trace, "R-PARSE-27", Reason.IP6_TRUNC)
    if data[l3] >> 4 != 6:
        raise drop(trace, "R-PARSE-28", Reason.IP_VERSION)
    total = 40 + _word(data, l3 + 4)
    if total > room:
        raise drop(trace, "R-PARSE-29", Reason.IP6_LENGTH)
    if total < room:
        trace.append("R-PARSE-29")  # padding behind the packet
    parsed.family, parsed.ip_end, parsed.ttl = 6, l3 + total, data[l3 + 7]
    parsed.src = int.from_bytes(data[l3 + 8 : l3 + 24], "big")
    parsed.dst = int.from_bytes(data[l3 + 24 : l3 + 40], "big")
    if parsed.src in (0, 1) or parsed.src >> 120 == 0xFF or parsed.dst in (0, 1):
        raise drop(trace, "R-PARSE-31", Reason.MARTIAN)
    if parsed.src == parsed.dst:
        raise drop(trace, "R-PARSE-32", Reason.LAND)
    if parsed.dst >> 120 == 0xFF:
        raise punt(trace, "R-PARSE-33", Reason.IP_MULTICAST)
    if parsed.src >> 118 == 0x3FA or parsed.dst >> 118 == 0x3FA:
        raise punt(trace, "R-PARSE-34", Reason.LINK_LOCAL)
    offset = _walk_extensions(data, data[l3 + 6], l3 + 40, parsed)
    if parsed.fragment != Fragment.LATER:
        trace.append("R-PARSE-43")
        _parse_layer4(data, offset, parsed)


def _walk_extensions(data: bytes, next_header: int, offset: int, parsed: Parsed) -> int:
    """R-PARSE-35 … R-PARSE-42; sets protocol and fragment class, returns where layer 4 begins."""
    trace, end = parsed.trace, parsed.ip_end
    count, fragmented = 0, False
    while next_header in EXTENSIONS:
        if count == 0:
            trace.append("R-PARSE-35")
        if count == EXT_MAX:
            raise drop(trace, "R-PARSE-36", Reason.EXT_DEPTH)
        if next_header == PROTO_HOPOPTS and count or next_header == PROTO_FRAGMENT and fragmented:
            raise drop(trace, "R-PARSE-37", Reason.EXT_ORDER)
        if end - offset < 8:
            raise drop(trace, "R-PARSE-38", Reason.EXT_TRUNC)
        if offset + 8 > PARSE_WINDOW:
            trace.append("R-PARSE-30")
            raise drop(trace, "R-PARSE-39", Reason.PARSE_DEPTH)
        length = _extension_length(next_header, data[offset + 1])
        if offset + length > end:
            raise drop(trace, "R-PARSE-40", Reason.EXT_TRUNC)
        if next_header == PROTO_ROUTING and data[offset + 2] == 0 and data[offset + 3] != 0:
            raise drop(trace, "R-PARSE-41", Reason.EXT_ROUTING)
        later = False
        if next_header == PROTO_FRAGMENT:
            fragmented = True
            trace.append("R-PARSE-42")
            word = _word(data, offset + 2)
            later = word >> 3 != 0
            parsed.fragment = Fragment.LATER if later else Fragment.FIRST if word & 1 else Fragment.NONE
        next_header = data[offset]
        offset += length
        count += 1
        if later:
            break
    parsed.proto = next_header
    return offset


def _extension_length(kind: int, field_value: int) -> int:
    if kind == PROTO_FRAGMENT:
        return 8
    if kind == PROTO_AH:
        return (field_value + 2) * 4
    return (field_value + 1) * 8


def _parse_layer4(data: bytes, offset: int, parsed: Parsed) -> None:
    """R-PARSE-44 … R-PARSE-50 for packets of class none and first."""
    trace, proto = parsed.trace, parsed.proto
    needed, rule = _needed(proto, parsed.family)
    if not needed:
        return
    payload = parsed.ip_end - offset
    if payload < needed:
        raise drop(trace, "R-PARSE-48", Reason.L4_TRUNC)
    if offset + needed > PARSE_WINDOW:
        raise drop(trace, "R-PARSE-30", Reason.PARSE_DEPTH)
    if proto == PROTO_TCP:
        if not 20 <= (data[offset + 12] >> 4) * 4 <= payload:
            raise drop(trace, "R-PARSE-44", Reason.TCP_OFFSET)
        parsed.tcp_flags = data[offset + 13]
    elif proto == PROTO_UDP:
        length = _word(data, offset + 4)
        if length < 8 or (parsed.fragment == Fragment.NONE and length > payload):
            raise drop(trace, "R-PARSE-45", Reason.UDP_LENGTH)
        if _word(data, offset + 6) == 0:
            if parsed.family == 6:
                raise drop(trace, "R-PARSE-46", Reason.UDP6_CSUM)
            trace.append("R-PARSE-46")
    trace.append(rule)
    if proto in (PROTO_TCP, PROTO_UDP, PROTO_SCTP):
        trace.append("R-PARSE-49")
        parsed.sport, parsed.dport = _word(data, offset), _word(data, offset + 2)
    trace.append("R-PARSE-50")


def _needed(proto: int, family: int) -> tuple[int, str]:
    """Bytes of layer 4 that must be there, and the rule that says so; 0 for protocols without layer 4."""
    if proto == PROTO_TCP:
        return 20, "R-PARSE-44"
    if proto == PROTO_UDP:
        return 8, "R-PARSE-45"
    if proto == PROTO_SCTP:
        return 12, "R-PARSE-47"
    if proto == PROTO_ICMP and family == 4:
        return 8, "R-PARSE-47"
    if proto == PROTO_ICMPV6 and family == 6:
        return 4, "R-PARSE-47"
    return 0, ""
