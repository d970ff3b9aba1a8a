"""The corners, by name: each takes a well-formed frame and bends one thing. NONE comes first so that shrinking ends there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from triplane.spec.gen.constants import FRAME_MAX
from triplane.tb.frames import Frame, extension, ident_for_checksum, with_checksum
from triplane.tb.strategies import pools

Build = Callable[[Frame, int], bytes]
"""A frame and a small number (0 … 15) that picks a variant → bytes."""

DF, MF = 0x4000, 0x2000


def _of(values: tuple[object, ...], field: str) -> Build:
    return lambda frame, n: replace(frame, **{field: values[n % len(values)]}).build()  # type: ignore[arg-type]


def _checksum(frame: Frame, n: int) -> bytes:
    """Row 1: the ID that makes the header checksum land where folding goes wrong."""
    if frame.is_ipv6:
        return frame.build()
    wanted = (0xFEFF, 0x0000, 0xFFFF, 0x0100, 0xFF00, 0x00FF)[n % 6]
    built = frame.build()
    if wanted == 0xFFFF:  # negative zero: valid, never computed, only stored
        zero = replace(frame, ident=ident_for_checksum(built, frame.l3, 0)).build()
        return zero[: frame.l3 + 10] + b"\xff\xff" + zero[frame.l3 + 12 :]
    return replace(frame, ident=ident_for_checksum(built, frame.l3, wanted)).build()


def _ttl(frame: Frame, n: int) -> bytes:
    return replace(frame, ttl=(1, 0, 2, 255)[n % 4]).build()


def _ipv4_header(change: Callable[[bytearray, int], None], fix: bool = True) -> Build:
    """Change the IPv4 header in place; `fix` puts the right checksum back so that the next check is reached."""
    def build(frame: Frame, n: int) -> bytes:
        built = bytearray(frame.build())
        if frame.is_ipv6:
            return bytes(built)
        change(built, frame.l3)
        size = 20 + len(frame.options)
        if fix:
            built[frame.l3 : frame.l3 + size] = with_checksum(bytes(built[frame.l3 : frame.l3 + size]))
        return bytes(built)

    return build


def _put(offset: int, value: int) -> Callable[[bytearray, int], None]:
    def change(built: bytearray, l3: int) -> None:
        built[l3 + offset] = value

    return change


def _version(frame: Frame, n: int) -> bytes:
    built = bytearray(frame.build())
    built[frame.l3] = built[frame.l3] & 0xF | (0, 5, 15, 6 if not frame.is_ipv6 else 4)[n % 4] << 4
    return bytes(built)


def _ihl(frame: Frame, n: int) -> bytes:
    built = bytearray(frame.build())
    if not frame.is_ipv6:
        built[frame.l3] = 0x40 | n % 16
    return bytes(built)


def _ip_length(frame: Frame, n: int) -> bytes:
    """Row 5: at and around the header's length and the frame's end."""
    built = bytearray(frame.build())
    room = len(built) - frame.l3
    offset, base = (4, 40) if frame.is_ipv6 else (2, 0)
    low = 40 if frame.is_ipv6 else 20 + len(frame.options)
    value = (room + 1, room, room - 1, low, low - 1, low + 1, room + 14, 0xFFFF, base)[n % 9] - base
    built[frame.l3 + offset : frame.l3 + offset + 2] = (max(0, value) & 0xFFFF).to_bytes(2, "big")
    if not frame.is_ipv6:
        size = 20 + len(frame.options)
        built[frame.l3 : frame.l3 + size] = with_checksum(bytes(built[frame.l3 : frame.l3 + size]))
    return bytes(built)


def _cut(frame: Frame, n: int) -> bytes:
    """Frames that end in the middle of something."""
    built = frame.build()
    return built[: max(1, (frame.l3 + 19, frame.l3 + 39, frame.l3 + 20, frame.l3 + 40, 14, 13, 1, 16, 17, 18, 21, 12, frame.l3 + 27, frame.l3 + 1, frame.l3, 22)[n % 16])]


def _fragment(frame: Frame, n: int) -> bytes:
    """Row 7, and RFC 1858's tiny fragments."""
    if frame.is_ipv6:
        word = (1, 8, 9, 0, 6, 0xFFF8)[n % 6]
        return replace(frame, extensions=((44, bytes((0, 0)) + word.to_bytes(2, "big") + b"\0\0\0\1"),)).build()
    return replace(frame, flags=(MF, 2, MF | 2, DF, 0x8000, 1, MF | 1, 0x1FFF, DF | MF, 0x1FE0)[n % 10]).build()


