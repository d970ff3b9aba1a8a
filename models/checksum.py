"""The Internet checksum (RFC 1071) and its incremental update (RFC 1624)."""

from __future__ import annotations


def ones_complement_sum(data: bytes) -> int:
    """The one's complement sum of 16-bit words, 0 … 0xFFFF. An odd last byte counts as its word's high byte.

    End-around carry is arithmetic modulo 0xFFFF, and 0x10000 is 1 there: the whole number has the same remainder as
    the sum of its words. Only the sum of zeros is 0; every other multiple of 0xFFFF is 0xFFFF.
    """
    number = int.from_bytes(data, "big") << (8 if len(data) % 2 else 0)
    return number % 0xFFFF or (0xFFFF if number else 0)


def checksum(data: bytes) -> int:
    """The checksum to store for `data`, whose checksum field holds 0."""
    return ~ones_complement_sum(data) & 0xFFFF


def updated(old_checksum: int, old_word: int, new_word: int) -> int:
    """HC' = ~(~HC + ~m + m') (RFC 1624 eq. 3), the checksum after one 16-bit word has changed."""
    total = (~old_checksum & 0xFFFF) + (~old_word & 0xFFFF) + new_word
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
