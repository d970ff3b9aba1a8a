"""The tables that the control plane installs, as frozen data with one JSON form.

`parse_tables` turns JSON into `Tables` or raises `TablesError` with the field's path; nothing half-valid ever exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Literal

import msgspec

from triplane.spec.gen.constants import MTU_MAX, MTU_MIN, PORTS, Stage

ActionName = Literal["permit", "deny", "punt"]
FragmentName = Literal["none", "first", "later"]
StageName = Literal["parse", "acl", "route"]
FRAGMENT_NAMES: tuple[FragmentName, ...] = ("none", "first", "later")
Network = IPv4Network | IPv6Network


class TablesError(ValueError):
    """A table that breaks a rule of the contract; the message starts with the field's path."""


class Base(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, dict=True):
    """Shared settings: immutable, unknown keys refused, defaults left out of the JSON form."""


class Port(Base):
    """One port of the datapath."""

    mac: str
    """The port's own address, `02:00:00:00:00:01`."""


class TcpFlags(Base):
    """A condition on the TCP flags byte: flags AND mask = value (R-ACL-9)."""

    value: int
    mask: int


class AclRule(Base):
    """One ACL rule; a condition left out always holds (R-ACL-2)."""

    action: ActionName
    src: str | None = None
    dst: str | None = None
    family: Literal[4, 6] | None = None
    proto: int | None = None
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    vlan: int | None = None
    ingress: tuple[int, ...] | None = None
    fragment: tuple[FragmentName, ...] | None = None
    tcp_flags: TcpFlags | None = None

    @cached_property
    def src_network(self) -> Network | None:
        return None if self.src is None else ip_network(self.src)

    @cached_property
    def dst_network(self) -> Network | None:
        return None if self.dst is None else ip_network(self.dst)

    @property
    def stated_family(self) -> int:
        """4 or 6 when a prefix or the family condition says so, else 0 (R-ACL-3)."""
        for network in (self.src_network, self.dst_network):
            if network is not None:
                return network.version
        return self.family or 0


class Route(Base):
    """One prefix of the v4 or v6 route table."""

    prefix: str
    next_hop: int

    @cached_property
    def network(self) -> Network:
        return ip_network(self.prefix)


class NextHop(Base):
    """Where a route leads: out of a port with new MACs and tag, or to the router itself."""

    kind: Literal["forward", "local"] = "forward"
    port: int = 0
    src_mac: str = "02:00:00:00:00:00"
    dst_mac: str = "02:00:00:00:00:00"
    vlan_op: Literal["keep", "push", "swap", "pop"] = "keep"
    vid: int = 1
    tpid: Literal[0x8100, 0x88A8] = 0x8100
    mtu: int = 1500


class Tables(Base):
    """Everything that the control plane installs."""

    ports: tuple[Port, ...]
    acl: tuple[AclRule, ...] = ()
    acl_default: ActionName = "permit"
    routes: tuple[Route, ...] = ()
    next_hops: tuple[NextHop, ...] = ()
    stages: tuple[StageName, ...] = ("parse", "acl", "route")

    @property
    def stage_mask(self) -> int:
        """Bit per enabled stage; parse always runs (R-IF-5)."""
        mask = 1 << Stage.PARSE
        for name in self.stages:
            mask |= 1 << Stage[name.upper()]
        return mask

    def routes_of(self, version: int) -> tuple[Route, ...]:
        return tuple(route for route in self.routes if route.network.version == version)


def mac_bytes(text: str) -> bytes:
    """The six bytes of `aa:bb:cc:dd:ee:ff`. Raises ValueError."""
    parts = text.split(":")
    if len(parts) != 6 or any(len(part) != 2 for part in parts):
        raise ValueError(f"{text!r} is not a MAC address")
    return bytes(int(part, 16) for part in parts)


def parse_tables(text: bytes | str) -> Tables:
    """Decode and check the JSON form. Raises TablesError that names the field."""
    try:
        tables = msgspec.json.decode(text, type=Tables)
    except msgspec.DecodeError as error:
        raise TablesError(str(error)) from None
    check_tables(tables)
    return tables


