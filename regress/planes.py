"""Builds every plane, clean or with an injected fault, and says which ones can run here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from triplane.regress.results import PLANES, PlaneState
from triplane.tb.plane import PlaneUnavailable

ROOT = Path(__file__).resolve().parent.parent
FAULT_FOLDERS = {"rtl": ROOT / "rtl" / "faults", "xdp": ROOT / "bpf" / "faults", "dpdk": ROOT / "sw" / "faults"}


class BadRequest(Exception):
    """What was asked for makes no sense; the message names the option and what is wrong with it."""


def parse_planes(text: str, option: str) -> tuple[str, ...]:
    """`all` or a comma-separated list of plane names. Raises BadRequest."""
    if text == "all":
        return PLANES
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in PLANES:
            raise BadRequest(f"{option}: no plane is called {name!r}; there are {', '.join(PLANES)}")
    return names


def faults_of(plane: str) -> list[str]:
    """Names of the faults that can be injected into a plane."""
    return sorted(path.stem for path in FAULT_FOLDERS[plane].glob("*.patch"))


def parse_faults(texts: Sequence[str]) -> dict[str, str]:
    """`PLANE:FAULT` options as a dictionary. Raises BadRequest."""
    faults: dict[str, str] = {}
    for text in texts:
        plane, _, fault = text.partition(":")
        if plane not in FAULT_FOLDERS:
            raise BadRequest(f"--inject: {plane!r} is no plane that takes faults; there are {', '.join(FAULT_FOLDERS)}")
        if fault not in faults_of(plane):
            raise BadRequest(f"--inject: {plane} has no fault {fault!r}; it has {', '.join(faults_of(plane))}")
        faults[plane] = fault
    return faults


def build_plane(plane: str, fault: str | None = None, waves: bool = False) -> Path | None:
    """Build one plane, or find it built. Raises PlaneUnavailable when its tools are missing."""
    if plane == "rtl":
        from triplane.rtl.build import build as build_rtl

        return build_rtl(fault=fault, waves=waves)
    if plane == "xdp":
        from triplane.bpf.build import build as build_xdp

        return build_xdp(fault=fault)
    if plane == "dpdk":
        from triplane.sw.build import build as build_dpdk

        return build_dpdk(fault=fault)
    return None


def prepare(wanted: Sequence[str], faults: Mapping[str, str], waves: bool = False) -> dict[str, PlaneState]:
    """Build the wanted planes side by side and tell the state of every plane. A build that fails raises."""
    def state(plane: str) -> PlaneState:
        if plane != "model" and plane not in wanted:
            return PlaneState("off", "not asked for")
        try:
            build_plane(plane, faults.get(plane), waves)
        except PlaneUnavailable as missing:
            return PlaneState("skipped", str(missing))
        return PlaneState("ok")

    with ThreadPoolExecutor(max_workers=2) as pool:
        states = dict(zip(PLANES, pool.map(state, PLANES), strict=True))
    for plane, probe in (("xdp", _probe_xdp), ("dpdk", _probe_dpdk)):
        if states[plane].status == "ok":
            try:
                probe()
            except PlaneUnavailable as missing:
                states[plane] = PlaneState("skipped", str(missing))
    return states


def _probe_xdp() -> None:
    from triplane.tb.software import open_software_plane

    open_software_plane("xdp", None).close()


def _probe_dpdk() -> None:
    from triplane.tb.software import open_software_plane

    open_software_plane("dpdk", None).close()
