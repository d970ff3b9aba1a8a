"""What one plane did to one packet, and what it counted."""

from __future__ import annotations

from typing import NamedTuple

from triplane.spec.gen.constants import ACL_NONE, NEXT_HOP_NONE, NO_PORT, Reason, Verdict


class Outcome(NamedTuple):
    """Verdict, reason, egress port, bytes and the table entries that led there (R-IF-2, R-IF-3, R-IF-7)."""

    verdict: int
    """A Verdict."""
    reason: int
    """A Reason; NONE when forwarded or continued."""
    egress: int
    """Egress port, NO_PORT unless forwarded."""
    data: bytes
    """The frame that came out; the frame that came in unless forwarded (R-IF-4)."""
    acl_rule: int = ACL_NONE
    """Index of the ACL rule that decided, ACL_DEFAULT or ACL_NONE."""
    next_hop: int = NEXT_HOP_NONE
    """Index of the next hop, NEXT_HOP_NONE when no route was found or looked for."""

    @property
    def label(self) -> str:
        """Short readable form, such as `forward(2)` or `drop(MARTIAN)`; values that no rule knows stay numbers."""
        if self.verdict not in list(Verdict) or self.reason not in list(Reason):
            return f"verdict {self.verdict}, reason {self.reason}, egress {self.egress}"
        name = Verdict(self.verdict).name.lower()
        if self.verdict == Verdict.FORWARD:
            return f"{name}({self.egress})"
        return name if self.reason == Reason.NONE else f"{name}({Reason(self.reason).name})"


UNDECIDED = Outcome(Verdict.CONTINUE, Reason.NONE, NO_PORT, b"")

CounterKey = tuple[int, int]
"""(Counter group, index in the group); the ACL's default action has the index ACL_DEFAULT."""

Counters = dict[CounterKey, tuple[int, int]]
"""Packets and bytes per counter (R-CNT-1 … R-CNT-5). Counters that are zero are left out."""
