"""One's complement arithmetic against published vectors and against plain recomputation."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from triplane.models.checksum import checksum, ones_complement_sum, updated

from .frames import folded_sum


def test_the_sum_of_rfc_1071_section_3_is_ddf2() -> None:
    assert ones_complement_sum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2


def test_an_odd_byte_is_the_high_byte_of_its_word() -> None:
    assert ones_complement_sum(b"\x12\x34\x56") == 0x1234 + 0x5600


def test_zeros_sum_to_zero_and_nothing_else_does() -> None:
    assert ones_complement_sum(b"") == ones_complement_sum(bytes(20)) == 0
    assert ones_complement_sum(b"\xff\xff") == ones_complement_sum(b"\xff\xfe\x00\x01") == 0xFFFF


@given(st.binary(max_size=120).map(lambda data: data[: len(data) // 2 * 2]))
def test_the_sum_is_the_folded_sum_of_the_words(data: bytes) -> None:
    assert ones_complement_sum(data) == folded_sum(data)


def test_a_known_ipv4_header_has_checksum_b861() -> None:
    header = bytes.fromhex("450000730000400040110000c0a80001c0a800c7")
    assert checksum(header) == 0xB861
    assert ones_complement_sum(header[:10] + b"\xb8\x61" + header[12:]) == 0xFFFF


def test_the_update_of_rfc_1624_section_4_gives_zero() -> None:
    assert updated(0xDD2F, 0x5555, 0x3285) == 0x0000


@pytest.mark.parametrize("proto", [0, 6, 17, 0xFF])
def test_fefe_and_feff_and_ffff_leave_as_a_full_recompute_says(proto: int) -> None:
    assert updated(0xFEFE, 0x4000 | proto, 0x3F00 | proto) == 0xFFFE
    assert updated(0xFEFF, 0x4000 | proto, 0x3F00 | proto) == 0x0000
    assert updated(0xFFFF, 0x4000 | proto, 0x3F00 | proto) == updated(0x0000, 0x4000 | proto, 0x3F00 | proto) == 0x0100


@pytest.mark.parametrize("ttl", [2, 3, 64, 127, 128, 129, 254, 255])
def test_the_ttl_update_equals_a_full_recompute_for_every_checksum(ttl: int) -> None:
    """The ID field takes every value, so the checksum of the header does too."""
    old_word, new_word = ttl << 8 | 6, (ttl - 1) << 8 | 6
    header = struct.pack(">BBHHHHH4s4s", 0x45, 0, 40, 0, 0x4000, old_word, 0, b"\xc0\0\2\1", b"\x0a\1\0\1")
    decremented = header[:8] + struct.pack(">H", new_word) + header[10:]
    rest, new_rest = folded_sum(header), folded_sum(decremented)
    seen = set()
    for ident in range(0x10000):
        old, new = _complement(rest + ident), _complement(new_rest + ident)
        seen.add(old)
        if updated(old, old_word, new_word) != new:
            pytest.fail(f"ID {ident:#06x}: {old:#06x} became {updated(old, old_word, new_word):#06x}, a recompute says {new:#06x}")
    assert seen == set(range(0xFFFF))  # a computed checksum is never 0xFFFF: the header holds more than zeros


def test_no_update_of_a_ttl_word_ever_gives_ffff() -> None:
    assert all(updated(old, 0x0100 | 17, 17) != 0xFFFF for old in range(0x10000))


def _complement(total: int) -> int:
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
