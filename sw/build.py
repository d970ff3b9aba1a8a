"""Build the DPDK forwarder, cached by everything that goes into it.

`build()` gives the program; `build(fault="ttl-wrap")` a program with the one wrong line of sw/faults/ttl-wrap.patch.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from triplane.spec.generate import c_header, load_contract
from triplane.tb.plane import PlaneUnavailable

SW = Path(__file__).resolve().parent
BUILD = SW.parent / "build"
FAULTS = SW / "faults"
PROGRAM = "forwarder"
TIMEOUT_S = 300


def faults() -> list[str]:
    """Names of the faults that can be built in."""
    return sorted(path.stem for path in FAULTS.glob("*.patch"))


def build(fault: str | None = None, cflags: Sequence[str] = ()) -> Path:
    """Compile the forwarder, or find it compiled already, and return its path.

    Raises PlaneUnavailable when a tool or libdpdk is missing, ValueError for a fault that does not exist or no longer
    applies, RuntimeError with the compiler's words when the sources do not compile.
    """
    version = _check_tools()
    sources = {path.name: path.read_bytes() for path in _sources()}
    sources["contract.h"] = c_header(load_contract()).encode()
    patch = _fault_patch(fault)
    digest = hashlib.sha256(repr((version, sorted(sources.items()), patch, tuple(cflags))).encode()).hexdigest()[:16]
    folder = BUILD / f"sw-{digest}"
    program = folder / PROGRAM
    if not program.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".sw-{digest}-", dir=BUILD) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            for name, content in sources.items():
                (made / name).write_bytes(content)
            if patch is not None:
                _apply(patch, fault or "", made)
            _make(made, cflags)
            _publish(made, folder)
    return program


def _sources() -> list[Path]:
    return [*sorted(SW.glob("*.c")), *sorted(SW.glob("*.h")), SW / "Makefile"]


def _check_tools() -> str:
    """The versions that decide what a build gives."""
    for tool, package in (("gcc", "gcc"), ("make", "make"), ("pkg-config", "pkg-config"), ("patch", "patch")):
        if shutil.which(tool) is None:
            raise PlaneUnavailable(f"{tool} is not installed", f"apt-get install {package}")
    found = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True)
    if found.returncode != 0:
        raise PlaneUnavailable("libdpdk is not installed", "apt-get install libdpdk-dev")
    compiler = subprocess.run(["gcc", "-dumpfullversion", "-dumpmachine"], capture_output=True, text=True)
    return f"{found.stdout}{compiler.stdout}"


def _fault_patch(fault: str | None) -> bytes | None:
    if fault is None:
        return None
    path = FAULTS / f"{fault}.patch"
    if not path.exists():
        raise ValueError(f"no fault {fault!r} in sw/faults; there are: {', '.join(faults())}")
    return path.read_bytes()


def _apply(patch: bytes, fault: str, folder: Path) -> None:
    run = subprocess.run(["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch"], cwd=folder, input=patch, capture_output=True)
    if run.returncode != 0:
        raise ValueError(f"fault {fault}: the patch does not apply: {run.stdout.decode().strip()}")


def _make(folder: Path, cflags: Sequence[str]) -> None:
    jobs = str(os.cpu_count() or 1)
    run = subprocess.run(["make", "-s", "-j", jobs, "CC=gcc", "CONTRACT=.", f"CFLAGS={' '.join(cflags)}", PROGRAM],
                         cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S)
    if run.returncode != 0:
        raise RuntimeError(f"the forwarder does not compile:\n{run.stderr[-4000:]}")


def _publish(made: Path, folder: Path) -> None:
    """Move the finished folder into place; whoever comes second throws his away, the content is the same."""
    try:
        made.rename(folder)
    except OSError:
        if not (folder / PROGRAM).exists():
            raise


def main() -> int:
    print(build(fault=sys.argv[1] if len(sys.argv) > 1 else None))
    return 0


if __name__ == "__main__":
    sys.exit(main())