def _martian(frame: Frame, n: int) -> bytes:
    bad = pools.MARTIANS6 if frame.is_ipv6 else pools.MARTIANS4
    near = pools.NEARLY_MARTIANS6 if frame.is_ipv6 else pools.NEARLY_MARTIANS4
    every = (*bad, *near)
    return replace(frame, **{("src", "dst")[n % 2]: every[n // 2 % len(every)]}).build()


def _source_multicast(frame: Frame, n: int) -> bytes:
    group = bytes((0xFF, 2)) + bytes(13) + b"\1" if frame.is_ipv6 else bytes((224 + n, 0, 0, 1))
    return replace(frame, src=group).build()



def _special_destination(frame: Frame, n: int) -> bytes:
    """LAND, multicast, link-local."""
    if n % 3 == 0:
        return replace(frame, dst=frame.src).build()
    if n % 3 == 1:
        return replace(frame, dst=bytes((0xFF, 2)) + bytes(13) + b"\1" if frame.is_ipv6 else bytes((224 + n, 0, 0, 1))).build()
    link_local = pools.LINK_LOCAL6[n // 3 % 2]
    return replace(frame, **{("src", "dst")[n // 6 % 2]: link_local}).build() if frame.is_ipv6 else frame.build()


def _macs(frame: Frame, n: int) -> bytes:
    if n % 4 == 0:
        return replace(frame, dst_mac=frame.dst_mac[:5] + bytes((frame.dst_mac[5] ^ 0x10,))).build()
    if n % 4 == 1:
        return replace(frame, dst_mac=b"\xff" * 6).build()
    if n % 4 == 2:
        return replace(frame, dst_mac=bytes.fromhex("01005e000001")).build()
    return replace(frame, src_mac=b"\x03" + frame.src_mac[1:]).build()


def _tags(frame: Frame, n: int) -> bytes:
    """Row 12: priority tags, QinQ, a third tag, reserved VIDs."""
    variants = (((0x8100, 0x6000),), ((0x88A8, 100), (0x8100, 200)), ((0x8100, 1), (0x88A8, 2)), ((0x8100, 0), (0x8100, 100)),
                ((0x8100, 1), (0x8100, 2), (0x8100, 3)), ((0x8100, 0xFFF),), ((0x8100, 7), (0x8100, 0xFFF)), ((0x88A8, 0xF064),),
                ((0x9100, 5),), ((0x8100, 0x1001), (0x88A8, 0x3002)))
    return replace(frame, tags=variants[n % len(variants)]).build()


def _ethertype(frame: Frame, n: int) -> bytes:
    built = bytearray(frame.build())
    built[frame.l3 - 2 : frame.l3] = (0x0806, 0x88CC, 0x0026, 0x86DD, 0x0800, 0x8847)[n % 6].to_bytes(2, "big")
    return bytes(built)


def _extensions(frame: Frame, n: int) -> bytes:
    """Row 8: order, length units, limits of the chain and of the window."""
    if not frame.is_ipv6:
        return replace(frame, options=b"\x01" * (4, 8, 40, 36)[n % 4]).build()
    dst, hbh, ah, routing, fragment = extension(60), extension(0), extension(51, 1), extension(43), extension(44)
    chains: tuple[tuple[tuple[int, bytes], ...], ...] = (
        ((0, hbh),), ((60, dst), (0, hbh)), ((51, ah),), ((51, extension(51, 4)), (60, dst)), ((60, dst),) * 6, ((60, dst),) * 7,
        ((0, hbh), (60, dst), (43, routing), (44, fragment), (51, ah)), ((43, bytes((0, 0, 0, 1)) + bytes(4)),), ((43, bytes(8)),),
        ((44, fragment), (44, fragment)), ((60, extension(60, 6)),), ((60, extension(60, 7)),), ((60, extension(60, 5)),), ((60, extension(60, 8)),),
        ((60, bytes((0, 40)) + bytes(6)),), ((0, hbh), (0, hbh)))
    return replace(frame, extensions=chains[n % len(chains)]).build()


def _no_next_header(frame: Frame, n: int) -> bytes:
    length = frame.l3 + 40 if n % 2 else frame.length
    return replace(frame, proto=59, length=length).build()


def _layer4(frame: Frame, n: int) -> bytes:
    """Rows 6 and 9, and layer 4 headers that lie about themselves."""
    built = bytearray(frame.build())
    at = len(frame.build()) - len(frame._layer4(bytes(max(0, _payload(frame))))) - frame.padding
    if frame.proto == 17 and at + 8 <= len(built):
        payload = len(built) - frame.padding - at
        length = (payload, payload + 1, 7, 8, 0, payload, payload - 1, 0xFFFF)[n % 8]
        built[at + 4 : at + 6] = max(0, length).to_bytes(2, "big")
        if n % 8 in (0, 5):
            built[at + 6 : at + 8] = b"\0\0"
    elif frame.proto == 6 and at + 20 <= len(built):
        built[at + 12] = (0x40, 0x50, 0x60, 0xF0)[n % 4]
    return bytes(built)


def _payload(frame: Frame) -> int:
    from triplane.tb.frames import LAYER4_BYTES

    header = frame.l3 + (40 + sum(len(e) for _, e in frame.extensions) if frame.is_ipv6 else 20 + len(frame.options))
    return frame.length - header - LAYER4_BYTES.get(frame.proto, 0)


def _short_layer4(frame: Frame, n: int) -> bytes:
    """An IP packet that ends inside its layer 4 header, with or without padding behind it."""
    built = bytearray(frame.build())
    body = len(frame._layer4(b""))
    keep = n % (body + 1) if body else 0
    size = (40 + sum(len(e) for _, e in frame.extensions) if frame.is_ipv6 else 20 + len(frame.options)) + keep
    value = size - 40 if frame.is_ipv6 else size
    offset = 4 if frame.is_ipv6 else 2
    built[frame.l3 + offset : frame.l3 + offset + 2] = value.to_bytes(2, "big")
    if not frame.is_ipv6:
        header = 20 + len(frame.options)
        built[frame.l3 : frame.l3 + header] = with_checksum(bytes(built[frame.l3 : frame.l3 + header]))
    return bytes(built) if n & 1 else bytes(built[: frame.l3 + size])


def _big(frame: Frame, n: int) -> bytes:
    """Around the longest legal frame."""
    length = FRAME_MAX + (0, 1, -1, -4, -3, 64, 4)[n % 7]
    return replace(frame, length=length, padding=0).build()


def _padded(frame: Frame, n: int) -> bytes:
    return replace(frame, padding=n + 1).build()


MUTATIONS: dict[str, Build] = {
    "none": lambda frame, _: frame.build(),
    "checksum": _checksum,
    "ttl": _ttl,
    "padded": _padded,
    "fragment": _fragment,
    "extensions": _extensions,
    "tags": _tags,
    "layer4": _layer4,
    "short_layer4": _short_layer4,
    "no_next_header": _no_next_header,
    "ip_length": _ip_length,
    "version": _version,
    "ihl": _ihl,
    "bad_checksum": _ipv4_header(_put(10, 0x5A), fix=False),
    "martian": _martian,
    "source_multicast": _source_multicast,
    "special_destination": _special_destination,
    "macs": _macs,
    "ethertype": _ethertype,
    "cut": _cut,
    "big": _big,
    "dscp": _of((0x2E << 2, 3, 0xFF), "tos"),
}
