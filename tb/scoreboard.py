"""Compares what every plane did with what the golden model says, packet by packet and counter by counter.

Nothing is masked and nothing is sampled: verdict, reason, egress port, bytes, the ACL rule and the next hop of every
packet, and every counter at the end of a stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from triplane.models.outcome import Counters, Outcome
from triplane.models.packet import Packet
from triplane.spec.gen.constants import Counter, Reason, Verdict

FIELDS = ("verdict", "reason", "egress", "data", "acl_rule", "next_hop")
"""What is compared per packet, in the order in which a difference is named."""


@dataclass(frozen=True)
class Judged:
    """What one plane delivered for one stream."""

    outcomes: Sequence[Outcome]
    counters: Counters


@dataclass(frozen=True)
class Reference(Judged):
    """What the model says, with the rules that each packet hit."""

    rules: Sequence[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Mismatch:
    """The first difference of one plane from the model."""

    plane: str
    field: str
    """One of FIELDS, `count`, or `counter`."""
    expected: str
    actual: str
    index: int | None = None
    """Number of the packet in the stream, None for a counter."""
    packet: Packet | None = None
    expected_outcome: Outcome | None = None
    actual_outcome: Outcome | None = None
    rules: tuple[str, ...] = ()
    """The rules that the model applied to the packet; the last is the one that decided."""
    agreeing: tuple[str, ...] = field(default=())
    """Planes that agree with the model here; when the list is not empty, `plane` stands alone with the rest."""

    @property
    def rule(self) -> str:
        """The rule that the plane broke, as far as the model can tell."""
        if self.rules:
            return self.rules[-1]
        return {"counter": "R-CNT", "count": "R-IF-2"}.get(self.field, "-")

    @property
    def signature(self) -> tuple[str, str]:
        """What makes two mismatches the same failure: plane and field."""
        return self.plane, self.field

    def headline(self) -> str:
        """One line: who, where, what."""
        where = "at the end of the stream" if self.index is None else f"packet {self.index}"
        alone = f" (agree with the model: {', '.join(self.agreeing)})" if self.agreeing else ""
        return f"{self.plane}: {where}: {self.field} is {self.actual}, {self.rule} says {self.expected}{alone}"


class ScoreboardMismatch(AssertionError):
    """At least one plane disagrees with the model."""

    def __init__(self, mismatches: Sequence[Mismatch]) -> None:
        super().__init__("\n".join(mismatch.headline() for mismatch in mismatches))
        self.mismatches = tuple(mismatches)


def judge(packets: Sequence[Packet], reference: Reference, planes: Mapping[str, Judged]) -> list[Mismatch]:
    """The first mismatch of every plane that has one; an empty list when all agree."""
    found = [m for name, judged in planes.items() if (m := _first_mismatch(name, packets, reference, judged))]
    return [_with_agreeing(m, reference, planes) for m in found]


def _first_mismatch(name: str, packets: Sequence[Packet], reference: Reference, judged: Judged) -> Mismatch | None:
    if len(judged.outcomes) != len(reference.outcomes):
        return Mismatch(name, "count", f"{len(reference.outcomes)} outcomes", f"{len(judged.outcomes)} outcomes")
    for index, (expected, actual) in enumerate(zip(reference.outcomes, judged.outcomes, strict=True)):
        if expected != actual:
            wrong = next(f for f in FIELDS if getattr(expected, f) != getattr(actual, f))
            rules = tuple(reference.rules[index]) if reference.rules else ()
            return Mismatch(name, wrong, shown(wrong, expected), shown(wrong, actual), index, packets[index],
                            expected, actual, rules)
    return _counter_mismatch(name, reference.counters, judged.counters)


def _counter_mismatch(name: str, expected: Counters, actual: Counters) -> Mismatch | None:
    for key in sorted(expected.keys() | actual.keys()):
        want, have = expected.get(key, (0, 0)), actual.get(key, (0, 0))
        if want != have:
            label = f"{Counter(key[0]).name}[{key[1]}]"
            return Mismatch(name, "counter", f"{label} = {want[0]} packets, {want[1]} bytes",
                            f"{label} = {have[0]} packets, {have[1]} bytes")
    return None


def _with_agreeing(mismatch: Mismatch, reference: Reference, planes: Mapping[str, Judged]) -> Mismatch:

    if mismatch.index is None:
        good = [n for n, j in planes.items() if n != mismatch.plane and j.counters == reference.counters]
    else:
        i = mismatch.index
        good = [n for n, j in planes.items()
                if n != mismatch.plane and len(j.outcomes) > i and j.outcomes[i] == reference.outcomes[i]]
    return replace(mismatch, agreeing=tuple(good))


def shown(name: str, outcome: Outcome) -> str:
    """One field of an outcome, readable."""
    value = getattr(outcome, name)
    if name == "verdict":
        return outcome.label if value in list(Verdict) else f"verdict {value}"
    if name == "reason":
        return Reason(value).name if value in list(Reason) else f"reason {value}"
    if name == "data":
        return f"{len(value)} bytes {value[:48].hex()}{'…' if len(value) > 48 else ''}"
    return str(value)
