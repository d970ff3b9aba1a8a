"""Outcomes, counters, stage masks, and tables that change in mid-stream."""

from __future__ import annotations

import pytest
from triplane.models.datapath import Datapath
from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.models.tables import AclRule, Tables
from triplane.spec.gen.constants import ACL_DEFAULT, ACL_NONE, NEXT_HOP_NONE, NO_PORT, Counter, Reason, Verdict

from .frames import HOPS, PORTS, TABLES, ip4, ip6, label, tag, udp

RX, TX, REASON, ACL, HOP = (int(Counter[name]) for name in ("RX_PORT", "TX_PORT", "REASON", "ACL", "NEXT_HOP"))


def tables(*acl: AclRule, **changes: object) -> Tables:
    return Tables(ports=PORTS, next_hops=HOPS, routes=TABLES.routes, acl=acl, **changes)  # type: ignore[arg-type]


def test_a_packet_that_parse_drops_reached_neither_acl_nor_route() -> None:
    outcome = Datapath(tables(AclRule("permit"))).process(Packet(b"short"))
    assert outcome == Outcome(Verdict.DROP, Reason.RUNT, NO_PORT, b"short", ACL_NONE, NEXT_HOP_NONE)


def test_a_denied_packet_names_its_rule_and_no_next_hop() -> None:
    frame = ip4(padding=b"\xaa" * 26)
    outcome = Datapath(tables(AclRule("permit", proto=6), AclRule("deny"))).process(Packet(frame))
    assert outcome == Outcome(Verdict.DROP, Reason.ACL_DENY, NO_PORT, frame, 1, NEXT_HOP_NONE)


def test_a_default_that_decides_is_named_as_the_default() -> None:
    assert Datapath(tables(acl_default="punt")).process(Packet(ip4())).acl_rule == ACL_DEFAULT
    assert Datapath(tables()).process(Packet(ip4())).acl_rule == ACL_DEFAULT


@pytest.mark.parametrize("stages", [("acl",), ("parse", "acl")])
def test_without_route_a_permitted_packet_continues_unchanged(stages: tuple[str, ...]) -> None:
    frame = ip4(ttl=1, dst="99.0.0.1")
    outcome = Datapath(tables(AclRule("permit"), stages=stages)).process(Packet(frame))
    assert outcome == Outcome(Verdict.CONTINUE, Reason.NONE, NO_PORT, frame, 0, NEXT_HOP_NONE)


def test_parse_alone_still_drops() -> None:
    assert label(ip4(csum=1), tables(stages=())) == "drop(IP4_CSUM)"


def test_a_masked_acl_decides_and_counts_nothing() -> None:
    datapath = Datapath(tables(AclRule("deny"), acl_default="deny", stages=("parse", "route")))
    outcome = datapath.process(Packet(ip4()))
    assert (outcome.verdict, outcome.acl_rule, outcome.next_hop) == (Verdict.FORWARD, ACL_NONE, 0)
    assert not [key for key in datapath.counters() if key[0] == ACL]


def test_the_ports_own_mac_is_the_one_that_counts() -> None:
    frame = ip4()
    assert label(frame, port=0) == "forward(1)"
    assert [label(frame, port=port) for port in (1, 2, 3)] == ["drop(WRONG_MAC)"] * 3


def test_time_does_not_matter_here() -> None:
    datapath = Datapath(TABLES)
    assert datapath.process(Packet(ip4(), 0, 0)) == datapath.process(Packet(ip4(), 0, 2**64 - 1))


def test_every_counter_of_a_forwarded_packet_has_the_length_its_rule_asks_for() -> None:
    datapath = Datapath(tables(AclRule("permit", proto=17)))
    frame = ip4(udp(), 17, dst="10.4.0.1", padding=bytes(18))
    datapath.process(Packet(frame))
    size = len(frame)
    assert datapath.counters() == {(RX, 0): (1, size), (ACL, 0): (1, size), (TX, 3): (1, size + 4), (HOP, 3): (1, size + 4)}


