"""Runs one job on a host and turns whatever happens into a result; shared by the simulation and the plain process."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

import msgspec

from triplane.tb.bundle import replay_command, write_bundle
from triplane.tb.context import CheckFailed, Context, Host, NotApplicable, TestFailed
from triplane.tb.difference import explain
from triplane.tb.job import Job, Status, TestResult
from triplane.tb.plane import PlaneError, PlaneUnavailable
from triplane.tb.scenario import ScenarioError
from triplane.tb.scoreboard import Judged
from triplane.tb.tests import tests


def read_job(path: Path) -> Job:
    return msgspec.json.decode(path.read_bytes(), type=Job)


def write_result(job: Job, result: TestResult) -> None:
    """Write result.json whole or not at all."""
    target = Path(job.folder, "result.json")
    partial = target.with_suffix(f".{os.getpid()}")
    partial.write_bytes(msgspec.json.encode(result))
    partial.replace(target)


def execute(job: Job, host: Host, delivered: Mapping[str, Judged]) -> TestResult:
    """Run the job's test. `delivered` is what every plane delivered for the scenario that the host played last."""
    context = Context(host, job)
    started = time.monotonic()
    status: Status = "passed"
    message = detail = ""
    bundle: Path | None = None
    bundle_packets = None
    mismatches = 0
    try:
        tests()[job.test].body(context)
    except TestFailed as failed:
        status, mismatches = "failed", len(failed.finding.mismatches)
        message = str(failed)
        host.play(failed.finding.scenario)
        bundle = write_bundle(job, failed.finding, delivered)
        bundle_packets = len(failed.finding.scenario.packets)
        detail = "\n".join([explain(failed.finding.mismatches[0]), f"  replay: {replay_command(bundle, job)}"])
    except CheckFailed as failed_check:
        status, message, mismatches = "failed", str(failed_check), 1
    except (NotApplicable, PlaneUnavailable) as missing:
        status, message = "skipped", str(missing)
    except (PlaneError, ScenarioError) as error:
        status, message = "error", str(error)
    except Exception as error:
        status, message, detail = "error", f"{type(error).__name__}: {error}", traceback.format_exc()
    return TestResult(
        name=job.test, seed=job.seed, status=status, examples=context.examples,
        packets=dict.fromkeys(host.planes, context.packets), mismatches=mismatches,
        duration_s=round(time.monotonic() - started, 3), bundle=None if bundle is None else str(bundle),
        bundle_packets=bundle_packets, message=message, detail=detail, coverage=host.coverage.as_dict(), faults=job.faults)
