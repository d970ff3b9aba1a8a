"""Opens the software planes by name, and runs jobs without a simulator: model, XDP and DPDK in a plain process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from triplane.tb.agents.port import run_model, run_plane
from triplane.tb.context import NotApplicable
from triplane.tb.coverage import RuleCoverage
from triplane.tb.execute import execute, read_job, write_result
from triplane.tb.job import Job, TestResult
from triplane.tb.plane import Plane, PlaneError, PlaneUnavailable
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Judged, Mismatch, judge


def open_software_plane(name: str, fault: str | None) -> Plane:
    """The running plane `xdp` or `dpdk`. Raises PlaneUnavailable, PlaneError."""
    if name == "xdp":
        from triplane.bpf.plane import XdpPlane

        return XdpPlane(fault=fault)
    if name == "dpdk":
        from triplane.sw.plane import DpdkPlane

        return DpdkPlane(fault=fault)
    raise ValueError(f"no software plane is called {name!r}")


def close_all(planes: Mapping[str, Plane]) -> None:
    """Close every plane, also when one of them fails to close."""
    failure: Exception | None = None
    for plane in planes.values():
        try:
            plane.close()
        except Exception as error:  # the others must be closed first
            failure = error
    if failure is not None:
        raise failure


class SoftwareHost:
    """Planes without a simulation."""

    def __init__(self, planes: Mapping[str, Plane]) -> None:
        self._planes = planes
        self.planes = ("model", *planes)
        self.coverage = RuleCoverage()
        self.delivered: dict[str, Judged] = {}

    def play(self, scenario: Scenario) -> list[Mismatch]:
        reference = run_model(scenario)
        judged = {name: run_plane(plane, scenario) for name, plane in self._planes.items()}
        self.delivered.clear()
        self.delivered |= {"model": reference, **judged}
        mismatches = judge(scenario.packets, reference, judged)
        wrong = {mismatch.plane for mismatch in mismatches}
        self.coverage.sample((name for name in self.planes if name not in wrong), reference.rules)
        return mismatches

    def simulate(self, action: Callable[[Any], Awaitable[Any]]) -> Any:
        raise NotApplicable("needs the rtl plane, which does not take part in this run")


def run_job(job: Job) -> TestResult:
    """Open the job's planes, run it, close them again, whatever happens."""
    planes: dict[str, Plane] = {}
    host = SoftwareHost(planes)
    try:
        for name in job.planes:
            planes[name] = open_software_plane(name, job.faults.get(name))
        host.planes = ("model", *planes)
        return execute(job, host, host.delivered)
    except PlaneUnavailable as missing:
        return TestResult(job.test, job.seed, "skipped", message=str(missing))
    except PlaneError as error:
        return TestResult(job.test, job.seed, "error", message=str(error))
    finally:
        close_all(planes)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    job = read_job(Path(sys.argv[1]))
    write_result(job, run_job(job))
    return 0


if __name__ == "__main__":
    sys.exit(main())
