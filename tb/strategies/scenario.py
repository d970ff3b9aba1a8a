"""Scenarios: tables, a stream, table changes in mid-stream and bus timing, drawn and shrunk together."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st

from triplane.models.packet import Packet
from triplane.models.tables import Tables
from triplane.tb.scenario import Scenario
from triplane.tb.strategies.packet import packets
from triplane.tb.strategies.tables import tables
from triplane.tb.strategies.timing import timings
from triplane.tb.timing import Timing


@st.composite
def scenarios(draw: st.DrawFn, max_packets: int = 40, timing: bool = True, updates: bool = True) -> Scenario:
    """One scenario of 1 … max_packets packets. Time is a counter: no rule of these stages looks at it."""
    first = draw(tables(stages=True))
    least = draw(st.sampled_from((1, max_packets // 2, max_packets - 1, max_packets - 1)))
    stream = draw(st.lists(packets(), min_size=max(1, least), max_size=max_packets))
    items: list[Packet | Tables] = [p._replace(timestamp_ns=1000 * i) for i, p in enumerate(stream)]
    if updates:
        for position in sorted(draw(st.lists(st.integers(1, len(stream)), min_size=1, max_size=3)), reverse=True):
            items.insert(position, draw(changed(first)))
    return Scenario(first, tuple(items), draw(timings()) if timing else Timing())


@st.composite
def changed(draw: st.DrawFn, before: Tables) -> Tables:
    """New tables: one thing of the old ones gone or turned, or all of them new."""
    kind = draw(st.integers(0, 4))
    if kind == 0 and before.routes:
        gone = draw(st.integers(0, len(before.routes) - 1))
        return msgspec.structs.replace(before, routes=before.routes[:gone] + before.routes[gone + 1 :])
    if kind == 1:
        return msgspec.structs.replace(before, acl=before.acl[1:] + before.acl[:1])
    if kind == 2:
        return msgspec.structs.replace(before, acl_default=draw(st.sampled_from(("permit", "deny", "punt"))))
    if kind == 3:
        return msgspec.structs.replace(before, stages=draw(st.sampled_from((("parse", "acl", "route"), ("parse", "route"), ("parse", "acl")))))
    return draw(tables())
