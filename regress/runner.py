"""Runs tests, one process each, and watches over them: progress, time limits, and nothing left behind."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from triplane.tb.job import Job, Progress, TestResult
from triplane.tb.tests import Test

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
TEST_TIMEOUT_S = 900
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Options:
    """What the command line asks of a run."""

    planes: tuple[str, ...]
    """Planes that can run, the model among them."""
    seed: int
    packets: int
    faults: dict[str, str] = field(default_factory=dict)
    scenario: Path | None = None
    tables: Path | None = None
    waves: bool = False
    jobs: int = 1


Watch = Callable[[str, Progress | None, TestResult | None], None]
"""Called with a test's name when it starts (None, None), goes on (progress), and ends (result)."""


def run_tests(selected: Sequence[Test], options: Options, watch: Watch) -> list[TestResult]:
    """Run tests, up to `options.jobs` at a time. On any exception, Ctrl-C included, every process is ended first."""
    waiting = list(selected)
    running: list[Run] = []
    finished: dict[str, TestResult] = {}
    folder = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=_made(BUILD / "run")))
    try:
        while waiting or running:
            while waiting and len(running) < options.jobs:
                run = Run(waiting.pop(0), options, folder)
                watch(run.test.name, None, None)
                run.start()
                running.append(run)
            time.sleep(0.05)
            for run in list(running):
                watch(run.test.name, run.progress(), None)
                result = run.poll()
                if result is not None:
                    running.remove(run)
                    finished[run.test.name] = result
                    watch(run.test.name, None, result)
    finally:
        for run in running:
            run.end()
        shutil.rmtree(folder, ignore_errors=True)
    return [finished[test.name] for test in selected]


class Run:
    """One test's process."""

    def __init__(self, test: Test, options: Options, folder: Path) -> None:
        self.test = test
        self.options = options
        planes = [name for name in options.planes if name != "model" and (test.only is None or name in test.only)]
        self.folder = _made(folder / test.name)
        self.job = Job(
            test=test.name, planes=tuple(planes), seed=options.seed, packets=options.packets, folder=str(self.folder),
            bundles=str(BUILD / "bundles"), faults={k: v for k, v in options.faults.items() if k in planes},
            scenario=None if options.scenario is None else str(options.scenario),
            tables=None if options.tables is None else str(options.tables), waves=options.waves)
        self.process: subprocess.Popen[bytes] | None = None
        self.started = time.monotonic()
        self.skip = ""
        if missing := test.needs - set(planes):
            self.skip = f"needs {', '.join(sorted(missing))}, which does not take part"
        elif not planes:
            self.skip = "no plane that it is about takes part"

    def start(self) -> None:
        if self.skip:
            return
        job_file = self.folder / "job.json"
        job_file.write_bytes(msgspec.json.encode(self.job))
        command, extra = self._command(job_file)
        env = os.environ | extra | {"PYTHONUNBUFFERED": "1"}
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_die_with_parent)

    def _command(self, job_file: Path) -> tuple[list[str], dict[str, str]]:
        if self.test.simulator and "rtl" in self.job.planes:
            from triplane.rtl.build import simulation

            command, env = simulation(self.job.faults.get("rtl"), "triplane.tb.sim", self.job.waves)
            return command, env | {"TRIPLANE_JOB": str(job_file)}
        return [sys.executable, "-m", "triplane.tb.software", str(job_file)], {}

    def progress(self) -> Progress | None:
        try:
            return msgspec.json.decode((self.folder / "progress").read_bytes(), type=Progress)
        except (OSError, msgspec.DecodeError):
            return None

    def poll(self) -> TestResult | None:
        """The result when the test is over, else None."""
        if self.process is None:
            return TestResult(self.test.name, self.options.seed, "skipped", message=self.skip)
        code = self.process.poll()
        if code is None:
            if time.monotonic() - self.started < TEST_TIMEOUT_S:
                return None
            self.end()
            return self._broken(f"no end within {TEST_TIMEOUT_S} s")
        self.end()
        try:
            result = msgspec.json.decode((self.folder / "result.json").read_bytes(), type=TestResult)
        except (OSError, msgspec.DecodeError):
            return self._broken(f"the test process ended with code {code} and no result")
        if self.job.waves and result.bundle:
            for wave in self.folder.glob("*.fst"):
                shutil.copy(wave, result.bundle)
        return result

    def _broken(self, what: str) -> TestResult:
        log = (self.folder / "log").read_text(errors="replace").splitlines()
        return TestResult(self.test.name, self.options.seed, "error", message=what, detail="\n".join(log[-25:]),
                          duration_s=round(time.monotonic() - self.started, 3), faults=self.job.faults)

    def end(self) -> None:
        """End the process and what it started; they are one process group."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        except ProcessLookupError:
            self.process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
