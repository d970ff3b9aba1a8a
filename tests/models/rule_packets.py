"""For each rule of the contract packets that hit it, on both sides of its border where it has one."""

from __future__ import annotations

from typing import NamedTuple

from triplane.models.tables import AclRule, Tables, TcpFlags

from .frames import (
    DST4,
    DST6,
    HOPS,
    MAC,
    PORTS,
    SRC4,
    TABLES,
    ah,
    eth,
    ext,
    frag,
    ip4,
    ip4_packet,
    ip6,
    tag,
    tcp,
    udp,
)


class Case(NamedTuple):
    """One packet: the rule that it is about, what is special, and the outcome that the contract asks for."""

    rule: str
    what: str
    frame: bytes
    label: str
    tables: Tables = TABLES
    hits: bool = True
    """Whether the rule must be among those that the packet hit. False for the legal side of a border."""


OK = "forward(1)"


def acl(*rules: AclRule, **changes: object) -> Tables:
    return Tables(ports=PORTS, next_hops=HOPS, routes=TABLES.routes, acl=rules, **changes)  # type: ignore[arg-type]


def deny(**conditions: object) -> Tables:
    return acl(AclRule("deny", **conditions))  # type: ignore[arg-type]


def _drops(rule: str, reason: str, *frames: tuple[str, bytes]) -> list[Case]:
    return [Case(rule, what, frame, f"drop({reason})") for what, frame in frames]


def _punts(rule: str, reason: str, *frames: tuple[str, bytes]) -> list[Case]:
    return [Case(rule, what, frame, f"punt({reason})") for what, frame in frames]


def _passes(rule: str, *frames: tuple[str, bytes], hits: bool = False) -> list[Case]:
    return [Case(rule, what, frame, OK, hits=hits) for what, frame in frames]


ARP = bytes.fromhex("0001080006040001") + bytes(20)
GROUP = b"\x03" + MAC[1:]
SHORT_UDP = udp()[:7]

