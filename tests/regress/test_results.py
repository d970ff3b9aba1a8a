"""A run never passes silently without a plane that it was asked to have."""

import pytest

from triplane.regress.results import PLANES, PlaneState, run_result
from triplane.tb.job import Status, TestResult

ALL_OK = {name: PlaneState("ok") for name in PLANES}


def result(status: Status = "passed", packets: int = 10) -> TestResult:
    return TestResult("equivalence", 1, status, packets=dict.fromkeys(PLANES, packets), mismatches=int(status == "failed"))


def test_all_planes_and_all_tests_make_a_pass() -> None:
    run = run_result(1, ALL_OK, [result()], 1.0, PLANES)
    assert (run.status, run.exit_code) == ("passed", 0)


def test_a_skipped_plane_makes_the_run_partial() -> None:
    run = run_result(1, ALL_OK | {"dpdk": PlaneState("skipped", "no libdpdk")}, [result()], 1.0)
    assert (run.status, run.exit_code) == ("partial", 0)


@pytest.mark.parametrize("state", [PlaneState("skipped", "no libdpdk"), PlaneState("off", "not asked for")])
def test_a_required_plane_that_did_not_run_fails_the_run(state: PlaneState) -> None:
    run = run_result(1, ALL_OK | {"dpdk": state}, [result()], 1.0, PLANES)
    assert (run.status, run.exit_code) == ("failed", 2)
    assert "dpdk" in run.problems[0]


def test_a_required_plane_that_saw_no_packet_fails_the_run() -> None:
    assert run_result(1, ALL_OK, [result(packets=0)], 1.0, ("rtl",)).status == "failed"


def test_a_skipped_test_fails_a_run_that_requires_planes_and_makes_others_partial() -> None:
    assert run_result(1, ALL_OK, [result(), result("skipped")], 1.0, PLANES).status == "failed"
    assert run_result(1, ALL_OK, [result(), result("skipped")], 1.0).status == "partial"


@pytest.mark.parametrize(("status", "code"), [("failed", 1), ("error", 2)])
def test_failures_and_errors_have_their_exit_codes(status: Status, code: int) -> None:
    run = run_result(1, ALL_OK, [result(), result(status)], 1.0)
    assert (run.status, run.exit_code) == ("failed", code)


def test_the_json_carries_what_readers_of_it_rely_on() -> None:
    import json

    document = json.loads(run_result(7, ALL_OK, [result()], 1.0).as_json())
    assert document["status"] == "passed"
    assert document["seed"] == 7
    assert document["planes"]["rtl"] == {"status": "ok", "reason": ""}
    assert {"name", "seed", "status", "examples", "packets", "mismatches", "duration_s", "bundle"} <= document["tests"][0].keys()
    assert document["packets"]["xdp"] == 10
