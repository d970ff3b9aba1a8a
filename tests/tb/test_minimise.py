"""Cutting keeps the failure and loses the rest."""

from triplane.models.packet import Packet
from triplane.models.tables import AclRule, Port, Tables
from triplane.tb.minimise import minimise
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Mismatch
from triplane.tb.timing import Timing

TABLES = Tables(ports=tuple(Port(f"02:00:00:00:00:0{i}") for i in range(4)), acl=tuple(AclRule("permit", proto=i) for i in range(5)))
GOOD, BAD, PRIMER = Packet(bytes(60)), Packet(b"\1" * 60), Packet(b"\2" * 60)


def failing_on(*wanted: Packet, plane: str = "rtl"):  # type: ignore[no-untyped-def]
    def check(scenario: Scenario) -> list[Mismatch]:
        if all(packet in scenario.packets for packet in wanted):
            return [Mismatch(plane, "data", "a", "b", scenario.packets.index(wanted[-1]), wanted[-1])]
        return []

    return check


def test_a_single_packet_failure_ends_as_one_packet_without_tables_and_timing() -> None:
    scenario = Scenario(tables=TABLES, items=(GOOD, GOOD, TABLES, BAD, GOOD), timing=Timing(gaps=(1, 2)))
    check = failing_on(BAD)
    small, mismatches = minimise(scenario, check(scenario), check, seconds=5)
    assert small.items == (BAD,)
    assert small.tables.acl == ()
    assert small.timing == Timing()
    assert mismatches[0].index == 0


def test_a_failure_that_needs_two_packets_keeps_both() -> None:
    scenario = Scenario(tables=TABLES, items=(GOOD, PRIMER, GOOD, GOOD, BAD, GOOD), timing=Timing())
    check = failing_on(PRIMER, BAD)
    small, _ = minimise(scenario, check(scenario), check, seconds=5)
    assert small.items == (PRIMER, BAD)


def test_cuts_do_not_slip_into_another_failure() -> None:
    def check(scenario: Scenario) -> list[Mismatch]:
        plane = "rtl" if PRIMER in scenario.packets else "xdp"
        return [Mismatch(plane, "data", "a", "b", len(scenario.packets) - 1, scenario.packets[-1])]

    scenario = Scenario(tables=TABLES, items=(PRIMER, GOOD, BAD), timing=Timing())
    small, mismatches = minimise(scenario, check(scenario), check, seconds=5)
    assert mismatches[0].plane == "rtl"
    assert PRIMER in small.packets


def test_no_time_left_returns_the_failure_as_it_was() -> None:
    scenario = Scenario(tables=TABLES, items=(GOOD, BAD), timing=Timing())
    check = failing_on(BAD)
    assert minimise(scenario, check(scenario), check, seconds=-1)[0] == scenario