def dump_tables(tables: Tables) -> bytes:
    """The JSON form; `parse_tables` gives the same tables back."""
    return msgspec.json.format(msgspec.json.encode(tables), indent=1)


def check_tables(tables: Tables) -> None:
    """Raise TablesError for the first entry that breaks R-TBL-2, R-TBL-3 or R-TBL-5."""
    if len(tables.ports) != PORTS:
        raise TablesError(f"ports: {len(tables.ports)} entries, the datapath has {PORTS} ports")
    for i, port in enumerate(tables.ports):
        _check_mac(f"ports[{i}].mac", port.mac)
    for i, rule in enumerate(tables.acl):
        _check_rule(f"acl[{i}]", rule)
    for i, hop in enumerate(tables.next_hops):
        _check_next_hop(f"next_hops[{i}]", hop)
    seen: dict[Network, int] = {}
    for i, route in enumerate(tables.routes):
        network = _check_prefix(f"routes[{i}].prefix", route.prefix)
        if network in seen:
            raise TablesError(f"routes[{i}].prefix: {route.prefix} stands at routes[{seen[network]}] already")
        seen[network] = i
        _check_range(f"routes[{i}].next_hop", route.next_hop, 0, len(tables.next_hops) - 1)


def _check_rule(path: str, rule: AclRule) -> None:
    families = {rule.family} if rule.family else set()
    for field in ("src", "dst"):
        text = getattr(rule, field)
        if text is not None:
            families.add(_check_prefix(f"{path}.{field}", text).version)
    if len(families) > 1:
        raise TablesError(f"{path}: src, dst and family are not of one IP version")
    if rule.proto is not None:
        _check_range(f"{path}.proto", rule.proto, 0, 255)
    for field in ("sport", "dport"):
        bounds = getattr(rule, field)
        if bounds is not None:
            for bound in bounds:
                _check_range(f"{path}.{field}", bound, 0, 65535)
            if bounds[0] > bounds[1]:
                raise TablesError(f"{path}.{field}: {bounds[0]} is above {bounds[1]}")
    if rule.vlan is not None:
        _check_range(f"{path}.vlan", rule.vlan, 0, 4094)
    if rule.ingress is not None:
        _check_set(f"{path}.ingress", rule.ingress)
        for port in rule.ingress:
            _check_range(f"{path}.ingress", port, 0, PORTS - 1)
    if rule.fragment is not None:
        _check_set(f"{path}.fragment", rule.fragment)
    if rule.tcp_flags is not None:
        _check_range(f"{path}.tcp_flags.value", rule.tcp_flags.value, 0, 255)
        _check_range(f"{path}.tcp_flags.mask", rule.tcp_flags.mask, 0, 255)
        if rule.tcp_flags.value & ~rule.tcp_flags.mask:
            raise TablesError(f"{path}.tcp_flags.value: has bits outside the mask")


def _check_next_hop(path: str, hop: NextHop) -> None:
    _check_range(f"{path}.port", hop.port, 0, PORTS - 1)
    _check_range(f"{path}.vid", hop.vid, 1, 4094)
    _check_range(f"{path}.mtu", hop.mtu, MTU_MIN, MTU_MAX)
    _check_mac(f"{path}.src_mac", hop.src_mac)
    _check_mac(f"{path}.dst_mac", hop.dst_mac)


def _check_mac(path: str, text: str) -> None:
    try:
        mac = mac_bytes(text)
    except ValueError as error:
        raise TablesError(f"{path}: {error}") from None
    if mac[0] & 1:
        raise TablesError(f"{path}: {text} has the group bit set")


def _check_prefix(path: str, text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise TablesError(f"{path}: {error}") from None


def _check_range(path: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise TablesError(f"{path}: {value} is not in {low} … {high}")


def _check_set(path: str, members: Iterable[Any]) -> None:
    if not tuple(members):
        raise TablesError(f"{path}: is empty")
