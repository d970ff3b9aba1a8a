"""Every fault in sw/faults is built in by its patch, and one packet that reaches its corner tells it from the right program."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.models.tables import AclRule, NextHop, Tables
from triplane.spec.gen.constants import Counter, Reason
from triplane.sw.build import faults
from triplane.sw.plane import DpdkPlane

from .frames import HOPS, PORTS, TABLES, frame, ip4, ip6, udp

UDP, AH, DSTOPTS, SCTP = 17, 51, 60, 132
PUSH = Tables(ports=PORTS, routes=TABLES.routes, next_hops=tuple(NextHop(port=1, vlan_op="push", vid=5, mtu=9202) for _ in HOPS))


def checksum_lands_on(before: int) -> bytes:
    """An IPv4 packet whose ID is solved so that its header checksum is `before` (bugs 1: one ID in 65,536)."""
    at_zero = int.from_bytes(ip4(ident=0)[10:12])
    packet = ip4(ident=(at_zero - before) % 0xFFFF)
    assert int.from_bytes(packet[10:12]) == before
    return packet


def with_rule(**conditions: object) -> Tables:
    return Tables(ports=PORTS, next_hops=HOPS, routes=TABLES.routes, acl=(AclRule("punt", **conditions),))  # type: ignore[arg-type]


class Corner(NamedTuple):
    """One packet, the tables it meets, and what the contract says of it."""

    data: bytes
    right: Callable[[Outcome], bool]
    tables: Tables = TABLES


def header_checksum(value: int) -> Callable[[Outcome], bool]:
    return lambda outcome: int.from_bytes(outcome.data[24:26]) == value


def reason(value: Reason) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.reason == value


CORNERS = {
    "checksum-fold": Corner(frame(checksum_lands_on(0xFEFF)), header_checksum(0)),
    "ttl-wrap": Corner(frame(ip4(ttl=0)), reason(Reason.TTL)),
    "hop-limit": Corner(frame(ip6(hops=9)), lambda outcome: outcome.data[21] == 8),
    "pcp-lost": Corner(frame(ip4(), (0x8100, 0xB007)), lambda outcome: outcome.data[14:16] == b"\xb0\x05", PUSH),
    "tag-overflow": Corner(frame(ip4(bytes(9216 - 34))), reason(Reason.OVERSIZE), PUSH),
    "total-length": Corner(frame(ip4(length=34)), reason(Reason.IP4_LENGTH)),
    "padding-leak": Corner(frame(ip4(bytes(4), UDP)) + bytes(22), reason(Reason.L4_TRUNC)),
    "fragment-ports": Corner(frame(ip4(udp(), UDP, flags=100)), reason(Reason.NONE), with_rule(sport=(0, 65535))),
    "df-fragment": Corner(frame(ip4(udp(), UDP, flags=0x4000)), reason(Reason.ACL_PUNT), with_rule(sport=(0, 65535))),
    "ah-units": Corner(frame(ip6(bytes([UDP, 4]) + bytes(22) + udp(), AH)), reason(Reason.ACL_PUNT), with_rule(proto=UDP, dport=(2000, 2000))),
    "chain-limit": Corner(frame(ip6(bytes([DSTOPTS, 0, *[0] * 6]) * 6 + bytes([59, 0, *[0] * 6]), DSTOPTS)), reason(Reason.EXT_DEPTH)),
    "udp6-checksum": Corner(frame(ip4(udp(check=0), UDP)), reason(Reason.NONE)),
    "priority-tag": Corner(frame(ip4(), (0x8100, 0xE000), (0x8100, 7)), reason(Reason.ACL_PUNT), with_rule(vlan=0)),
    "host-order": Corner(frame(ip4(), (0x8100, 7)), reason(Reason.ACL_PUNT), with_rule(vlan=7)),
    "port-range": Corner(frame(ip4(udp(dport=443), UDP)), reason(Reason.ACL_PUNT), with_rule(dport=(80, 443))),
}


def test_every_fault_has_a_corner() -> None:
    assert set(faults()) == set(CORNERS) | {"default-stays", "half-counted"}


@pytest.mark.parametrize("name", CORNERS)
def test_the_forwarder_does_right_in_the_corner(plane: DpdkPlane, name: str) -> None:
    corner = CORNERS[name]
    plane.load(corner.tables)
    assert corner.right(plane.process([Packet(corner.data)])[0])


@pytest.mark.parametrize("name", CORNERS)
def test_the_fault_does_wrong_in_the_corner(name: str) -> None:
    corner = CORNERS[name]
    with DpdkPlane(fault=name) as faulty:
        faulty.load(corner.tables)
        assert not corner.right(faulty.process([Packet(corner.data)])[0])


def deleted_default(plane: DpdkPlane) -> Outcome:
    for tables in (TABLES, TABLES, Tables(ports=PORTS), Tables(ports=PORTS)):
        plane.update(tables)
    return plane.process([Packet(frame(ip4()))])[0]


def test_a_deleted_default_route_is_gone(plane: DpdkPlane) -> None:
    assert deleted_default(plane).reason == Reason.NO_ROUTE


def test_the_fault_keeps_the_default_route() -> None:
    with DpdkPlane(fault="default-stays") as faulty:
        assert deleted_default(faulty).reason != Reason.NO_ROUTE


def sent_bytes(plane: DpdkPlane) -> int:
    plane.load(PUSH)
    plane.process([Packet(frame(ip4()))])
    return plane.counters()[Counter.TX_PORT, 1][1]


def test_a_pushed_tag_is_counted_as_sent(plane: DpdkPlane) -> None:
    assert sent_bytes(plane) == len(frame(ip4())) + 4


def test_the_fault_counts_the_frame_without_its_new_tag() -> None:
    with DpdkPlane(fault="half-counted") as faulty:
        assert sent_bytes(faulty) == len(frame(ip4()))