def test_drops_and_punts_count_their_reason_and_the_rule_that_let_them_get_there() -> None:
    datapath = Datapath(tables(AclRule("deny", proto=17)))
    dropped, punted, lost = ip4(udp(), 17), ip4(ttl=1), ip6(version=5)
    for frame in (dropped, punted, lost):
        datapath.process(Packet(frame))
    total = len(dropped) + len(punted) + len(lost)
    assert datapath.counters() == {
        (RX, 0): (3, total),
        (ACL, 0): (1, len(dropped)),
        (ACL, ACL_DEFAULT): (1, len(punted)),
        (REASON, int(Reason.ACL_DENY)): (1, len(dropped)),
        (REASON, int(Reason.TTL)): (1, len(punted)),
        (REASON, int(Reason.IP_VERSION)): (1, len(lost)),
    }


def test_a_continued_packet_counts_no_reason() -> None:
    datapath = Datapath(tables(stages=()))
    datapath.process(Packet(ip4()))
    assert datapath.counters() == {(RX, 0): (1, 34)}


def test_an_empty_frame_is_a_packet_of_no_bytes() -> None:
    datapath = Datapath(TABLES)
    datapath.process(Packet(b"", 2))
    assert datapath.counters() == {(RX, 2): (1, 0), (REASON, int(Reason.RUNT)): (1, 0)}


def test_counter_keys_are_plain_numbers() -> None:
    datapath = Datapath(TABLES)
    datapath.process(Packet(ip4(ttl=0)))
    assert {type(part) for key in datapath.counters() for part in key} == {int}


def test_an_update_changes_the_tables_between_two_packets_and_keeps_the_counters() -> None:
    datapath = Datapath(tables(AclRule("permit")))
    assert datapath.process(Packet(ip4())).label == "forward(1)"
    datapath.update(tables(AclRule("deny")))
    assert datapath.process(Packet(ip4())).label == "drop(ACL_DENY)"
    datapath.update(tables())
    assert datapath.process(Packet(ip4())).acl_rule == ACL_DEFAULT
    assert datapath.counters()[RX, 0] == (3, 102)
    assert datapath.counters()[ACL, 0] == (2, 68), "a counter belongs to its index, not to the entry that stood there"


def test_a_load_sets_every_counter_to_zero() -> None:
    datapath = Datapath(TABLES)
    datapath.process(Packet(ip4()))
    datapath.load(tables(AclRule("deny")))
    assert datapath.counters() == {}
    assert datapath.process(Packet(ip4())).label == "drop(ACL_DENY)"


def test_tables_that_cannot_be_loaded_leave_everything_as_it_was() -> None:
    datapath = Datapath(TABLES)
    datapath.process(Packet(ip4()))
    before = datapath.counters()
    with pytest.raises(ValueError, match="MAC"):
        datapath.load(Tables(ports=PORTS, next_hops=(HOPS[0], type(HOPS[0])(dst_mac="nonsense"))))
    assert datapath.counters() == before
    assert datapath.process(Packet(ip4())).label == "forward(1)"


def test_what_the_model_hands_out_does_not_change_behind_the_back() -> None:
    datapath = Datapath(TABLES)
    datapath.process(Packet(ip4()))
    before = datapath.counters()
    datapath.process(Packet(ip4()))
    assert before[RX, 0] == (1, 34)


def test_the_rules_stand_in_the_order_in_which_the_packet_hit_them() -> None:
    _, rules = Datapath(tables(AclRule("permit", vlan=9))).process_with_rules(Packet(ip4(udp(), 17, tags=tag(9), flags=0x4000)))
    assert rules == (
        "R-PARSE-6",
        "R-PARSE-10",
        "R-PARSE-22",
        "R-PARSE-26",
        "R-PARSE-45",
        "R-PARSE-49",
        "R-PARSE-50",
        "R-ACL-1",
        "R-ACL-2",
        "R-ACL-6",
        "R-ACL-10",
        "R-ROUTE-1",
        "R-ROUTE-9",
        "R-ROUTE-10",
        "R-ROUTE-11",
        "R-ROUTE-13",
        "R-ROUTE-8",
    )
