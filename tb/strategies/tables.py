"""Tables: few entries mostly, all kinds of them, drawn from the shared pools."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from triplane.models.tables import FRAGMENT_NAMES, AclRule, NextHop, Port, Route, Tables, TcpFlags
from triplane.tb.strategies import pools

PORTS = tuple(Port(mac) for mac in pools.PORT_MACS)
ACTIONS = ("permit", "deny", "punt")
FRAGMENT_SETS = (*(None,) * 12, ("none",), ("first",), ("later",), ("none", "first"), ("first", "later"), FRAGMENT_NAMES)
INGRESS_SETS = (*(None,) * 8, (0,), (1,), (0, 1), (2, 3), (0, 1, 2, 3))
FLAG_CONDITIONS = (*(None,) * 12, TcpFlags(0x02, 0x12), TcpFlags(0x10, 0x10), TcpFlags(0, 0xFF), TcpFlags(0, 0))
STAGES: tuple[tuple[Any, ...], ...] = (*(("parse", "acl", "route"),) * 9, ("parse", "route"), ("parse", "acl"), ("parse",))


def _maybe(values: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Mostly nothing, else one of the values; shrinks to nothing."""
    return st.sampled_from((*(None,) * (4 * len(values)), *values))


@st.composite
def next_hops(draw: st.DrawFn) -> NextHop:
    """One next hop; the simplest forwards out of port 0 and keeps tags."""
    if draw(st.integers(0, 14)) == 14:
        return NextHop(kind="local")
    port = draw(st.integers(0, 3))
    return NextHop(
        port=port, src_mac=pools.PORT_MACS[port], dst_mac=f"02:00:00:00:01:0{port}", vlan_op=draw(st.sampled_from(("keep", "push", "swap", "pop"))),
        vid=draw(st.sampled_from(pools.VLANS)), tpid=draw(st.sampled_from((0x8100, 0x88A8))), mtu=draw(st.sampled_from(pools.MTUS)))


@st.composite
def acl_rules(draw: st.DrawFn) -> AclRule:
    """One rule; the simplest permits everything."""
    shape = draw(st.integers(0, 3))  # 0 no prefix, 1 IPv4, 2 IPv6, 3 the family alone
    prefixes = {1: pools.PREFIXES4, 2: pools.PREFIXES6}.get(shape)
    return AclRule(
        action=draw(st.sampled_from(ACTIONS)),
        src=draw(_maybe(prefixes)) if prefixes else None, dst=draw(_maybe(prefixes)) if prefixes else None,
        family=draw(st.sampled_from((4, 6))) if shape == 3 else None,
        proto=draw(_maybe(pools.PROTOCOLS)), sport=draw(_maybe(pools.PORT_RANGES)), dport=draw(_maybe(pools.PORT_RANGES)),
        vlan=draw(_maybe((0, *pools.VLANS))), ingress=draw(st.sampled_from(INGRESS_SETS)), fragment=draw(st.sampled_from(FRAGMENT_SETS)),
        tcp_flags=draw(st.sampled_from(FLAG_CONDITIONS)))


@st.composite
def tables(draw: st.DrawFn, stages: bool = False) -> Tables:
    """A whole set. The simplest has a default route of each family and no ACL."""
    hops = tuple(draw(st.lists(next_hops(), min_size=1, max_size=5)))
    chosen4 = draw(st.lists(st.sampled_from(pools.PREFIXES4), max_size=7, unique=True))
    chosen6 = draw(st.lists(st.sampled_from(pools.PREFIXES6), max_size=5, unique=True))
    routes = tuple(Route(prefix, draw(st.integers(0, len(hops) - 1))) for prefix in (*chosen4, *chosen6))
    if not routes or draw(st.booleans()):
        have = {route.prefix for route in routes}
        routes += tuple(Route(prefix, 0) for prefix in ("0.0.0.0/0", "::/0") if prefix not in have)
    return Tables(
        ports=PORTS, acl=tuple(draw(st.lists(acl_rules(), max_size=6))), acl_default=draw(st.sampled_from(("permit",) * 8 + ("deny", "punt"))),
        routes=routes, next_hops=hops, stages=draw(st.sampled_from(STAGES)) if stages else STAGES[0])
