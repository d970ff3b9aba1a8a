"""The tests of the regression, by name. Each module registers what it defines; `triplane run NAME` runs one."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from triplane.tb.context import Context

MODULES = ("equivalence", "directed", "backpressure", "reset", "registers", "table_update", "replay", "wire")


@dataclass(frozen=True)
class Test:
    """A test: its body, the planes it is about, and whether the plan runs it."""

    __test__ = False

    name: str
    purpose: str
    body: Callable[[Context], None]
    needs: frozenset[str] = frozenset()
    """Planes without which the test says nothing."""
    only: frozenset[str] | None = None
    """Planes that take part; None for all."""
    randomised: bool = False
    """Whether seed and packet budget matter."""
    simulator: bool = True
    """Whether it can use the simulation; wire tests do not."""
    planned: bool = True


_TESTS: dict[str, Test] = {}


def register(name: str, purpose: str, *, needs: tuple[str, ...] = (), only: tuple[str, ...] | None = None,
             randomised: bool = False, simulator: bool = True, planned: bool = True) -> Callable[[Callable[[Context], None]], Callable[[Context], None]]:
    """Decorator: make a function of a Context a test of the regression."""

    def decorate(body: Callable[[Context], None]) -> Callable[[Context], None]:
        if name in _TESTS:
            raise ValueError(f"test {name} is registered twice")
        _TESTS[name] = Test(name, purpose, body, frozenset(needs), None if only is None else frozenset(only),
                            randomised, simulator, planned)
        return body

    return decorate


def tests() -> dict[str, Test]:
    """All tests, in the order of the plan."""
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
    return dict(_TESTS)
