"""Bus timing: gaps before beats, stalls of the sink."""

from __future__ import annotations

from hypothesis import strategies as st

from triplane.tb.timing import Timing


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    """The simplest is full speed."""
    gaps = tuple(draw(st.lists(st.sampled_from((0, 0, 1, 2, 5)), max_size=5)))
    stalls = tuple(draw(st.lists(st.sampled_from((1, 2, 3, 7, 20)), max_size=6)))
    return Timing(gaps=gaps, stalls=stalls)
