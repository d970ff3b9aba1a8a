"""Packets as small programs: a flow, a mutation, a length in (beats, tail). Expanded by plain code."""

from __future__ import annotations

from hypothesis import strategies as st

from triplane.models.packet import Packet
from triplane.models.tables import mac_bytes
from triplane.tb.frames import Frame
from triplane.tb.strategies import pools
from triplane.tb.strategies.mutations import MUTATIONS

NAMES = tuple(MUTATIONS)
# Half of all packets are well formed, so that the deep stages see traffic; "big" costs the most bytes and is rare.
CHOICES = ("none",) * (len(NAMES) + 10) + tuple(name for name in NAMES if name != "big") + ("extensions", "fragment", "layer4", "checksum", "ttl") * 2 + ("big",)
MACS = tuple(mac_bytes(mac) for mac in pools.PORT_MACS)
TAILS = (0, 1, 2, 4, 8, 32, 60, 63)
TAG_SETS: tuple[tuple[tuple[int, int], ...], ...] = ((), (), ((0x8100, 100),), ((0x8100, 0x7065),), ((0x88A8, 101), (0x8100, 100)))


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """One packet. The simplest is a 64-byte UDP packet to 10.1.2.3 on port 0."""
    flow = draw(st.integers(0, len(pools.DESTINATIONS4) + len(pools.DESTINATIONS6) - 1))
    mutation = draw(st.sampled_from(CHOICES))
    variant = draw(st.integers(0, 15)) if mutation != "none" else 0
    details = draw(st.integers(0, 4095))  # source, protocol, ports: one draw, taken apart below
    beats, tail = draw(st.integers(1, 4)), draw(st.sampled_from(TAILS))
    port, tags = draw(st.integers(0, 3)), draw(st.sampled_from(TAG_SETS))
    ipv6 = flow >= len(pools.DESTINATIONS4)
    sources = pools.SOURCES6 if ipv6 else pools.SOURCES4
    protocol = (17, 6, 17, 6, 132, 58 if ipv6 else 1, 47, 1 if ipv6 else 58)[details % 8]
    frame = Frame(
        dst_mac=MACS[port], src_mac=pools.PEER_MAC, tags=tags, src=sources[details // 8 % len(sources)],
        dst=pools.DESTINATIONS6[flow - len(pools.DESTINATIONS4)] if ipv6 else pools.DESTINATIONS4[flow], proto=protocol,
        sport=pools.PORTS[details // 32 % len(pools.PORTS)], dport=pools.PORTS[details // 256 % len(pools.PORTS)],
        tcp_flags=(0x10, 0x02, 0x12, 0)[details // 1024 % 4], length=64 * beats + tail, ident=details)
    return Packet(MUTATIONS[mutation](frame, variant), port)
