"""The acl stage: priority-ordered rules, the first that matches decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from triplane.models.parse import Parsed, drop, punt
from triplane.models.tables import FRAGMENT_NAMES, AclRule, ActionName, Network, Tables
from triplane.spec.gen.constants import ACL_DEFAULT, Fragment, Reason


class Condition(NamedTuple):
    """One condition of a rule: the contract's rule that defines it, and whether a packet on an ingress port meets it."""

    rule: str
    holds: Callable[[Parsed, int], bool]


class Compiled(NamedTuple):
    """One ACL rule, ready to be tried."""

    number: int
    action: ActionName
    by_class: tuple[Condition, ...]
    """Conditions that depend on nothing but family, protocol, ingress port and fragment class."""
    by_packet: tuple[Condition, ...]
    """All others."""


class Acl:
    """One compiled rule list."""

    def __init__(self, tables: Tables) -> None:
        self._rules = [_compile(index, rule) for index, rule in enumerate(tables.acl)]
        self._default: ActionName = tables.acl_default
        self._candidates: dict[tuple[int, int, int, int], list[Compiled]] = {}

    def lookup(self, parsed: Parsed, port: int) -> tuple[int, ActionName]:
        """Index and action of the rule that decides (R-ACL-1, R-ACL-2, R-ACL-11)."""
        for candidate in self._candidates_for(parsed, port):
            for condition in candidate.by_packet:
                if not condition.holds(parsed, port):
                    break
            else:
                parsed.trace += ("R-ACL-1", "R-ACL-2", *dict.fromkeys(c.rule for c in candidate.by_class + candidate.by_packet))
                return candidate.number, candidate.action
        parsed.trace.append("R-ACL-11")
        return ACL_DEFAULT, self._default

    def _candidates_for(self, parsed: Parsed, port: int) -> list[Compiled]:
        """The rules, still in their order, that packets of this class can match at all."""
        key = (parsed.family, parsed.proto, port, parsed.fragment)
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = [rule for rule in self._rules if all(condition.holds(parsed, port) for condition in rule.by_class)]
            self._candidates[key] = candidates
        return candidates


def apply(action: ActionName, trace: list[str]) -> None:
    """R-ACL-10: nothing for permit; raises Decided for deny and punt."""
    if action == "deny":
        raise drop(trace, "R-ACL-10", Reason.ACL_DENY)
    if action == "punt":
        raise punt(trace, "R-ACL-10", Reason.ACL_PUNT)
    trace.append("R-ACL-10")


def _compile(index: int, rule: AclRule) -> Compiled:
    return Compiled(index, rule.action, tuple(_class_conditions(rule)), tuple(_packet_conditions(rule)))


def _class_conditions(rule: AclRule) -> list[Condition]:
    conditions: list[Condition] = []
    family = rule.stated_family
    if family:
        conditions.append(Condition("R-ACL-3", lambda p, _: p.family == family))
    if rule.proto is not None:
        proto = rule.proto
        conditions.append(Condition("R-ACL-4", lambda p, _: p.proto == proto))
    if rule.ingress is not None:
        ingress = frozenset(rule.ingress)
        conditions.append(Condition("R-ACL-7", lambda _, port: port in ingress))
    if rule.fragment is not None:
        classes = frozenset(Fragment(FRAGMENT_NAMES.index(name)) for name in rule.fragment)
        conditions.append(Condition("R-ACL-8", lambda p, _: p.fragment in classes))
    return conditions


def _packet_conditions(rule: AclRule) -> list[Condition]:
    conditions: list[Condition] = []
    if rule.src_network is not None:
        conditions.append(_prefix(rule.src_network, lambda p: p.src))
    if rule.dst_network is not None:
        conditions.append(_prefix(rule.dst_network, lambda p: p.dst))
    if rule.sport is not None:
        conditions.append(_ports(rule.sport, lambda p: p.sport))
    if rule.dport is not None:
        conditions.append(_ports(rule.dport, lambda p: p.dport))
    if rule.vlan is not None:
        vlan = rule.vlan
        conditions.append(Condition("R-ACL-6", lambda p, _: p.vlan == vlan))
    if rule.tcp_flags is not None and rule.tcp_flags.mask:
        value, mask = rule.tcp_flags.value, rule.tcp_flags.mask
        conditions.append(Condition("R-ACL-9", lambda p, _: p.tcp_flags is not None and p.tcp_flags & mask == value))
    return conditions


def _prefix(network: Network, address: Callable[[Parsed], int]) -> Condition:
    """The first `prefixlen` bits are the network's. Tried only on packets of the network's family."""
    shift = network.max_prefixlen - network.prefixlen
    wanted = int(network.network_address) >> shift
    return Condition("R-ACL-3", lambda p, _: address(p) >> shift == wanted)


def _ports(bounds: tuple[int, int], port: Callable[[Parsed], int | None]) -> Condition:
    low, high = bounds
    return Condition("R-ACL-5", lambda p, _: (number := port(p)) is not None and low <= number <= high)
