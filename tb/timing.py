"""Bus timing of the RTL's streams: data, so that it is drawn, shrunk and replayed like everything else."""

from __future__ import annotations

import msgspec


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Empty patterns mean full speed."""

    gaps: tuple[int, ...] = ()
    """Idle cycles before each input beat, repeated from the start when used up."""
    stalls: tuple[int, ...] = ()
    """Cycles that the sink is ready, not ready, ready, … repeated from the start when used up."""
    reset_after: int | None = None
    """Reset once after that many input beats; the stream then starts anew."""
