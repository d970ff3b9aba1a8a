"""The rewritten frame byte by byte, and the longest prefix against a plain search."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from triplane.models.tables import Route, Tables
from triplane.spec.gen.constants import NEXT_HOP_NONE, Reason, Verdict

from .frames import HOPS, PORTS, TABLES, folded_sum, ip4, ip4_packet, ip6, ip6_packet, run, tag, udp

NEW = bytes.fromhex("02bb00000003020000000000")
PUSH, SWAP, POP = "10.4.0.1", "10.5.0.1", "10.6.0.1"
NO_TAG, ONE, TWO = b"", tag(5, priority=0xB), tag(5, 0x88A8, priority=0xB) + tag(6, priority=3)


@pytest.mark.parametrize(
    ("dst", "before", "after"),
    [
        (PUSH, NO_TAG, tag(0x123, 0x88A8)),
        (PUSH, ONE, tag(0x123, 0x88A8, 0xB) + ONE),
        (SWAP, NO_TAG, tag(0x123, 0x88A8)),
        (SWAP, ONE, tag(0x123, 0x8100, 0xB)),
        (SWAP, TWO, tag(0x123, 0x88A8, 0xB) + TWO[4:]),
        (SWAP, tag(0, priority=0xF), tag(0x123, 0x8100, 0xF)),
        (POP, NO_TAG, NO_TAG),
        (POP, ONE, NO_TAG),
        (POP, TWO, TWO[4:]),
        (POP, tag(0), NO_TAG),
    ],
)
def test_tags_are_pushed_swapped_and_popped_and_the_rest_stays(dst: str, before: bytes, after: bytes) -> None:
    payload, padding = udp(b"data"), b"\xaa" * 5
    outcome, _ = run(ip4(payload, 17, dst=dst, ttl=7, tags=before, padding=padding))
    assert outcome.data == NEW + after + b"\x08\0" + ip4_packet(payload, 17, dst=dst, ttl=6) + padding
    assert (outcome.egress, outcome.reason) == (3, Reason.NONE)


def test_kept_tags_keep_everything() -> None:
    outcome, _ = run(ip6(b"abc", 253, tags=TWO, hops=2))
    assert outcome.data == bytes.fromhex("02bb00000001020000000002") + TWO + b"\x86\xdd" + ip6_packet(b"abc", 253, hops=1)


@pytest.mark.parametrize("csum", [0x0000, 0xFEFF, 0xFEFE, 0xFFFE, 0x0100, 0xFF00])
def test_a_packet_solved_for_its_checksum_leaves_with_the_recomputed_one(csum: int) -> None:
    """The ID is chosen so that the header's checksum comes in as `csum`."""
    rest = folded_sum(ip4_packet(csum=0)[:20])
    ident = next(i for i in range(0x10000) if ~((rest + i) % 0xFFFF or 0xFFFF) & 0xFFFF == csum)
    frame = ip4(ident=ident)
    assert frame[24:26] == csum.to_bytes(2, "big")
    assert run(frame)[0].data[14:] == ip4_packet(ident=ident, ttl=63)


def test_a_checksum_that_came_in_as_ffff_leaves_as_a_recompute_says() -> None:
    rest = folded_sum(ip4_packet(csum=0)[:20])
    frame = ip4(ident=0xFFFF - rest, csum=0xFFFF)
    assert run(frame)[0].data[14:] == ip4_packet(ident=0xFFFF - rest, ttl=63)


def test_a_route_that_was_found_is_named_also_when_the_packet_is_not_forwarded() -> None:
    for dst, fields, hop in (
        ("10.3.0.1", {}, 2),
        ("10.1.0.1", {"ttl": 1}, 0),
        ("10.2.0.1", {"payload": bytes(90)}, 1),
        (PUSH, {"tags": TWO}, 3),
        (PUSH, {"padding": bytes(9180)}, 3),
    ):
        outcome, _ = run(ip4(dst=dst, **fields))
        assert outcome.verdict != Verdict.FORWARD
        assert outcome.next_hop == hop
    assert run(ip4(dst="99.0.0.1"))[0].next_hop == NEXT_HOP_NONE


def tables(*prefixes: str) -> Tables:
    """Route tables whose routes lead to hop 0, 1, 2, … in turn."""
    hops = tuple(HOPS[0] for _ in prefixes)
    return Tables(ports=PORTS, next_hops=hops, routes=tuple(Route(prefix, i) for i, prefix in enumerate(prefixes)))


def test_default_host_and_covering_routes() -> None:
    nested = tables("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.1/32", "128.0.0.0/1", "::/0", "2001:db8::/32", "2001:db8::1/128")
    hops = {dst: run(ip4(dst=dst), nested)[0].next_hop for dst in ("9.9.9.9", "10.9.9.9", "10.1.0.2", "10.1.0.1", "192.0.2.9")}
    assert hops == {"9.9.9.9": 0, "10.9.9.9": 1, "10.1.0.2": 2, "10.1.0.1": 3, "192.0.2.9": 4}
    assert [run(ip6(dst=dst), nested)[0].next_hop for dst in ("3::3", "2001:db8::2", "2001:db8::1")] == [5, 6, 7]


def test_taking_a_route_away_uncovers_the_shorter_one() -> None:
    chain = ["0.0.0.0/0", *(f"10.0.0.0/{length}" for length in range(8, 33))]
    while chain:
        outcome, _ = run(ip4(dst="10.0.0.0"), tables(*chain))
        assert outcome.next_hop == len(chain) - 1
        chain.pop()
    assert run(ip4(dst="10.0.0.0"), tables())[0].reason == Reason.NO_ROUTE


@st.composite
def prefixes4(draw: st.DrawFn) -> str:
    return str(ip_network((draw(near4), draw(st.integers(0, 32))), strict=False))


@st.composite
def prefixes6(draw: st.DrawFn) -> str:
    return str(ip_network((draw(near6).packed, draw(st.integers(0, 128))), strict=False))


near4 = st.integers(0, 2**32 - 1).map(lambda bits: 0x0A000000 | bits & 0x00010003).map(IPv4Address).map(int)
near6 = st.integers(0, 2**16 - 1).map(lambda bits: IPv6Address((0x20010DB8 << 96) | (bits >> 4) << 60 | bits & 7))


@given(st.lists(prefixes4() | prefixes6(), unique=True, max_size=12), near4, near6)
def test_the_longest_prefix_is_the_one_a_plain_search_finds(prefixes: list[str], dst4: int, dst6: IPv6Address) -> None:
    table = tables(*prefixes)
    for dst, frame in ((IPv4Address(dst4), ip4(dst=str(IPv4Address(dst4)))), (dst6, ip6(dst=str(dst6)))):
        holding = [(ip_network(prefix).prefixlen, i) for i, prefix in enumerate(prefixes) if dst in ip_network(prefix)]
        expected = max(holding)[1] if holding else NEXT_HOP_NONE
        assert run(frame, table)[0].next_hop == expected


def test_the_shared_tables_are_legal() -> None:
    from triplane.models.tables import check_tables

    check_tables(TABLES)
