"""The scoreboard complains about every kind of wrong answer, and about nothing else."""

import pytest

from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.spec.gen.constants import ACL_DEFAULT, NO_PORT, Counter, Reason, Verdict
from triplane.tb.difference import explain
from triplane.tb.scoreboard import FIELDS, Judged, Reference, judge

FRAME = bytes.fromhex("020000000001" "020000000099" "0800") + bytes(range(46))
PACKETS = [Packet(FRAME, 0, 10), Packet(FRAME, 1, 20)]
FORWARDED = Outcome(Verdict.FORWARD, Reason.NONE, 2, FRAME, ACL_DEFAULT, 3)
DROPPED = Outcome(Verdict.DROP, Reason.LAND, NO_PORT, FRAME)
COUNTED = {(int(Counter.RX_PORT), 0): (1, 60), (int(Counter.RX_PORT), 1): (1, 60)}
REFERENCE = Reference([FORWARDED, DROPPED], COUNTED, [("R-ROUTE-8",), ("R-PARSE-19", "R-PARSE-20")])

WRONG = {"verdict": Verdict.PUNT, "reason": Reason.MARTIAN, "egress": 1, "data": FRAME[:-1] + b"\xff", "acl_rule": 7, "next_hop": 7}


def test_planes_that_do_what_the_model_does_pass() -> None:
    assert judge(PACKETS, REFERENCE, {"rtl": Judged(list(REFERENCE.outcomes), dict(COUNTED))}) == []


def test_every_compared_field_has_a_wrong_answer_here() -> None:
    assert set(WRONG) == set(FIELDS) == set(Outcome._fields)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("index", [0, 1])
def test_a_wrong_field_is_named_with_packet_and_rule(name: str, index: int) -> None:
    outcomes = list(REFERENCE.outcomes)
    outcomes[index] = outcomes[index]._replace(**{name: WRONG[name]})
    [mismatch] = judge(PACKETS, REFERENCE, {"xdp": Judged(outcomes, COUNTED), "rtl": REFERENCE})
    assert (mismatch.plane, mismatch.field, mismatch.index) == ("xdp", name, index)
    assert mismatch.rule == REFERENCE.rules[index][-1]
    assert mismatch.agreeing == ("rtl",)
    assert name in explain(mismatch)


def test_one_byte_more_is_a_mismatch() -> None:
    longer = FORWARDED._replace(data=FRAME + b"\0")
    [mismatch] = judge(PACKETS, REFERENCE, {"dpdk": Judged([longer, DROPPED], COUNTED)})
    assert mismatch.field == "data"
    assert "expected 60   got 61" in explain(mismatch)


@pytest.mark.parametrize("outcomes", [[FORWARDED], [FORWARDED, DROPPED, DROPPED], []])
def test_a_lost_or_doubled_packet_is_a_mismatch(outcomes: list[Outcome]) -> None:
    [mismatch] = judge(PACKETS, REFERENCE, {"dpdk": Judged(outcomes, COUNTED)})
    assert mismatch.field == "count"


def test_swapped_packets_are_a_mismatch() -> None:
    assert judge(PACKETS, REFERENCE, {"rtl": Judged([DROPPED, FORWARDED], COUNTED)})


@pytest.mark.parametrize("counters", [
    {}, COUNTED | {(int(Counter.REASON), 3): (1, 60)}, COUNTED | {(int(Counter.RX_PORT), 0): (2, 60)},
    COUNTED | {(int(Counter.RX_PORT), 0): (1, 61)}])
def test_a_wrong_counter_is_a_mismatch(counters: dict[tuple[int, int], tuple[int, int]]) -> None:
    [mismatch] = judge(PACKETS, REFERENCE, {"rtl": Judged(REFERENCE.outcomes, counters)})
    assert mismatch.field == "counter"
    assert mismatch.rule == "R-CNT"


def test_outcome_values_that_no_rule_knows_are_shown_as_numbers() -> None:
    odd = FORWARDED._replace(verdict=9, reason=77)
    [mismatch] = judge(PACKETS, REFERENCE, {"rtl": Judged([odd, DROPPED], COUNTED)})
    assert "9" in mismatch.actual
    assert "77" in explain(mismatch)
