"""The `triplane` command.

Exit codes: 0 passed (or partial), 1 planes disagree, 2 bad input or environment.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from triplane.regress.planes import FAULT_FOLDERS, BadRequest, faults_of, parse_faults, parse_planes, prepare
from triplane.regress.results import PLANES, PlaneState, RunResult, run_result

DEFAULT_PACKETS = 4000


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="triplane", description="Prove that RTL, XDP and DPDK are one datapath.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run one test")
    run.add_argument("test", help="a test's name; `triplane list` prints them")
    _run_options(run)

    regress = commands.add_parser("regress", help="run the default regression")
    regress.add_argument("--tests", help="only these, comma-separated")
    _run_options(regress)

    replay = commands.add_parser("replay", help="replay a bundle, a scenario or a pcap/pcapng capture")
    replay.add_argument("file", type=Path)
    replay.add_argument("--tables", type=Path, help="tables (JSON) for a capture; default: the example gateway")
    _run_options(replay)

    doctor = commands.add_parser("doctor", help="say what this machine has and what is missing")
    doctor.add_argument("--json", metavar="FILE", help="write JSON; - for standard output")

    commands.add_parser("build", help="build every plane")
    commands.add_parser("list", help="list tests and faults")
    commands.add_parser("sweep", help="remove what killed runs left behind")
    return top


def _run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--planes", default="all", help="comma-separated, or all (default)")
    command.add_argument("--require", default="", help="planes that must run, or all: else the run fails")
    command.add_argument("--seed", type=int, help="default: drawn and printed")
    command.add_argument("--packets", type=int, default=DEFAULT_PACKETS, help="packets per randomised test (default %(default)s)")
    command.add_argument("--inject", action="append", default=[], metavar="PLANE:FAULT", help="build a plane with a named fault")
    command.add_argument("--waves", action="store_true", help="record an FST waveform of the RTL")
    command.add_argument("--jobs", type=int, default=1, help="tests side by side (default %(default)s)")
    command.add_argument("--json", metavar="FILE", help="write the result as JSON; - for standard output")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit code; every foreseeable trouble is one line on standard error."""
    arguments = parser().parse_args(argv)
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        print("triplane: interrupted", file=sys.stderr)
        return 130
    except BadRequest as error:
        print(f"triplane: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"triplane: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 2


def _dispatch(arguments: argparse.Namespace) -> int:
    if arguments.command == "doctor":
        from triplane.regress.doctor import doctor_command

        return doctor_command(arguments.json)
    sweep()
    if arguments.command == "sweep":
        return 0
    if arguments.command == "list":
        return _list()
    if arguments.command == "build":
        return _build()
    return _run(arguments)


def sweep() -> None:
    """Remove namespaces, processes and files of runs whose owner is gone."""
    from triplane.regress.sweep import sweep_all

    sweep_all()


def _list() -> int:
    from triplane.tb.tests import tests

    for test in tests().values():
        print(f"{test.name:<16} {test.purpose}")
    for plane in FAULT_FOLDERS:
        print(f"faults of {plane}: {', '.join(faults_of(plane))}")
    return 0


def _build() -> int:
    states = prepare(PLANES, {})
    for name, state in states.items():
        print(f"{name:<6} {state.status:<8} {state.reason}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from triplane.regress.console import Display, print_run
    from triplane.regress.runner import Options, run_tests
    from triplane.tb.tests import Test, tests

    known = tests()
    selected: list[Test]
    scenario: Path | None = None
    if arguments.command == "run":
        selected = _select(known, [arguments.test], "run")
    elif arguments.command == "replay":
        selected, scenario = [known["replay"]], _scenario_file(arguments)
    else:
        names = arguments.tests.split(",") if arguments.tests else [t.name for t in known.values() if t.planned]
        selected = _select(known, names, "--tests")
    wanted = parse_planes(arguments.planes, "--planes")
    required = parse_planes(arguments.require, "--require") if arguments.require else ()
    faults = parse_faults(arguments.inject)
    if arguments.packets < 1:
        raise BadRequest(f"--packets: {arguments.packets} is below 1")
    if arguments.jobs < 1:
        raise BadRequest(f"--jobs: {arguments.jobs} is below 1")
    seed = random.SystemRandom().randrange(1 << 31) if arguments.seed is None else arguments.seed

    console = Console(stderr=arguments.json == "-")
    started = time.monotonic()
    console.print("building planes …" if console.is_terminal else "triplane: building planes", highlight=False)
    states = prepare(wanted, faults, arguments.waves)
    can_run = tuple(name for name in PLANES if states[name].status == "ok")
    for name in PLANES:
        if states[name].status == "skipped":
            console.print(f"[yellow]SKIPPED[/]  {name}: {states[name].reason}", highlight=False, soft_wrap=True)
    options = Options(can_run, seed, arguments.packets, faults, scenario, getattr(arguments, "tables", None), arguments.waves, arguments.jobs)
    with Display(console) as display:
        results = run_tests(selected, options, display.watch)
    run = run_result(seed, states, results, time.monotonic() - started, required)
    print_run(console, run)
    _write_json(arguments.json, run)
    return run.exit_code


def _select(known: dict[str, object], names: Sequence[str], option: str) -> list:  # type: ignore[type-arg]
    for name in names:
        if name not in known:
            raise BadRequest(f"{option}: no test is called {name!r}; there are {', '.join(known)}")
    return [known[name] for name in names]


def _scenario_file(arguments: argparse.Namespace) -> Path:
    """Check the file before anything is built. Raises BadRequest with the file and the field."""
    from triplane.tb.scenario import ScenarioError, open_scenario

    path: Path = arguments.file
    if path.is_dir():
        path = path / "scenario.json"
    try:
        open_scenario(path, arguments.tables)
    except ScenarioError as error:
        raise BadRequest(str(error)) from None
    return path.resolve()


def _write_json(target: str | None, run: RunResult) -> None:
    if target == "-":
        sys.stdout.write(run.as_json().decode())
    elif target:
        Path(target).write_bytes(run.as_json())


__all__ = ["PlaneState", "main", "parser"]

if __name__ == "__main__":
    sys.exit(main())
