"""Every rule that the model can show has packets that hit it, and each ends as the contract says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from triplane.spec.gen.constants import Reason

from .frames import run
from .rule_packets import CASES, Case

CONTRACT = Path(__file__).parents[2] / "docs" / "contract.md"
NOT_IN_TRACES = re.compile(r"R-(IF-[123478]|CNT-\d|TBL-\d|MD-\d)$")
"""Rules about the form of every outcome, about counters, tables and the metadata header: no single packet hits them."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.what}")
def test_a_packet_for_each_rule_ends_as_the_rule_says(case: Case) -> None:
    outcome, rules = run(case.frame, case.tables)
    assert outcome.label == case.label
    if case.hits:
        assert case.rule in rules
    if case.hits and case.label.startswith(("drop", "punt")) and "ACL" not in case.label:
        assert rules[-1] == case.rule, "the last rule is the one that decides"


def test_every_rule_that_a_packet_can_hit_is_hit_here() -> None:
    rules = re.findall(r"^\| (R-[A-Z]+-\d+) \|", CONTRACT.read_text(), re.MULTILINE)
    hit = {rule for case in CASES for rule in run(case.frame, case.tables)[1]}
    assert hit == {rule for rule in rules if not NOT_IN_TRACES.match(rule)}


def test_every_reason_is_given_here() -> None:
    assert {run(case.frame, case.tables)[0].reason for case in CASES} == set(Reason)
