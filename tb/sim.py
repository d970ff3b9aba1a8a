"""The one cocotb module: builds the environment for the job named in TRIPLANE_JOB and runs its test.

The test's body is plain code with hypothesis in it; it runs in a thread that cocotb bridges to, and comes back into
the simulation for every scenario.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import cocotb
import pyuvm
from cocotb.task import bridge, resume

from triplane.tb.agents.port import ModelPort, Port, SoftPort
from triplane.tb.agents.rtl_port import RtlPort
from triplane.tb.coverage import RuleCoverage
from triplane.tb.env import Env
from triplane.tb.execute import execute, read_job, write_result
from triplane.tb.job import TestResult
from triplane.tb.plane import Plane, PlaneError, PlaneUnavailable
from triplane.tb.scenario import Scenario
from triplane.tb.scoreboard import Judged, Mismatch
from triplane.tb.software import close_all, open_software_plane


class SimHost:
    """The bridge from the test's thread into the simulation."""

    def __init__(self, env: Env, rtl: RtlPort) -> None:
        self.env = env
        self.rtl = rtl
        self.planes = tuple(env.agents)
        self.coverage = env.coverage

    @property
    def delivered(self) -> dict[str, Judged]:
        return self.env.last

    def play(self, scenario: Scenario) -> list[Mismatch]:
        return resume(self.env.play)(scenario)

    def simulate(self, action: Callable[[Any], Awaitable[Any]]) -> Any:
        return resume(action)(self.rtl)


@pyuvm.test()
class JobTest(pyuvm.uvm_test):
    """Runs the job and writes its result; a mismatch is a result, not a crash."""

    def build_phase(self) -> None:
        self.job = read_job(Path(os.environ["TRIPLANE_JOB"]))
        self.software: dict[str, Plane] = {}
        self.trouble: TestResult | None = None
        self.rtl = RtlPort(cocotb.top)
        try:
            for name in self.job.planes:
                if name != "rtl":
                    self.software[name] = open_software_plane(name, self.job.faults.get(name))
        except PlaneUnavailable as missing:
            self.trouble = TestResult(self.job.test, self.job.seed, "skipped", message=str(missing))
        except PlaneError as error:
            self.trouble = TestResult(self.job.test, self.job.seed, "error", message=str(error))
        soft = {name: SoftPort(plane) for name, plane in self.software.items()}
        ports: list[Port] = [ModelPort(), *(self.rtl if name == "rtl" else soft[name] for name in self.job.planes if name == "rtl" or name in soft)]
        self.env = Env("env", self, ports, RuleCoverage())

    async def run_phase(self) -> None:
        self.raise_objection()
        try:
            if self.trouble is None:
                await self.rtl.start()
                host = SimHost(self.env, self.rtl)
                self.trouble = await bridge(execute)(self.job, host, host.delivered)
            write_result(self.job, self.trouble)
        finally:
            close_all(self.software)
            self.drop_objection()
