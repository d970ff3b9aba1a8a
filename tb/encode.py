"""Control plane: `Tables` as the contract's binary table entries, the form that RTL, XDP and DPDK are loaded with."""

from __future__ import annotations

from dataclasses import dataclass

from triplane.models.tables import FRAGMENT_NAMES, AclRule, NextHop, Route, Tables, mac_bytes
from triplane.spec.gen.constants import (
    ACL_HAS_DPORT, ACL_HAS_PROTO, ACL_HAS_SPORT, ACL_HAS_VLAN, PORTS, TABLE_FILE_MAGIC, TABLE_FILE_VERSION,
    AclEntry, Action, Fragment, HopKind, NextHopEntry, PortEntry, Route4Entry, Route6Entry, TableFileHeader, VlanOp,
)


@dataclass(frozen=True)
class Entries:
    """Every table as packed entries, in index order; layouts port_entry, acl_entry, route4_entry, … of the contract."""

    stage_mask: int
    default_action: int
    ports: tuple[bytes, ...]
    acl: tuple[bytes, ...]
    route4: tuple[bytes, ...]
    route6: tuple[bytes, ...]
    next_hops: tuple[bytes, ...]


def encode(tables: Tables) -> Entries:
    """Encode checked tables. The order of ACL rules and next hops is their index."""
    return Entries(
        stage_mask=tables.stage_mask,
        default_action=Action[tables.acl_default.upper()],
        ports=tuple(PortEntry(mac=mac_bytes(port.mac)).pack() for port in tables.ports),
        acl=tuple(_acl(rule).pack() for rule in tables.acl),
        route4=tuple(_route4(route).pack() for route in tables.routes_of(4)),
        route6=tuple(_route6(route).pack() for route in tables.routes_of(6)),
        next_hops=tuple(_next_hop(hop).pack() for hop in tables.next_hops),
    )


def table_file(entries: Entries) -> bytes:
    """The table file: header, then ports, acl, route4, route6 and next hops."""
    header = TableFileHeader(
        magic=TABLE_FILE_MAGIC, version=TABLE_FILE_VERSION, stage_mask=entries.stage_mask,
        default_action=entries.default_action, ports=len(entries.ports), acl=len(entries.acl),
        route4=len(entries.route4), route6=len(entries.route6), next_hops=len(entries.next_hops))
    groups = (entries.ports, entries.acl, entries.route4, entries.route6, entries.next_hops)
    return header.pack() + b"".join(entry for group in groups for entry in group)


def _acl(rule: AclRule) -> AclEntry:
    conditions = 0
    for bit, field in ((ACL_HAS_PROTO, rule.proto), (ACL_HAS_SPORT, rule.sport), (ACL_HAS_DPORT, rule.dport), (ACL_HAS_VLAN, rule.vlan)):
        conditions |= bit if field is not None else 0
    sport, dport = rule.sport or (0, 65535), rule.dport or (0, 65535)
    fragments = FRAGMENT_NAMES if rule.fragment is None else rule.fragment
    ingress = range(PORTS) if rule.ingress is None else rule.ingress
    src, dst = rule.src_network, rule.dst_network
    return AclEntry(
        src=src.network_address.packed.ljust(16, b"\0") if src else bytes(16), src_len=src.prefixlen if src else 0,
        dst=dst.network_address.packed.ljust(16, b"\0") if dst else bytes(16), dst_len=dst.prefixlen if dst else 0,
        family=rule.stated_family, conditions=conditions, proto=rule.proto or 0,
        tcp_value=rule.tcp_flags.value if rule.tcp_flags else 0, tcp_mask=rule.tcp_flags.mask if rule.tcp_flags else 0,
        ingress_set=sum(1 << port for port in set(ingress)),
        fragment_set=sum(1 << Fragment[name.upper()] for name in set(fragments)),
        action=Action[rule.action.upper()], sport_lo=sport[0], sport_hi=sport[1], dport_lo=dport[0], dport_hi=dport[1],
        vlan=rule.vlan or 0, valid=1)


def _route4(route: Route) -> Route4Entry:
    return Route4Entry(prefix=int(route.network.network_address), length=route.network.prefixlen, valid=1, next_hop=route.next_hop)


def _route6(route: Route) -> Route6Entry:
    return Route6Entry(prefix=route.network.network_address.packed, length=route.network.prefixlen, valid=1, next_hop=route.next_hop)


def _next_hop(hop: NextHop) -> NextHopEntry:
    return NextHopEntry(
        valid=1, kind=HopKind[hop.kind.upper()], port=hop.port, vlan_op=VlanOp[hop.vlan_op.upper()], vid=hop.vid, tpid=hop.tpid,
        src_mac=mac_bytes(hop.src_mac), dst_mac=mac_bytes(hop.dst_mac), mtu=hop.mtu)
