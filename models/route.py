"""The route stage: longest-prefix match, the checks before forwarding, and the rewritten frame."""

from __future__ import annotations

from typing import NamedTuple

from triplane.models.checksum import updated
from triplane.models.parse import Parsed, drop, punt
from triplane.models.tables import NextHop, Tables, mac_bytes
from triplane.spec.gen.constants import FRAME_MAX, NEXT_HOP_NONE, VLAN_TAGS_MAX, Reason


class Hop(NamedTuple):
    """A next hop and the MACs that it writes (R-ROUTE-9)."""

    entry: NextHop
    macs: bytes


class Router:
    """Compiled route tables and next hops."""

    def __init__(self, tables: Tables) -> None:
        self._prefixes = {version: _by_length(tables, version) for version in (4, 6)}
        self._hops = [Hop(hop, mac_bytes(hop.dst_mac) + mac_bytes(hop.src_mac)) for hop in tables.next_hops]

    def lookup(self, parsed: Parsed) -> int:
        """Index of the next hop of the longest prefix that holds the destination, or NEXT_HOP_NONE (R-ROUTE-1)."""
        parsed.trace.append("R-ROUTE-1")
        for shift, prefixes in self._prefixes[parsed.family]:
            hop = prefixes.get(parsed.dst >> shift)
            if hop is not None:
                return hop
        return NEXT_HOP_NONE

    def forward(self, data: bytes, parsed: Parsed, hop_index: int) -> tuple[int, bytes]:
        """Egress port and rewritten frame (R-ROUTE-2 … R-ROUTE-13). Raises Decided."""
        trace = parsed.trace
        if hop_index == NEXT_HOP_NONE:
            raise drop(trace, "R-ROUTE-2", Reason.NO_ROUTE)
        hop, macs = self._hops[hop_index]
        if hop.kind == "local":
            raise punt(trace, "R-ROUTE-3", Reason.LOCAL)
        if parsed.ttl <= 1:
            raise punt(trace, "R-ROUTE-4", Reason.TTL)
        if parsed.ip_length > hop.mtu:
            raise punt(trace, "R-ROUTE-5", Reason.MTU)
        if hop.vlan_op == "push" and parsed.tags == VLAN_TAGS_MAX:
            raise drop(trace, "R-ROUTE-6", Reason.VLAN_FULL)
        header = macs + _tags(data, parsed, hop)
        if len(header) + len(data) - parsed.l3 + 2 > FRAME_MAX:
            raise drop(trace, "R-ROUTE-7", Reason.OVERSIZE)
        trace += ("R-ROUTE-9", "R-ROUTE-10")
        packet = _decremented(data[parsed.l3 :], parsed)
        trace += ("R-ROUTE-13", "R-ROUTE-8")
        return hop.port, header + data[parsed.l3 - 2 : parsed.l3] + packet


def _by_length(tables: Tables, version: int) -> list[tuple[int, dict[int, int]]]:
    """(shift, {prefix >> shift: next hop}), longest prefix first."""
    groups: dict[int, dict[int, int]] = {}
    for route in tables.routes_of(version):
        shift = route.network.max_prefixlen - route.network.prefixlen
        groups.setdefault(shift, {})[int(route.network.network_address) >> shift] = route.next_hop
    return sorted(groups.items())


def _tags(data: bytes, parsed: Parsed, hop: NextHop) -> bytes:
    """The rewritten frame's tags (R-ROUTE-10): what stands between the MACs and the ethertype."""
    tags = data[12 : parsed.l3 - 2]
    if hop.vlan_op == "keep":
        return tags
    if hop.vlan_op == "pop":
        return tags[4:]
    priority = tags[2] & 0xF0 if tags else 0  # PCP and DEI
    tci = bytes((priority | hop.vid >> 8, hop.vid & 0xFF))
    if hop.vlan_op == "swap" and tags:
        return tags[:2] + tci + tags[4:]
    return hop.tpid.to_bytes(2, "big") + tci + tags


def _decremented(packet: bytes, parsed: Parsed) -> bytes:
    """The IP packet with TTL or hop limit one lower (R-ROUTE-11, R-ROUTE-12)."""
    if parsed.family == 6:
        parsed.trace.append("R-ROUTE-12")
        return packet[:7] + bytes((parsed.ttl - 1,)) + packet[8:]
    parsed.trace.append("R-ROUTE-11")
    old_word = packet[8] << 8 | packet[9]
    new_checksum = updated(packet[10] << 8 | packet[11], old_word, old_word - 0x100)
    return packet[:8] + bytes((parsed.ttl - 1, packet[9])) + new_checksum.to_bytes(2, "big") + packet[12:]
