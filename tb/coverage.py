"""Functional coverage by rule and plane: how many packets that hit a rule did each plane treat as the model does."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class RuleCoverage:
    """Packets per (plane, rule). Grows by `sample`; merges by addition."""

    hits: dict[str, Tally[str]] = field(default_factory=dict)

    def sample(self, planes: Iterable[str], rules: Iterable[Iterable[str]]) -> None:
        """Count every rule of every packet once for each plane that agreed with the model on the stream."""
        tally: Tally[str] = Tally()
        for hit in rules:
            tally.update(set(hit))
        for plane in planes:
            self.hits.setdefault(plane, Tally()).update(tally)

    def merge(self, other: Mapping[str, Mapping[str, int]]) -> None:
        for plane, tally in other.items():
            self.hits.setdefault(plane, Tally()).update(tally)

    def as_dict(self) -> dict[str, dict[str, int]]:
        return {plane: dict(sorted(tally.items())) for plane, tally in sorted(self.hits.items())}

    def holes(self, rules: Iterable[str]) -> dict[str, list[str]]:
        """Per plane the rules that no packet has hit."""
        wanted = list(rules)
        return {plane: [rule for rule in wanted if not tally[rule]] for plane, tally in sorted(self.hits.items())}
