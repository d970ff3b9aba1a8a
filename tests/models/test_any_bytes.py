"""Whatever the bytes: one outcome, of the form that the contract asks for, and counters that add up."""

from __future__ import annotations

from collections import Counter as Tally

from hypothesis import given, settings
from hypothesis import strategies as st
from triplane.models.datapath import Datapath
from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.models.tables import AclRule, Tables
from triplane.spec.gen.constants import ACL_NONE, NEXT_HOP_NONE, NO_PORT, PORTS, Counter, Reason, Verdict

from .frames import HOPS, MAC, TABLES, folded_sum
from .frames import PORTS as PORT_ENTRIES
from .rule_packets import FRAMES

FIRST_PUNT = 32
ACLS = ((), (AclRule("permit", proto=17), AclRule("deny", fragment=("later",)), AclRule("punt", vlan=0, family=6)))
STAGES = (("acl", "route"), ("route",), ("acl",), ())


def with_good_checksum(frame: bytes) -> bytes:
    """Repair the checksum of an untagged IPv4 header, so that what stands behind it is looked at too."""
    header = (frame[14] & 0xF) * 4 if len(frame) > 34 else 0
    if header < 20 or frame[12:14] != b"\x08\0" or len(frame) < 14 + header:
        return frame
    zeroed = frame[14:24] + b"\0\0" + frame[26 : 14 + header]
    return frame[:24] + (~folded_sum(zeroed) & 0xFFFF).to_bytes(2, "big") + frame[26:]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A frame that means something, with a few bytes changed, its end cut or something behind it."""
    frame = bytearray(draw(st.sampled_from(FRAMES)))
    for position, value in draw(st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), max_size=4)):
        if position < len(frame):
            frame[position] = value
    frame = frame[: draw(st.integers(0, 200))] if draw(st.booleans()) else frame
    result = bytes(frame) + draw(st.binary(max_size=8))
    return with_good_checksum(result) if draw(st.booleans()) else result


ethertypes = st.sampled_from([b"\x08\0", b"\x86\xdd", b"\x81\0", b"\x88\xa8"])
frames = st.one_of(
    st.binary(max_size=200), st.builds(lambda t, rest: MAC + bytes(6) + t + rest, ethertypes, st.binary(max_size=200)), damaged()
)
packets = st.builds(Packet, frames, st.integers(0, PORTS - 1), st.integers(0, 2**64 - 1))
tables = st.builds(
    lambda acl, default, stages: Tables(
        ports=PORT_ENTRIES, next_hops=HOPS, routes=TABLES.routes, acl=acl, acl_default=default, stages=stages
    ),
    st.sampled_from(ACLS),
    st.sampled_from(["permit", "deny", "punt"]),
    st.sampled_from(STAGES),
)


def check_form(packet: Packet, outcome: Outcome, stages: tuple[str, ...]) -> None:
    """R-IF-3, R-IF-4, R-IF-6 and R-IF-7."""
    if outcome.verdict == Verdict.FORWARD:
        assert outcome.egress in range(PORTS)
        assert outcome.reason == Reason.NONE
        assert outcome.next_hop in range(len(HOPS))
        assert "route" in stages
    else:
        assert outcome.egress == NO_PORT
        assert outcome.data == packet.data
    if outcome.verdict == Verdict.CONTINUE:
        assert outcome.reason == Reason.NONE
        assert "route" not in stages
    if outcome.verdict == Verdict.DROP:
        assert Reason.NONE < outcome.reason < FIRST_PUNT
    if outcome.verdict == Verdict.PUNT:
        assert outcome.reason >= FIRST_PUNT
    if "acl" not in stages:
        assert outcome.acl_rule == ACL_NONE
    if "route" not in stages:
        assert outcome.next_hop == NEXT_HOP_NONE


def recount(packets: list[Packet], outcomes: list[Outcome]) -> dict[tuple[int, int], tuple[int, int]]:
    """R-CNT-1 … R-CNT-5 from what came out."""
    count: Tally[tuple[int, int]] = Tally()
    octets: Tally[tuple[int, int]] = Tally()
    for packet, outcome in zip(packets, outcomes, strict=True):
        entries = [((Counter.RX_PORT, packet.port), packet.data)]
        if outcome.reason != Reason.NONE:
            entries.append(((Counter.REASON, outcome.reason), packet.data))
        if outcome.acl_rule != ACL_NONE:
            entries.append(((Counter.ACL, outcome.acl_rule), packet.data))
        if outcome.verdict == Verdict.FORWARD:
            entries += [((Counter.TX_PORT, outcome.egress), outcome.data), ((Counter.NEXT_HOP, outcome.next_hop), outcome.data)]
        for (group, index), data in entries:
            count[int(group), int(index)] += 1
            octets[int(group), int(index)] += len(data)
    return {key: (number, octets[key]) for key, number in count.items()}


@settings(max_examples=500, deadline=None)
@given(tables, st.lists(packets, max_size=8))
def test_any_stream_has_one_legal_outcome_per_packet_and_counters_that_add_up(installed: Tables, stream: list[Packet]) -> None:
    datapath = Datapath(installed)
    outcomes = [datapath.process(packet) for packet in stream]
    for packet, outcome in zip(stream, outcomes, strict=True):
        check_form(packet, outcome, installed.stages)
    assert datapath.counters() == recount(stream, outcomes)


@settings(max_examples=200, deadline=None)
@given(tables, packets)
def test_an_outcome_depends_on_the_packet_and_the_tables_alone(installed: Tables, packet: Packet) -> None:
    datapath = Datapath(installed)
    first = datapath.process_with_rules(packet)
    for frame in FRAMES[::20]:
        datapath.process(Packet(frame))
    assert datapath.process_with_rules(packet) == first == Datapath(installed).process_with_rules(packet)
    assert first[1], "at least one rule was hit"


@given(damaged().filter(lambda frame: len(frame) < 9000))
def test_padding_behind_a_forwarded_packet_comes_out_and_decides_nothing(frame: bytes) -> None:
    before = Datapath(TABLES).process(Packet(frame))
    if before.verdict == Verdict.FORWARD:
        after = Datapath(TABLES).process(Packet(frame + b"\xaa" * 46))
        assert after == before._replace(data=before.data + b"\xaa" * 46)


@given(tables, packets)
def test_the_rest_of_the_window_is_never_read(installed: Tables, packet: Packet) -> None:
    """Bytes behind byte 128 come out as they went in and decide nothing."""
    data = packet.data.ljust(160, b"\0")
    one, other = (Datapath(installed).process(packet._replace(data=data[:128] + fill * (len(data) - 128))) for fill in (b"\0", b"\xff"))
    assert one._replace(data=b"") == other._replace(data=b"")
