"""The rule list against a plain reading of the contract, rule by rule with ipaddress."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st
from triplane.models.acl import Acl
from triplane.models.parse import Parsed
from triplane.models.tables import AclRule, Tables, TcpFlags, check_tables
from triplane.spec.gen.constants import ACL_DEFAULT, Fragment

from .frames import PORTS

LOW4, LOW6 = int(ip_address("10.0.0.0")), int(ip_address("2001:db8::"))


def address(family: int, bits: int) -> int:
    return (LOW4 if family == 4 else LOW6) + bits


def prefix(family: int, bits: int, host_bits: int) -> str:
    width = 32 if family == 4 else 128
    return str(ip_network((address(family, bits >> host_bits << host_bits), width - host_bits)))


few = st.integers(0, 7)
ranges = st.tuples(few, few).map(lambda pair: (min(pair), max(pair)))
flags = st.tuples(few, few).map(lambda pair: TcpFlags(pair[0] & pair[1], pair[1]))


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


@st.composite
def rules(draw: st.DrawFn) -> AclRule:
    family = draw(st.sampled_from([4, 6]))
    prefixes = maybe(st.builds(prefix, st.just(family), few, st.integers(0, 3)))
    return AclRule(
        draw(st.sampled_from(["permit", "deny", "punt"])),
        src=draw(prefixes),
        dst=draw(prefixes),
        family=draw(maybe(st.just(family))),
        proto=draw(maybe(st.sampled_from([6, 17]))),
        sport=draw(maybe(ranges)),
        dport=draw(maybe(ranges)),
        vlan=draw(maybe(st.integers(0, 2))),
        ingress=draw(maybe(st.lists(st.integers(0, 3), min_size=1).map(tuple))),
        fragment=draw(maybe(st.lists(st.sampled_from(["none", "first", "later"]), min_size=1).map(tuple))),
        tcp_flags=draw(maybe(flags)),
    )


@st.composite
def keys(draw: st.DrawFn) -> Parsed:
    family, proto, fragment = draw(st.sampled_from([4, 6])), draw(st.sampled_from([1, 6, 17])), draw(st.sampled_from(list(Fragment)))
    key = Parsed(
        family=family,
        src=address(family, draw(few)),
        dst=address(family, draw(few)),
        proto=proto,
        fragment=fragment,
        vlan=draw(st.integers(0, 2)),
    )
    if proto != 1 and fragment != Fragment.LATER:
        key.sport, key.dport = draw(few), draw(few)
        key.tcp_flags = draw(few) if proto == 6 else None
    return key


def plain_match(rule: AclRule, key: Parsed, port: int) -> bool:
    """R-ACL-2 … R-ACL-9, read slowly."""
    to_address = {4: lambda n: ip_address(n), 6: lambda n: ip_address(n.to_bytes(16, "big"))}[key.family]
    if rule.src is not None and to_address(key.src) not in ip_network(rule.src):
        return False
    if rule.dst is not None and to_address(key.dst) not in ip_network(rule.dst):
        return False
    if rule.family is not None and key.family != rule.family:
        return False
    if rule.proto is not None and key.proto != rule.proto:
        return False
    for bounds, number in ((rule.sport, key.sport), (rule.dport, key.dport)):
        if bounds is not None and (number is None or number not in range(bounds[0], bounds[1] + 1)):
            return False
    if rule.vlan is not None and key.vlan != rule.vlan:
        return False
    if rule.ingress is not None and port not in rule.ingress:
        return False
    if rule.fragment is not None and key.fragment.name.lower() not in rule.fragment:
        return False
    stated = rule.tcp_flags is not None and rule.tcp_flags.mask != 0
    return not stated or (key.tcp_flags is not None and key.tcp_flags & rule.tcp_flags.mask == rule.tcp_flags.value)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(rules(), max_size=8),
    st.lists(st.tuples(keys(), st.integers(0, 3)), min_size=1, max_size=6),
    st.sampled_from(["permit", "deny", "punt"]),
)
def test_the_first_rule_that_a_plain_reading_finds_decides(acl: list[AclRule], packets: list[tuple[Parsed, int]], default: str) -> None:
    tables = Tables(ports=PORTS, acl=tuple(acl), acl_default=default)  # type: ignore[arg-type]
    check_tables(tables)
    compiled = Acl(tables)
    for key, port in packets:
        expected = next(((i, rule.action) for i, rule in enumerate(acl) if plain_match(rule, key, port)), (ACL_DEFAULT, default))
        assert compiled.lookup(key, port) == expected


def test_a_thousand_rules_are_tried_in_their_order() -> None:
    acl = tuple(AclRule("deny", sport=(i, i)) for i in range(1023)) + (AclRule("permit"),)
    compiled = Acl(Tables(ports=PORTS, acl=acl))
    assert compiled.lookup(Parsed(family=4, proto=17, sport=1022, dport=0), 0) == (1022, "deny")
    assert compiled.lookup(Parsed(family=4, proto=17, sport=1023, dport=0), 0) == (1023, "permit")
    assert compiled.lookup(Parsed(family=6, proto=58), 3) == (1023, "permit")
