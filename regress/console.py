"""What a person sees while a run goes on and when it is over."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bar, TextColumn, TimeElapsedColumn
from rich.table import Table

from triplane.regress.results import PLANES, RunResult
from triplane.tb.job import Progress, TestResult

COLOUR = {"passed": "green", "ok": "green", "failed": "red", "error": "red", "skipped": "yellow", "partial": "yellow", "off": "dim"}


class Display:
    """Progress bars on a terminal, one line per finished test elsewhere. Use as a context manager."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = Bar(TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TextColumn("packets"),
                        TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)
        self.tasks: dict[str, int] = {}

    def __enter__(self) -> Display:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def watch(self, name: str, progress: Progress | None, result: TestResult | None) -> None:
        """The runner's callback."""
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=None)
        if progress is not None:
            self.bars.update(self.tasks[name], completed=progress.done, total=progress.total)  # type: ignore[arg-type]
        if result is not None:
            self.bars.remove_task(self.tasks[name])  # type: ignore[arg-type]
            self.console.print(test_line(result), highlight=False, soft_wrap=True)


def test_line(result: TestResult) -> str:
    """One finished test on one line."""
    count = max(result.packets.values(), default=0)
    text = f"[{COLOUR[result.status]}]{result.status.upper():<8}[/] {result.name:<16}{count:>8} packets {result.duration_s:>7.1f} s"
    return text + (f"   {escape(result.message.splitlines()[0])}" if result.message else "")


def print_run(console: Console, run: RunResult) -> None:
    """What went wrong first, then planes and totals."""
    for test in run.tests:
        if test.status in ("failed", "error"):
            console.rule(f"[red]{test.name}[/] seed {test.seed}")
            console.print(escape(test.detail or test.message), highlight=False, soft_wrap=True)
            if test.bundle:
                console.print(f"  bundle: {escape(test.bundle)} ({test.bundle_packets} packets)", highlight=False, soft_wrap=True)
    totals = run.packets()
    table = Table(box=None, pad_edge=False)
    for title in ("plane", "state", "packets", ""):
        table.add_column(title, justify="right" if title == "packets" else "left")
    for name in PLANES:
        state = run.planes[name]
        table.add_row(name, f"[{COLOUR[state.status]}]{state.status}[/]", str(totals.get(name, 0)), escape(state.reason))
    console.print(table)
    for problem in run.problems:
        console.print(f"[red]{escape(problem)}[/]", soft_wrap=True)
    passed = sum(test.status == "passed" for test in run.tests)
    console.print(f"[{COLOUR[run.status]}]{run.status.upper()}[/]: {passed} of {len(run.tests)} tests, seed {run.seed}, {run.duration_s:.1f} s",
                  highlight=False)
