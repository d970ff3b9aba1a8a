"""The acl stage: priority-ordered rules, the first that matches decides."""

from __future__ import annotations

from collections.abc import Callable

from triplane.models.parse import Parsed, drop, punt
from triplane.models.tables import FRAGMENT_NAMES, AclRule, ActionName, Network, Tables
from triplane.spec.gen.constants import ACL_DEFAULT, Fragment, Reason

Condition = Callable[[Parsed, int], bool]
"""Whether a packet on an ingress port meets one condition of a rule."""


class Acl:
    """One compiled rule list."""

    def __init__(self, tables: Tables) -> None:
        self._rules = [(rule.action, _conditions(rule)) for rule in tables.acl]
        self._default: ActionName = tables.acl_default

    def lookup(self, parsed: Parsed, port: int) -> tuple[int, ActionName]:
        """Index and action of the rule that decides (R-ACL-1, R-ACL-2, R-ACL-11)."""
        for index, (action, conditions) in enumerate(self._rules):
            if all(condition(parsed, port) for condition in conditions):
                parsed.trace += ("R-ACL-1", "R-ACL-2", *(condition.__name__ for condition in conditions))
                return index, action
        parsed.trace.append("R-ACL-11")
        return ACL_DEFAULT, self._default


def apply(action: ActionName, trace: list[str]) -> None:
    """R-ACL-10: nothing for permit; raises Decided for deny and punt."""
    if action == "deny":
        raise drop(trace, "R-ACL-10", Reason.ACL_DENY)
    if action == "punt":
        raise punt(trace, "R-ACL-10", Reason.ACL_PUNT)
    trace.append("R-ACL-10")


def _named(rule: str, condition: Condition) -> Condition:
    condition.__name__ = rule
    return condition


def _conditions(rule: AclRule) -> list[Condition]:
    conditions: list[Condition] = []
    family = rule.stated_family
    if family:
        conditions.append(_named("R-ACL-3", lambda p, _: p.family == family))
    if rule.src_network is not None:
        conditions.append(_prefix(rule.src_network, lambda p: p.src))
    if rule.dst_network is not None:
        conditions.append(_prefix(rule.dst_network, lambda p: p.dst))
    if rule.proto is not None:
        proto = rule.proto
        conditions.append(_named("R-ACL-4", lambda p, _: p.proto == proto))
    if rule.sport is not None:
        conditions.append(_ports(rule.sport, lambda p: p.sport))
    if rule.dport is not None:
        conditions.append(_ports(rule.dport, lambda p: p.dport))
    if rule.vlan is not None:
        vlan = rule.vlan
        conditions.append(_named("R-ACL-6", lambda p, _: p.vlan == vlan))
    if rule.ingress is not None:
        ingress = frozenset(rule.ingress)
        conditions.append(_named("R-ACL-7", lambda _, port: port in ingress))
    if rule.fragment is not None:
        classes = frozenset(Fragment(FRAGMENT_NAMES.index(name)) for name in rule.fragment)
        conditions.append(_named("R-ACL-8", lambda p, _: p.fragment in classes))
    if rule.tcp_flags is not None and rule.tcp_flags.mask:
        value, mask = rule.tcp_flags.value, rule.tcp_flags.mask
        conditions.append(_named("R-ACL-9", lambda p, _: p.tcp_flags is not None and p.tcp_flags & mask == value))
    return conditions


def _prefix(network: Network, address: Callable[[Parsed], int]) -> Condition:
    shift = network.max_prefixlen - network.prefixlen
    wanted = int(network.network_address) >> shift
    return _named("R-ACL-3", lambda p, _: address(p) >> shift == wanted)


def _ports(bounds: tuple[int, int], port: Callable[[Parsed], int | None]) -> Condition:
    low, high = bounds
    return _named("R-ACL-5", lambda p, _: (number := port(p)) is not None and low <= number <= high)
