"""The Internet checksum (RFC 1071) and its incremental update (RFC 1624)."""

from __future__ import annotations


def ones_complement_sum(data: bytes) -> int:
    """The one's complement sum of 16-bit words, 0 … 0xFFFF. An odd last byte counts as its word's high byte."""
    if len(data) % 2:
        data += b"\0"
    total = sum(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data: bytes) -> int:
    """The checksum to store for `data`, whose checksum field holds 0."""
    return ~ones_complement_sum(data) & 0xFFFF


def updated(old_checksum: int, old_word: int, new_word: int) -> int:
    """HC' = ~(~HC + ~m + m') (RFC 1624 eq. 3), the checksum after one 16-bit word has changed."""
    total = (~old_checksum & 0xFFFF) + (~old_word & 0xFFFF) + new_word
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
