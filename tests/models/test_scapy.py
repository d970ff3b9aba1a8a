"""What parse knows of a packet equals what scapy knows of it."""

from __future__ import annotations

from ipaddress import ip_address

from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.config import conf
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN
from scapy.layers.ipsec import AH
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.layers.sctp import SCTP
from scapy.packet import Packet as ScapyPacket
from scapy.packet import Raw, bind_layers
from triplane.models.packet import Packet
from triplane.models.parse import Parsed, parse
from triplane.spec.gen.constants import Fragment, Verdict

from .frames import DST4, DST6, MAC, SRC4, SRC6, TABLES, run

conf.ipv6_enabled = True
conf.route6.resync = lambda: None  # no look at the host's own routes
ETHER = Ether(dst="02:00:00:00:00:01", src="02:aa:00:00:00:01")
for number, header in ((6, TCP), (17, UDP), (132, SCTP), (43, IPv6ExtHdrRouting), (51, AH), (60, IPv6ExtHdrDestOpt)):
    bind_layers(AH, header, nh=number)  # scapy leaves what stands behind AH unread
EXTENSIONS = (IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting, IPv6ExtHdrFragment, AH)


def dissected(frame: bytes) -> Parsed:
    """The model's key, filled in from scapy's dissection of the same bytes."""
    packet = Ether(frame)
    key = Parsed()
    layer: ScapyPacket = packet.payload
    while isinstance(layer, Dot1Q | Dot1AD):
        key.vlan = layer.vlan if key.tags == 0 else key.vlan
        key.tags += 1
        layer = layer.payload
    key.l3 = 14 + 4 * key.tags
    key.src, key.dst = int(ip_address(layer.src)), int(ip_address(layer.dst))
    if isinstance(layer, IP):
        key.family, key.ttl, key.proto, key.ip_end = 4, layer.ttl, layer.proto, key.l3 + layer.len
        key.fragment = Fragment.LATER if layer.frag else Fragment.FIRST if layer.flags.MF else Fragment.NONE
        layer = layer.payload
    else:
        key.family, key.ttl, key.proto, key.ip_end = 6, layer.hlim, layer.nh, key.l3 + 40 + layer.plen
        layer = layer.payload
        while isinstance(layer, EXTENSIONS):
            if isinstance(layer, IPv6ExtHdrFragment):
                key.fragment = Fragment.LATER if layer.offset else Fragment.FIRST if layer.m else Fragment.NONE
            key.proto = layer.nh
            layer = layer.payload
    if key.fragment != Fragment.LATER and isinstance(layer, TCP | UDP | SCTP):
        key.sport, key.dport = layer.sport, layer.dport
        key.tcp_flags = int(layer.flags) & 0xFF if isinstance(layer, TCP) else None
    return key


def parsed(frame: bytes) -> Parsed:
    """What the model says, without the trace."""
    key = parse(Packet(frame), MAC, [])
    key.trace = []
    return key


def agree(packet: ScapyPacket) -> Parsed:
    frame = bytes(packet)
    key = parsed(frame)
    assert key == dissected(frame)
    return key


def test_ipv4_with_options_and_padding() -> None:
    record_route, router_alert = IPOption(b"\x07\x07\x04\0\0\0\0"), IPOption(b"\x94\x04\0\0")
    key = agree(ETHER / IP(src=SRC4, dst=DST4, ttl=9, options=[record_route, router_alert]) / UDP(sport=1, dport=65535) / Raw(b"abc"))
    assert (key.family, key.ttl, key.sport, key.dport) == (4, 9, 1, 65535)
    agree(ETHER / IP(src=SRC4, dst=DST4) / TCP(sport=9, dport=10, flags="SAE", options=[("MSS", 1460)]) / Raw(b"x"))
    agree(ETHER / IP(src=SRC4, dst=DST4, len=28) / ICMP() / Raw(b"padding"))


def test_q_in_q_takes_the_outer_vlan() -> None:
    key = agree(ETHER / Dot1AD(vlan=100, prio=5) / Dot1Q(vlan=200) / IP(src=SRC4, dst=DST4) / UDP(sport=5, dport=6))
    assert (key.vlan, key.tags, key.l3) == (100, 2, 22)
    assert agree(ETHER / Dot1Q(vlan=0, prio=7) / Dot1Q(vlan=200) / IPv6(src=SRC6, dst=DST6) / TCP()).vlan == 0


def test_sctp_has_ports() -> None:
    key = agree(ETHER / IP(src=SRC4, dst=DST4) / SCTP(sport=38412, dport=2905, tag=1))
    assert (key.proto, key.sport, key.dport) == (132, 38412, 2905)


