"""The forwarder checks every field of a table file and takes it as a whole or not at all (R-TBL-1, R-TBL-2, R-TBL-3, R-TBL-5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from triplane.models.packet import Packet
from triplane.models.tables import AclRule, NextHop, Route, Tables, TcpFlags
from triplane.spec.gen.constants import (
    ACL_RULES_SW, NEXT_HOPS_SW, ROUTES4_SW, ROUTES6_SW, TABLE_FILE_HEADER_BYTES, AclEntry, NextHopEntry, PortEntry, Route4Entry,
    Route6Entry, TableFileHeader, Verdict,
)
from triplane.sw.plane import DpdkPlane
from triplane.tb.encode import Entries, encode, table_file
from triplane.tb.plane import TablesTooLarge

from .frames import HOPS, PORTS, TABLES, frame, ip4

GOOD = encode(Tables(
    ports=PORTS, next_hops=HOPS, acl=(AclRule("permit"), AclRule("deny", src="10.0.0.0/8", proto=6, tcp_flags=TcpFlags(2, 0x12))),
    routes=(Route("10.0.0.0/8", 0), Route("10.1.0.0/16", 1), Route("2001:db8::/32", 0), Route("2001:db8:1::/48", 1))))
SECTIONS = {"ports": PortEntry, "acl": AclEntry, "route4": Route4Entry, "route6": Route6Entry, "next_hops": NextHopEntry}

BAD_ENTRIES = [
    ("ports", 2, "mac", b"\x03\0\0\0\0\1", "ports[2].mac: has the group bit"),
    ("ports", 3, "reserved", 1, "ports[3].reserved"),
    ("acl", 1, "valid", 0, "acl[1].valid: 0"),
    ("acl", 1, "family", 5, "acl[1].family: 5"),
    ("acl", 1, "family", 0, "acl[1].src_len: 8"),
    ("acl", 1, "src_len", 33, "acl[1].src_len: 33"),
    ("acl", 1, "src_len", 6, "acl[1].src: has bits behind its length 6"),
    ("acl", 1, "dst_len", 129, "acl[1].dst_len: 129"),
    ("acl", 1, "dst", bytes(15) + b"\1", "acl[1].dst: has bits"),
    ("acl", 0, "conditions", 0x10, "acl[0].conditions: 0x10"),
    ("acl", 0, "vlan", 4095, "acl[0].vlan: 4095"),
    ("acl", 1, "tcp_value", 4, "acl[1].tcp_value: 0x4"),
    ("acl", 0, "ingress_set", 0, "acl[0].ingress_set: 0"),
    ("acl", 0, "ingress_set", 0x1F, "acl[0].ingress_set: 0x1f"),
    ("acl", 0, "fragment_set", 0, "acl[0].fragment_set: 0"),
    ("acl", 0, "fragment_set", 8, "acl[0].fragment_set: 0x8"),
    ("acl", 0, "action", 3, "acl[0].action: 3"),
    ("acl", 0, "meter", 1, "acl[0].meter: 1"),
    ("acl", 0, "reserved", b"\1".ljust(9, b"\0"), "acl[0].reserved"),
    ("route4", 1, "valid", 2, "route4[1].valid: 2"),
    ("route4", 1, "length", 33, "route4[1].length: 33"),
    ("route4", 1, "length", 15, "route4[1].prefix: has bits behind its length 15"),
    ("route4", 1, "next_hop", 2, "route4[1].next_hop: 2, there are 2"),
    ("route6", 1, "valid", 0, "route6[1].valid: 0"),
    ("route6", 1, "length", 129, "route6[1].length: 129"),
    ("route6", 1, "length", 47, "route6[1].prefix: has bits behind its length 47"),
    ("route6", 0, "next_hop", 0xFFFF, "route6[0].next_hop: 65535"),
    ("next_hops", 1, "valid", 0, "next_hops[1].valid: 0"),
    ("next_hops", 1, "kind", 2, "next_hops[1].kind: 2"),
    ("next_hops", 1, "port", 4, "next_hops[1].port: 4"),
    ("next_hops", 1, "vlan_op", 4, "next_hops[1].vlan_op: 4"),
    ("next_hops", 1, "vid", 0, "next_hops[1].vid: 0"),
    ("next_hops", 1, "vid", 4095, "next_hops[1].vid: 4095"),
    ("next_hops", 1, "tpid", 0x9100, "next_hops[1].tpid: 0x9100"),
    ("next_hops", 1, "mtu", 67, "next_hops[1].mtu: 67"),
    ("next_hops", 1, "mtu", 9203, "next_hops[1].mtu: 9203"),
    ("next_hops", 1, "src_mac", b"\1" + bytes(5), "next_hops[1].src_mac"),
    ("next_hops", 1, "dst_mac", b"\xff" * 6, "next_hops[1].dst_mac"),
    ("next_hops", 1, "reserved", 1, "next_hops[1].reserved"),
]


def with_entry(section: str, index: int, **fields: object) -> bytes:
    entries = list(getattr(GOOD, section))
    entries[index] = replace(SECTIONS[section].unpack(entries[index]), **fields).pack()
    return table_file(replace(GOOD, **{section: tuple(entries)}))


def with_header(**fields: int) -> bytes:
    content = table_file(GOOD)
    return replace(TableFileHeader.unpack(content[:TABLE_FILE_HEADER_BYTES]), **fields).pack() + content[TABLE_FILE_HEADER_BYTES:]


def test_the_file_that_the_bad_ones_are_made_from_is_taken(plane: DpdkPlane) -> None:
    plane.load_file(table_file(GOOD))
    assert plane.info()["routes4"] == 2


@pytest.mark.parametrize(("section", "index", "field", "value", "message"), BAD_ENTRIES)
def test_a_bad_field_is_refused_with_section_index_and_field(
        plane: DpdkPlane, section: str, index: int, field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        plane.load_file(with_entry(section, index, **{field: value}))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("field", ["sport", "dport"])
def test_a_port_range_upside_down_is_refused(plane: DpdkPlane, field: str) -> None:
    with pytest.raises(ValueError, match=rf"acl\[0\].{field}_lo: 90 is above {field}_hi 80"):
        plane.load_file(with_entry("acl", 0, **{f"{field}_lo": 90, f"{field}_hi": 80}))


@pytest.mark.parametrize(("section", "entry"), [("route4", Route4Entry), ("route6", Route6Entry)])
def test_a_prefix_that_stands_twice_is_refused(plane: DpdkPlane, section: str, entry: type[Route4Entry]) -> None:
    first = entry.unpack(getattr(GOOD, section)[0])
    content = with_entry(section, 1, prefix=first.prefix, length=first.length)
    with pytest.raises(ValueError, match=rf"{section}\[1\].prefix: stands at {section}\[0\] already"):
        plane.load_file(content)


@pytest.mark.parametrize(("fields", "message"), [
    ({"magic": 1}, "header.magic"), ({"version": 2}, "header.version: 2"), ({"stage_mask": 4}, "header.stage_mask: 0x4"),
    ({"default_action": 3}, "header.default_action: 3"), ({"ports": 3}, "ports: 3 entries"), ({"acl": 3}, "file:"), ({"route4": 1}, "file:"),
])
def test_a_bad_header_is_refused(plane: DpdkPlane, fields: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        plane.load_file(with_header(**fields))
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("cut", [0, 1, TABLE_FILE_HEADER_BYTES - 1, TABLE_FILE_HEADER_BYTES, -1])
def test_a_cut_off_file_is_refused(plane: DpdkPlane, cut: int) -> None:
    with pytest.raises(ValueError):
        plane.load_file(table_file(GOOD)[:cut])


def test_a_refused_file_changes_nothing(plane: DpdkPlane) -> None:
    """Steps: load, count a packet, offer a file whose last next hop is bad. Verify: same outcome, same counters."""
    packet = Packet(frame(ip4()))
    before = plane.process([packet])
    counted = plane.counters()
    with pytest.raises(ValueError):
        plane.load_file(with_entry("next_hops", 1, mtu=0))
    assert plane.counters() == counted
    assert plane.process([packet]) == before


@pytest.mark.parametrize(("section", "limit"), [
    ("acl", ACL_RULES_SW), ("route4", ROUTES4_SW), ("route6", ROUTES6_SW), ("next_hops", NEXT_HOPS_SW)])
def test_more_entries_than_the_limit_are_refused_with_the_limit(plane: DpdkPlane, section: str, limit: int) -> None:
    entries: Entries = replace(GOOD, **{section: (getattr(GOOD, section)[0],) * (limit + 1)})
    header = TableFileHeader.unpack(table_file(entries)[:TABLE_FILE_HEADER_BYTES])
    with pytest.raises(TablesTooLarge, match=f"{section}: {limit + 1} entries, the limit is {limit}"):
        plane.load_file(header.pack())


def test_the_limit_of_acl_rules_and_next_hops_fits(plane: DpdkPlane) -> None:
    rules = (*(AclRule("deny", proto=6, dport=(i, i)) for i in range(ACL_RULES_SW - 1)), AclRule("punt", proto=50))
    hops = (NextHop(port=3),) * NEXT_HOPS_SW
    plane.load(Tables(ports=PORTS, acl=rules, next_hops=hops, routes=(Route("10.0.0.0/8", NEXT_HOPS_SW - 1),)))
    assert plane.process([Packet(frame(ip4()))])[0].acl_rule == ACL_RULES_SW - 1
    assert plane.process([Packet(frame(ip4(proto=51)))])[0].next_hop == NEXT_HOPS_SW - 1


def test_deleting_a_route_uncovers_the_shorter_one(plane: DpdkPlane) -> None:
    """R-ROUTE-1 down a ladder of prefixes, each update without the longest that is left, /0 at last."""
    lengths = [32, 31, 25, 24, 23, 16, 9, 8, 1, 0]
    hops = tuple(NextHop(port=i % 4) for i in range(len(lengths)))
    address = 0x0A010101
    routes = [Route(f"{_dotted(address >> 32 - n << 32 - n)}/{n}", i) for i, n in enumerate(lengths)]
    packet = Packet(frame(ip4(dst="10.1.1.1")))
    for gone in range(len(lengths)):
        plane.update(Tables(ports=PORTS, next_hops=hops, routes=tuple(routes[gone:])))
        assert plane.process([packet])[0].next_hop == gone
    plane.update(Tables(ports=PORTS, next_hops=hops))
    assert plane.process([packet])[0].verdict == Verdict.DROP


def test_an_update_keeps_the_counters_and_a_load_clears_them(plane: DpdkPlane) -> None:
    plane.process([Packet(frame(ip4()))])
    counted = plane.counters()
    plane.update(TABLES)
    assert plane.counters() == counted != {}
    plane.load(TABLES)
    assert plane.counters() == {}


def _dotted(address: int) -> str:
    return ".".join(str(byte) for byte in address.to_bytes(4))