LAYER2 = [
    *_drops("R-PARSE-1", "RUNT", ("empty", b""), ("13 bytes", eth(b"", 0x0806)[:13])),
    *_punts(
        "R-PARSE-11",
        "ARP",
        ("14 bytes are enough for a frame", eth(b"", 0x0806)),
        ("ARP", eth(ARP, 0x0806)),
        ("tagged ARP", eth(ARP, 0x0806, tag(5))),
    ),
    *_drops(
        "R-PARSE-2",
        "OVERSIZE",
        ("9217 bytes", ip4(padding=bytes(9217 - 34))),
        ("9217 bytes and a group source", eth(bytes(9203), 0x0800, src=GROUP)),
    ),
    *_passes("R-PARSE-2", ("9216 bytes", ip4(padding=bytes(9216 - 34)))),
    *_drops(
        "R-PARSE-3",
        "SRC_MAC",
        ("group source", eth(ip4_packet(), 0x0800, src=GROUP)),
        ("both are groups", eth(ARP, 0x0806, dst=GROUP, src=GROUP)),
    ),
    *_punts(
        "R-PARSE-4",
        "L2_MULTICAST",
        ("multicast", eth(ip4_packet(), 0x0800, dst=GROUP)),
        ("broadcast", eth(ARP, 0x0806, dst=b"\xff" * 6)),
        ("even with a broken packet in it", eth(b"", 0x0800, dst=b"\xff" * 6)),
    ),
    *_drops(
        "R-PARSE-5",
        "WRONG_MAC",
        ("another port's", eth(ip4_packet(), 0x0800, dst=MAC[:5] + b"\x02")),
        ("last bit", eth(ARP, 0x0806, dst=MAC[:5] + b"\0")),
    ),
    *_passes(
        "R-PARSE-6",
        ("C tag", ip4(tags=tag(5))),
        ("S tag", ip4(tags=tag(5, 0x88A8))),
        ("S then C", ip4(tags=tag(5, 0x88A8) + tag(6))),
        ("C then S", ip4(tags=tag(5) + tag(6, 0x88A8))),
        ("C then C, IPv6", ip6(tags=tag(5) + tag(6))),
        hits=True,
    ),
    *_drops(
        "R-PARSE-7",
        "VLAN_TRUNC",
        ("nothing behind the TPID", eth(b"", 0x8100)),
        ("3 bytes behind the TPID", eth(b"\0\5\x08", 0x8100)),
        ("second tag cut", eth(b"\x08\0\x45", 0x8100, tag(5))),
    ),
    *_drops("R-PARSE-13", "IP4_TRUNC", ("4 bytes behind the TPID are a whole tag", eth(b"\0\5\x08\0", 0x8100))),
    *_drops(
        "R-PARSE-8",
        "VLAN_RESERVED",
        ("outer", ip4(tags=tag(4095))),
        ("inner", ip4(tags=tag(5) + tag(4095))),
        ("outer, before the inner is looked at", eth(b"", 0x8100, tag(4095))),
    ),
    *_passes("R-PARSE-8", ("4094", ip4(tags=tag(4094) + tag(4094)))),
    *_drops(
        "R-PARSE-9",
        "VLAN_DEPTH",
        ("third tag", ip4(tags=tag(5) + tag(6) + tag(7))),
        ("cut third tag", eth(b"", 0x88A8, tag(5) + tag(6))),
        ("reserved third tag", ip4(tags=tag(5) + tag(6) + tag(4095))),
    ),
    Case("R-PARSE-10", "outer VID", ip4(tags=tag(7) + tag(8)), "drop(ACL_DENY)", deny(vlan=7)),
    Case("R-PARSE-10", "never the inner VID", ip4(tags=tag(7) + tag(8)), OK, deny(vlan=8)),
    Case(
        "R-PARSE-10",
        "priority tag is VLAN 0, whatever tag it hides",
        ip4(tags=tag(0, priority=15) + tag(8)),
        "drop(ACL_DENY)",
        deny(vlan=0),
    ),
    Case("R-PARSE-10", "no tag is VLAN 0", ip4(), "drop(ACL_DENY)", deny(vlan=0), hits=False),
    *_punts(
        "R-PARSE-12",
        "ETHERTYPE",
        ("802.3 length", eth(bytes(46), 46)),
        ("LLDP", eth(bytes(46), 0x88CC)),
        ("another TPID", eth(bytes(46), 0x9100)),
        ("MPLS behind a tag", eth(bytes(46), 0x8847, tag(5))),
    ),
]

