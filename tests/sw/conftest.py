"""Fixtures of the forwarder's tests; without DPDK they are skipped with the way to get it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from triplane.sw.build import build
from triplane.sw.plane import DpdkPlane
from triplane.tb.plane import PlaneUnavailable

from .frames import TABLES


@pytest.fixture(scope="session", autouse=True)
def forwarder_builds() -> None:
    try:
        build()
    except PlaneUnavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture(scope="module")
def shared_plane() -> Iterator[DpdkPlane]:
    with DpdkPlane() as plane:
        yield plane


@pytest.fixture
def plane(shared_plane: DpdkPlane) -> DpdkPlane:
    """A running forwarder with the usual tables and counters at 0."""
    shared_plane.load(TABLES)
    return shared_plane