def test_every_fragment_that_scapy_cuts_is_seen_as_it_sees_it() -> None:
    whole = IP(src=SRC4, dst=DST4, id=7) / UDP(sport=11, dport=12) / Raw(bytes(200))
    classes = [agree(ETHER / fragment).fragment for fragment in whole.fragment(64)]
    assert classes == [Fragment.FIRST, *[Fragment.LATER] * 3]
    chain = ETHER / IPv6(src=SRC6, dst=DST6)
    assert agree(chain / IPv6ExtHdrFragment(m=1, nh=17) / UDP(sport=1, dport=2, chksum=9) / Raw(bytes(8))).sport == 1
    assert agree(chain / IPv6ExtHdrFragment(offset=3, nh=17) / Raw(bytes(8))).sport is None
    assert agree(chain / IPv6ExtHdrFragment(nh=17) / UDP(sport=1, dport=2, chksum=9)).fragment == Fragment.NONE


def test_ipv6_chains_lead_to_the_same_layer_4() -> None:
    chain = (
        IPv6(src=SRC6, dst=DST6, hlim=3)
        / IPv6ExtHdrHopByHop()
        / IPv6ExtHdrDestOpt()
        / IPv6ExtHdrRouting(segleft=0)
        / AH(payloadlen=4, icv=bytes(12))
    )
    key = agree(ETHER / chain / TCP(sport=179, dport=180, flags="PA"))
    assert (key.proto, key.sport, key.tcp_flags, key.ttl) == (6, 179, 0x18, 3)


extension = st.one_of(
    st.builds(lambda n: IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(n))]), st.integers(0, 20)),
    st.builds(lambda n: AH(payloadlen=1 + n, icv=bytes(4 * n)), st.integers(0, 5)),
    st.just(IPv6ExtHdrRouting(segleft=0)),
)
layer4 = st.one_of(
    st.builds(lambda s, d: UDP(sport=s, dport=d, chksum=1), st.integers(0, 65535), st.integers(0, 65535)),
    st.builds(lambda s, d, f: TCP(sport=s, dport=d, flags=f), st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 255)),
    st.builds(lambda s, d: SCTP(sport=s, dport=d), st.integers(0, 65535), st.integers(0, 65535)),
)
tags = st.lists(
    st.builds(lambda cls, vid, prio: cls(vlan=vid, prio=prio), st.sampled_from([Dot1Q, Dot1AD]), st.integers(0, 4094), st.integers(0, 7)),
    max_size=2,
)


def _stack(parts: list[ScapyPacket]) -> ScapyPacket:
    packet = ETHER
    for part in parts:
        packet = packet / part.copy()
    return packet


@settings(max_examples=150, deadline=None)
@given(tags, st.lists(extension, max_size=5), layer4, st.booleans())
def test_any_short_ipv6_chain_is_parsed_as_scapy_does(
    vlans: list[ScapyPacket], chain: list[ScapyPacket], top: ScapyPacket, hop_by_hop: bool
) -> None:
    first = [IPv6ExtHdrHopByHop()] if hop_by_hop else []
    frame = bytes(_stack([*vlans, IPv6(src=SRC6, dst=DST6), *first, *chain, top]))
    outcome, _ = run(frame)
    if outcome.verdict == Verdict.DROP:
        assert outcome.label == "drop(PARSE_DEPTH)"
        assert len(frame) > 128
    else:
        assert parsed(frame) == dissected(frame)


@settings(max_examples=150, deadline=None)
@given(tags, st.integers(0, 10), layer4, st.integers(2, 255), st.binary(max_size=9))
def test_any_ipv4_packet_is_parsed_as_scapy_does(vlans: list[ScapyPacket], words: int, top: ScapyPacket, ttl: int, padding: bytes) -> None:
    options = [IPOption(b"\x01")] * (4 * words)
    frame = bytes(_stack([*vlans, IP(src=SRC4, dst=DST4, ttl=ttl, options=options), top])) + padding
    assert parsed(frame) == dissected(frame)


def test_a_forwarded_packet_is_what_scapy_builds_with_a_lower_ttl() -> None:
    def build(ttl: int, out: bool) -> bytes:
        ether = Ether(dst="02:bb:00:00:00:01", src="02:00:00:00:00:02") if out else ETHER
        return bytes(
            ether
            / Dot1Q(vlan=3)
            / IP(src=SRC4, dst=DST4, ttl=ttl, id=0x1234, flags="DF", tos=0xB8)
            / UDP(sport=1, dport=2)
            / Raw(b"payload")
        )

    for ttl in range(2, 256):
        assert run(build(ttl, False))[0].data == build(ttl - 1, True)
    assert run(build(2, False), TABLES)[0].egress == 1
