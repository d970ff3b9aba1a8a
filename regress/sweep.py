"""Removes what killed runs left behind: namespaces, forwarder files, run folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

RUNS = Path(__file__).resolve().parent.parent / "build" / "run"


def sweep_all() -> None:
    """Sweep every room that keeps something outside its process. Only things whose owner process is gone."""
    from triplane.sw.plane import sweep as sweep_forwarders
    from triplane.tb.netns import sweep as sweep_namespaces

    sweep_forwarders()
    if os.geteuid() == 0:
        sweep_namespaces()
    for folder in RUNS.glob("run-*-*"):
        owner = int(folder.name.split("-")[1])
        if not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