RR = b"\7\7\4\0\0\0\0\0"  # record route, 8 bytes
IPV4 = [
    *_drops(
        "R-PARSE-13",
        "IP4_TRUNC",
        ("no header", eth(b"", 0x0800)),
        ("19 bytes", ip4()[:-1]),
        ("19 bytes that say version 6", eth(b"\x60" + bytes(18), 0x0800)),
    ),
    *_drops("R-PARSE-14", "IP_VERSION", ("version 6", ip4(first=0x65)), ("version 0 and IHL 0", ip4(first=0))),
    *_drops("R-PARSE-15", "IP4_IHL", ("IHL 4", ip4(first=0x44)), ("IHL 0 and a bad checksum", ip4(first=0x40, csum=1))),
    *_drops("R-PARSE-16", "IP4_TRUNC", ("IHL 6 in 20 bytes", ip4(first=0x46)), ("IHL 15, one byte missing", ip4(options=bytes(40))[:-1])),
    *_drops(
        "R-PARSE-17",
        "IP4_CSUM",
        ("checksum 0", ip4(csum=0)),
        ("options count", ip4(options=RR)[:-1] + b"\1"),
        ("before the length", ip4(csum=1, total=19)),
    ),
    *_drops(
        "R-PARSE-18",
        "IP4_LENGTH",
        ("below 20", ip4(total=19)),
        ("0", ip4(total=0)),
        ("below the header with options", ip4(options=RR, total=27)),
        ("one above the frame", ip4(total=21)),
        ("the tags do not count", ip4(total=24, tags=tag(5))),
    ),
    *_passes("R-PARSE-18", ("padding is legal", ip4(padding=b"\xaa" * 26)), hits=True),
    *_passes("R-PARSE-18", ("header only", ip4()), ("to the frame's end", ip4(b"x"))),
    *_drops("R-PARSE-48", "L4_TRUNC", ("padding is not payload", ip4(SHORT_UDP, 17, padding=b"\xaa" * 26))),
    *_drops(
        "R-PARSE-19",
        "MARTIAN",
        *(
            (f"from {a}", ip4(src=a))
            for a in (
                "0.0.0.0",
                "0.255.255.255",
                "127.0.0.1",
                "127.255.255.255",
                "169.254.0.0",
                "169.254.255.255",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.0",
                "255.255.255.255",
            )
        ),
        *(
            (f"to {a}", ip4(dst=a))
            for a in (
                "0.0.0.0",
                "0.255.255.255",
                "127.0.0.0",
                "127.255.255.255",
                "169.254.0.0",
                "169.254.255.255",
                "240.0.0.0",
                "255.255.255.255",
            )
        ),
        ("from itself to itself", ip4(src="127.0.0.1", dst="127.0.0.1")),
    ),
    *_passes(
        "R-PARSE-19",
        *(
            (f"from {a}", ip4(src=a))
            for a in ("1.0.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "223.255.255.255", "192.168.0.1")
        ),
    ),
    *_drops("R-PARSE-20", "LAND", ("source is destination", ip4(src=DST4))),
    *_punts(
        "R-PARSE-21",
        "IP_MULTICAST",
        ("first", ip4(dst="224.0.0.0")),
        ("last", ip4(dst="239.255.255.255")),
        ("before the fragment checks", ip4(dst="224.0.0.5", flags=0x1FFF)),
    ),
    Case("R-PARSE-22", "MF alone is first", ip4(flags=0x2000), "drop(ACL_DENY)", deny(fragment=("first",))),
    Case("R-PARSE-22", "offset is later", ip4(flags=0x0002), "drop(ACL_DENY)", deny(fragment=("later",))),
    Case("R-PARSE-22", "offset and MF is later", ip4(flags=0x2002), "drop(ACL_DENY)", deny(fragment=("later",))),
    Case("R-PARSE-22", "DF and the reserved bit are no fragment", ip4(flags=0xC000), "drop(ACL_DENY)", deny(fragment=("none",))),
    *_drops(
        "R-PARSE-23",
        "FRAG_OVERFLOW",
        ("65536", ip4(bytes(8), flags=0x1FFF)),
        ("options are not payload", ip4(bytes(8), flags=0x1FFF, options=RR)),
    ),
    *_passes("R-PARSE-23", ("65535", ip4(bytes(7), flags=0x1FFF)), ("65535 with options", ip4(bytes(7), flags=0x1FFF, options=RR))),
    *_drops("R-PARSE-24", "TINY_FRAGMENT", ("TCP at offset 1", ip4(bytes(20), 6, flags=1))),
    *_passes("R-PARSE-24", ("TCP at offset 2", ip4(bytes(20), 6, flags=2)), ("UDP at offset 1", ip4(bytes(20), 17, flags=1))),
    *_passes("R-PARSE-25", ("record route", ip4(options=RR)), ("40 bytes of nonsense", ip4(options=b"\xff" * 40)), hits=True),
    *_passes(
        "R-PARSE-26",
        ("later fragment without ports", ip4(b"", 17, flags=2)),
        ("AH over IPv4 is not walked", ip4(b"\x11", 51)),
        ("unknown protocol", ip4(b"", 255)),
        hits=True,
    ),
]

HOP6 = ext(60, 0)
IPV6 = [
    *_drops(
        "R-PARSE-27",
        "IP6_TRUNC",
        ("no header", eth(b"", 0x86DD)),
        ("39 bytes", ip6()[:-1]),
        ("39 bytes of version 4", eth(b"\x45" + bytes(38), 0x86DD)),
    ),
    *_drops("R-PARSE-28", "IP_VERSION", ("version 4", ip6(version=4)), ("version 7 and too long", ip6(version=7, length=9))),
    *_drops(
        "R-PARSE-29",
        "IP6_LENGTH",
        ("one above the frame", ip6(length=1)),
        ("65535", ip6(length=65535)),
        ("before the addresses", ip6(src="::", length=1)),
    ),
    *_passes("R-PARSE-29", ("padding is legal", ip6(padding=bytes(6))), hits=True),
    *_drops("R-PARSE-48", "L4_TRUNC", ("payload length 0 is no jumbogram", ip6(udp(), 17, length=0))),
    *_drops(
        "R-PARSE-31",
        "MARTIAN",
        *((f"from {a}", ip6(src=a)) for a in ("::", "::1", "ff00::", "ff02::1", "ffff::")),
        *((f"to {a}", ip6(dst=a)) for a in ("::", "::1")),
    ),
    *_passes("R-PARSE-31", *((f"from {a}", ip6(src=a)) for a in ("::2", "feff::1", "::ffff:10.0.0.1", "fc00::1"))),
    *_drops("R-PARSE-32", "LAND", ("source is destination", ip6(src=DST6)), ("link-local to itself", ip6(src="fe80::1", dst="fe80::1"))),
    *_punts(
        "R-PARSE-33",
        "IP_MULTICAST",
        ("all nodes", ip6(dst="ff02::1")),
        ("ff00::", ip6(dst="ff00::")),
        ("from a link-local address", ip6(src="fe80::1", dst="ff02::1")),
    ),
    *_punts(
        "R-PARSE-34",
        "LINK_LOCAL",
        ("source", ip6(src="fe80::1")),
        ("destination", ip6(dst="fe80::1")),
        ("last of the /10", ip6(src="febf:ffff::1")),
    ),
    *_passes("R-PARSE-34", ("behind the /10", ip6(src="fec0::1")), ("before the /10", ip6(src="fe7f::1"))),
    *_passes("R-PARSE-35", ("all five", ip6(ext(60) + ext(43) + ext(44) + frag(51) + ah(17, 2) + udp(), 0)), hits=True),
    *_drops(
        "R-PARSE-36",
        "EXT_DEPTH",
        ("seventh header", ip6(ext(60) * 6 + ext(17) + udp(), 60)),
        ("a seventh that is not there", ip6(ext(60) * 6, 60)),
        ("a seventh out of order", ip6(ext(60) * 5 + ext(0), 60)),
    ),
    *_passes("R-PARSE-36", ("six", ip6(ext(60) * 5 + ext(17) + udp(), 60))),
    *_drops(
        "R-PARSE-37",
        "EXT_ORDER",
        ("hop-by-hop second", ip6(ext(0) + ext(59), 60)),
        ("hop-by-hop twice", ip6(ext(0) + ext(59), 0)),
        ("two fragment headers", ip6(frag(44) + frag(59), 44)),
        ("not there at all", ip6(ext(0), 60)),
    ),
    *_drops(
        "R-PARSE-38",
        "EXT_TRUNC",
        ("no payload", ip6(b"", 0)),
        ("7 bytes", ip6(ext(59)[:7], 60)),
        ("padding is not payload", ip6(b"", 43, padding=ext(59))),
        ("fragment of 7 bytes", ip6(frag(59)[:7], 44)),
        ("behind a first header", ip6(ext(60) + bytes(7), 60)),
    ),
    *_drops(
        "R-PARSE-39",
        "PARSE_DEPTH",
        ("third header begins behind the window", ip6(ext(60, 8) + ext(60, 0) + ext(59), 60)),
        ("begins within, ends behind", ip6(ext(51, 6) + ah(60, 1) + ext(59), 60)),
    ),
    *_passes(
        "R-PARSE-39", ("first 8 bytes end at 126", ip6(ext(60, 7) + ext(59, 3), 60)), ("the rest may be behind", ip6(ext(59, 100), 60))
    ),
    *_drops(
        "R-PARSE-40",
        "EXT_TRUNC",
        ("16 bytes in 8", ip6(ext(59, 1, 8), 60)),
        ("AH of 12 in 8", ip6(ah(59)[:8], 51)),
        ("AH of 16 in 12", ip6(ah(59, 2)[:12], 51)),
        ("2048 bytes in 64", ip6(ext(59, 255, 64), 43)),
        ("before the routing type", ip6(ext(59, 1, 8, b"\0\1"), 43)),
    ),
    *_passes(
        "R-PARSE-40",
        ("AH counts in 4-byte units", ip6(ah(17, 1) + udp(), 51)),
        ("AH of 8", ip6(ah(17, 0) + udp(), 51)),
        ("a fragment header's second byte is no length", ip6(b"\x3b\xff" + frag(59)[2:], 44)),
    ),
    *_drops(
        "R-PARSE-41",
        "EXT_ROUTING",
        ("type 0, one left", ip6(ext(59, 0, None, b"\0\1"), 43)),
        ("type 0, 255 left", ip6(ext(59, 2, None, b"\0\xff"), 43)),
    ),
    *_passes(
        "R-PARSE-41", ("type 0, none left", ip6(ext(59, 0, None, b"\0\0"), 43)), ("type 4, one left", ip6(ext(59, 0, None, b"\4\1"), 43))
    ),
    Case(
        "R-PARSE-42",
        "M is first",
        ip6(frag(17, more=True) + udp(), 44),
        "drop(ACL_DENY)",
        deny(fragment=("first",), proto=17, dport=(2000, 2000)),
    ),
    Case("R-PARSE-42", "offset is later", ip6(frag(17, 1), 44), "drop(ACL_DENY)", deny(fragment=("later",), proto=17)),
    Case(
        "R-PARSE-42", "neither is none", ip6(frag(17) + udp(), 44), "drop(ACL_DENY)", deny(fragment=("none",), proto=17, sport=(1000, 1000))
    ),
    Case(
        "R-PARSE-42",
        "later keeps the field, even an extension header's number",
        ip6(frag(60, 1), 44),
        "drop(ACL_DENY)",
        deny(fragment=("later",), proto=60),
    ),
    Case(
        "R-PARSE-42",
        "the reserved bits are no offset",
        ip6(frag(17)[:3] + b"\x06" + frag(17)[4:] + udp(), 44),
        "drop(ACL_DENY)",
        deny(fragment=("none",)),
    ),
    Case("R-PARSE-43", "59 with bytes behind it", ip6(bytes(3), 59), "drop(ACL_DENY)", deny(proto=59)),
    Case("R-PARSE-43", "ESP ends the chain", ip6(ext(50) + bytes(3), 60), "drop(ACL_DENY)", deny(proto=50)),
    Case("R-PARSE-43", "mobility is not walked", ip6(b"", 135), "drop(ACL_DENY)", deny(proto=135)),
]

DEEP = ext(60, 7)  # 64 bytes: the next header begins at byte 118
LAYER4 = [
    *_drops(
        "R-PARSE-30",
        "PARSE_DEPTH",
        ("UDP ends at byte 134", ip6(ext(51, 7) + ah(17, 0) + udp(), 60)),
        ("TCP ends at byte 138", ip6(ext(6, 7) + tcp(), 60)),
        ("ICMPv6 begins at byte 126", ip6(ext(58, 8) + bytes(8), 60)),
        ("far behind the window", ip6(ext(17, 30) + udp(), 60)),
        ("a window of bytes, not of payload", ip6(ext(6, 6) + tcp(), 60, tags=tag(1))),
    ),
    *_passes(
        "R-PARSE-30",
        ("UDP ends at byte 126", ip6(ext(17, 7) + udp(), 60)),
        ("UDP at byte 126, tagged twice", ip6(ext(17, 6) + udp(), 60, tags=tag(1) + tag(2))),
        ("no layer 4 to look at", ip6(ext(59, 30) + udp(), 60)),
        ("later fragment", ip6(ext(44, 6) + frag(17, 1), 60)),
    ),
    *_drops(
        "R-PARSE-44",
        "TCP_OFFSET",
        ("below 20", ip4(tcp(offset=4), 6)),
        ("0", ip6(tcp(offset=0), 6)),
        ("above the payload", ip4(tcp(offset=6), 6)),
        ("above the payload of a first fragment", ip4(tcp(offset=6), 6, flags=0x2000)),
        ("padding is not payload", ip4(tcp(offset=6), 6, padding=bytes(4))),
    ),
    *_passes(
        "R-PARSE-44",
        ("20", ip4(tcp(), 6)),
        ("60", ip6(tcp(bytes(40), offset=15), 6)),
        ("options behind the window", ip6(ext(6, 5) + tcp(bytes(40), offset=15), 60)),
        hits=True,
    ),
    *_drops(
        "R-PARSE-45",
        "UDP_LENGTH",
        ("7", ip4(udp(length=7), 17)),
        ("0", ip6(udp(length=0), 17)),
        ("one above the payload", ip4(udp(length=9), 17)),
        ("above the payload, atomic fragment", ip6(frag(17) + udp(length=9), 44)),
        ("7 in a first fragment", ip4(udp(length=7), 17, flags=0x2000)),
        ("before the checksum", ip6(udp(csum=0, length=9), 17)),
        ("padding is not payload", ip4(udp(length=9), 17, padding=bytes(1))),
    ),
    *_passes(
        "R-PARSE-45",
        ("below the payload", ip4(udp(bytes(9), length=8), 17)),
        ("above the payload of a first fragment", ip4(udp(length=999), 17, flags=0x2000)),
        hits=True,
    ),
    *_drops(
        "R-PARSE-46",
        "UDP6_CSUM",
        ("no checksum over IPv6", ip6(udp(csum=0), 17)),
        ("in a first fragment", ip6(frag(17, more=True) + udp(csum=0), 44)),
    ),
    *_passes("R-PARSE-46", ("no checksum over IPv4", ip4(udp(csum=0), 17)), hits=True),
    *_passes("R-PARSE-46", ("TCP is not asked", ip6(tcp()[:16] + bytes(4), 6))),
    *_passes("R-PARSE-47", ("SCTP", ip4(bytes(12), 132)), ("ICMP", ip4(bytes(8), 1)), ("ICMPv6", ip6(bytes(4), 58)), hits=True),
    *_passes("R-PARSE-47", ("ICMP over IPv6", ip6(b"", 1)), ("ICMPv6 over IPv4", ip4(b"", 58))),
    *_drops(
        "R-PARSE-48",
        "L4_TRUNC",
        ("19 bytes of TCP", ip4(tcp()[:19], 6)),
        ("7 bytes of UDP", ip6(SHORT_UDP, 17)),
        ("11 bytes of SCTP", ip4(bytes(11), 132)),
        ("7 bytes of ICMP", ip4(bytes(7), 1)),
        ("3 bytes of ICMPv6", ip6(bytes(3), 58)),
        ("no UDP at all", ip4(b"", 17)),
        ("first fragment", ip4(SHORT_UDP, 17, flags=0x2000)),
        ("truncated before too deep", ip6(ext(17, 8) + SHORT_UDP, 60)),
    ),
    Case("R-PARSE-49", "SCTP has ports", ip6(udp() + bytes(4), 132), "drop(ACL_DENY)", deny(sport=(1000, 1000))),
    Case(
        "R-PARSE-49",
        "TCP of a first fragment has flags",
        ip4(tcp(flags=0x12), 6, flags=0x2000),
        "drop(ACL_DENY)",
        deny(tcp_flags=TcpFlags(0x12, 0xFF)),
    ),
    Case("R-PARSE-49", "UDP has no flags", ip4(udp(bytes(20)), 17), OK, deny(tcp_flags=TcpFlags(0, 0xFF))),
    Case("R-PARSE-49", "a later fragment has no ports", ip4(udp(), 17, flags=2), OK, deny(sport=(0, 65535)), hits=False),
    Case("R-PARSE-49", "ICMP has no ports", ip4(udp(), 1), OK, deny(sport=(0, 65535)), hits=False),
    *_passes("R-PARSE-50", ("wrong UDP checksum", ip4(udp(csum=0x1234), 17)), ("wrong TCP checksum", ip6(tcp(), 6)), hits=True),
]

DNS4, WEB6 = ip4(udp(dport=53), 17), ip6(tcp(dport=80, flags=0x12), 6)
ACL = [
    Case("R-ACL-1", "the first match wins", DNS4, OK, acl(AclRule("permit", proto=17), AclRule("deny", proto=17))),
    Case(
        "R-ACL-1",
        "a rule that does not match is passed",
        DNS4,
        "drop(ACL_DENY)",
        acl(AclRule("permit", proto=6), AclRule("deny", proto=17)),
    ),
    Case("R-ACL-2", "a rule without conditions matches all", WEB6, "drop(ACL_DENY)", deny()),
    Case("R-ACL-2", "all conditions must hold", DNS4, OK, deny(proto=17, dport=(54, 54)), hits=False),
    Case("R-ACL-3", "source prefix", DNS4, "drop(ACL_DENY)", deny(src=f"{SRC4}/32")),
    Case("R-ACL-3", "destination prefix", WEB6, "drop(ACL_DENY)", deny(dst="2001:db8::/33")),
    Case("R-ACL-3", "one bit off", DNS4, OK, deny(src="192.0.2.0/32"), hits=False),
    Case("R-ACL-3", "::/0 does not match IPv4", DNS4, OK, deny(src="::/0"), hits=False),
    Case("R-ACL-3", "0.0.0.0/0 does not match IPv6", WEB6, OK, deny(dst="0.0.0.0/0"), hits=False),
    Case("R-ACL-3", "0.0.0.0/0 matches IPv4", DNS4, "drop(ACL_DENY)", deny(dst="0.0.0.0/0")),
    Case("R-ACL-3", "family alone", WEB6, "drop(ACL_DENY)", deny(family=6)),
    Case("R-ACL-3", "the other family", WEB6, OK, deny(family=4), hits=False),
    Case("R-ACL-4", "protocol behind extension headers", ip6(ext(6) + tcp(), 60), "drop(ACL_DENY)", deny(proto=6)),
    Case("R-ACL-4", "never an extension header's number", ip6(ext(6) + tcp(), 60), OK, deny(proto=60), hits=False),
    Case("R-ACL-4", "protocol 0", ip4(proto=0), "drop(ACL_DENY)", deny(proto=0)),
    Case("R-ACL-5", "lower end", DNS4, "drop(ACL_DENY)", deny(dport=(53, 99))),
    Case("R-ACL-5", "upper end", DNS4, "drop(ACL_DENY)", deny(dport=(0, 53))),
    Case("R-ACL-5", "above", DNS4, OK, deny(dport=(0, 52)), hits=False),
    Case("R-ACL-5", "below", DNS4, OK, deny(dport=(54, 65535)), hits=False),
    Case("R-ACL-5", "0 … 65535 needs ports", ip4(bytes(8), 1), OK, deny(sport=(0, 65535)), hits=False),
    Case("R-ACL-6", "VLAN", ip4(tags=tag(9, 0x88A8)), "drop(ACL_DENY)", deny(vlan=9)),
    Case("R-ACL-6", "0 is untagged", ip4(tags=tag(9)), OK, deny(vlan=0), hits=False),
    Case("R-ACL-7", "ingress port in the set", DNS4, "drop(ACL_DENY)", deny(ingress=(0, 3))),
    Case("R-ACL-7", "ingress port not in the set", DNS4, OK, deny(ingress=(1, 2, 3)), hits=False),
    Case("R-ACL-8", "class in the set", ip4(flags=0x2000), "drop(ACL_DENY)", deny(fragment=("first", "later"))),
    Case("R-ACL-8", "class not in the set", ip4(), OK, deny(fragment=("first", "later")), hits=False),
    Case("R-ACL-9", "SYN and ACK under their mask", WEB6, "drop(ACL_DENY)", deny(tcp_flags=TcpFlags(0x12, 0x12))),
    Case("R-ACL-9", "SYN without ACK", WEB6, OK, deny(tcp_flags=TcpFlags(0x02, 0x12)), hits=False),
    Case("R-ACL-9", "a mask of 0 states nothing", DNS4, "drop(ACL_DENY)", deny(tcp_flags=TcpFlags(0, 0)), hits=False),
    Case("R-ACL-10", "permit", DNS4, OK, acl(AclRule("permit"))),
    Case("R-ACL-10", "deny", DNS4, "drop(ACL_DENY)", deny()),
    Case("R-ACL-10", "punt", DNS4, "punt(ACL_PUNT)", acl(AclRule("punt"))),
    Case("R-ACL-11", "permit by default", DNS4, OK, acl()),
    Case("R-ACL-11", "deny by default", DNS4, "drop(ACL_DENY)", acl(acl_default="deny")),
    Case("R-ACL-11", "punt by default", DNS4, "punt(ACL_PUNT)", acl(AclRule("permit", proto=6), acl_default="punt")),
]

ROUTE = [
    Case("R-ROUTE-1", "the longest prefix", ip4(dst="10.2.0.1"), "forward(2)"),
    Case("R-ROUTE-1", "the covering prefix", ip6(dst="2001:db8:4::1"), OK),
    Case("R-ROUTE-2", "no IPv4 route", ip4(dst="11.0.0.1"), "drop(NO_ROUTE)"),
    Case("R-ROUTE-2", "no IPv6 route", ip6(dst="2001:db9::1"), "drop(NO_ROUTE)"),
    Case("R-ROUTE-2", "before the TTL", ip4(dst="11.0.0.1", ttl=0), "drop(NO_ROUTE)"),
    Case("R-ROUTE-3", "the router's own address", ip4(dst="10.3.0.1"), "punt(LOCAL)"),
    Case("R-ROUTE-3", "whatever the hop limit", ip6(dst="2001:db8:3::1", hops=0), "punt(LOCAL)"),
    *[Case("R-ROUTE-4", f"{ttl}", frame, "punt(TTL)") for ttl in (0, 1) for frame in (ip4(ttl=ttl), ip6(hops=ttl))],
    Case("R-ROUTE-4", "before the MTU", ip4(bytes(81), dst="10.2.0.1", ttl=1), "punt(TTL)"),
    Case("R-ROUTE-4", "2 is enough", ip4(ttl=2), OK, hits=False),
    Case("R-ROUTE-5", "101 bytes over 100", ip4(bytes(81), dst="10.2.0.1"), "punt(MTU)"),
    Case("R-ROUTE-5", "IPv6 counts its header", ip6(bytes(61), dst="2001:db8:2::1"), "punt(MTU)"),
    Case("R-ROUTE-5", "100 bytes over 100", ip4(bytes(80), dst="10.2.0.1"), "forward(2)", hits=False),
    Case("R-ROUTE-5", "padding does not count", ip6(bytes(60), dst="2001:db8:2::1", padding=bytes(50)), "forward(2)", hits=False),
    Case("R-ROUTE-6", "push on two tags", ip4(dst="10.4.0.1", tags=tag(1) + tag(2)), "drop(VLAN_FULL)"),
    Case("R-ROUTE-6", "push on one tag", ip4(dst="10.4.0.1", tags=tag(1)), "forward(3)", hits=False),
    Case("R-ROUTE-6", "swap on two tags", ip4(dst="10.5.0.1", tags=tag(1) + tag(2)), "forward(3)", hits=False),
    Case("R-ROUTE-7", "push on 9213 bytes, with padding", ip4(dst="10.4.0.1", padding=bytes(9213 - 34)), "drop(OVERSIZE)"),
    Case("R-ROUTE-7", "swap without a tag pushes", ip4(bytes(9213 - 34), dst="10.5.0.1"), "drop(OVERSIZE)"),
    Case("R-ROUTE-7", "push on 9212 bytes", ip4(dst="10.4.0.1", padding=bytes(9212 - 34)), "forward(3)", hits=False),
    *[
        Case(rule, "a forwarded packet", frame, OK)
        for rule in ("R-ROUTE-8", "R-ROUTE-9", "R-ROUTE-10", "R-ROUTE-13")
        for frame in (DNS4, WEB6)
    ],
    Case("R-ROUTE-11", "IPv4", DNS4, OK),
    Case("R-ROUTE-12", "IPv6", WEB6, OK),
]

MASKS = [
    Case("R-IF-5", "acl masked out", DNS4, OK, acl(AclRule("deny"), stages=("route",))),
    Case("R-IF-6", "route masked out", DNS4, "continue", acl(stages=("acl",))),
    Case("R-IF-6", "parse alone", WEB6, "continue", acl(AclRule("deny"), stages=())),
]

CASES = LAYER2 + IPV4 + IPV6 + LAYER4 + ACL + ROUTE + MASKS
FRAMES = [case.frame for case in CASES]
