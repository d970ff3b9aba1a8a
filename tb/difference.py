"""Shows two frames side by side, dissected by scapy: what a person reads after a mismatch."""

from __future__ import annotations

from typing import Any

from triplane.tb.scoreboard import Mismatch


def dissect(data: bytes) -> list[tuple[str, str]]:
    """(field, value) pairs of a frame such as ("IP.ttl", "63"), in wire order; what scapy cannot read is raw bytes."""
    from scapy.layers.l2 import Ether

    try:
        packet: Any = Ether(data)
    except Exception:  # scapy raises whatever a malformed frame makes it stumble on; the bytes still have to be shown
        return [("bytes", data.hex())]
    fields: list[tuple[str, str]] = []
    layer, depth = packet, 0
    while layer is not None and layer.name != "NoPayload":
        for field in layer.fields_desc:
            if field.name in layer.fields:
                fields.append((f"{depth}.{layer.name}.{field.name}", field.i2repr(layer, layer.fields[field.name])))
        layer, depth = layer.payload, depth + 1
    return fields


def side_by_side(expected: bytes, actual: bytes) -> list[str]:
    """Lines `field | expected | actual` for the fields that differ, then the first differing byte."""
    left, right = dict(dissect(expected)), dict(dissect(actual))
    lines = [f"  {name:<36} expected {left.get(name, '—')}   got {right.get(name, '—')}"
             for name in [*left, *(n for n in right if n not in left)] if left.get(name) != right.get(name)]
    if len(expected) != len(actual):
        lines.append(f"  {'length':<36} expected {len(expected)}   got {len(actual)}")
    first = next((i for i, (a, b) in enumerate(zip(expected, actual, strict=False)) if a != b), None)
    if first is not None:
        start = max(0, first - first % 16)
        lines.append(f"  first differing byte {first:#06x}")
        lines.append(f"    expected {start:#06x}: {expected[start:start + 16].hex(' ')}")
        lines.append(f"    got      {start:#06x}: {actual[start:start + 16].hex(' ')}")
    return lines


def explain(mismatch: Mismatch) -> str:
    """The whole story of one mismatch, most important line first."""
    lines = [mismatch.headline()]
    if mismatch.packet is not None:
        packet = mismatch.packet
        lines.append(f"  packet in: port {packet.port}, time {packet.timestamp_ns} ns, {len(packet.data)} bytes")
        lines.append(f"    {packet.data[:96].hex()}{'…' if len(packet.data) > 96 else ''}")
    if mismatch.rules:
        lines.append(f"  rules that the model applied: {', '.join(mismatch.rules)}")
    want, have = mismatch.expected_outcome, mismatch.actual_outcome
    if want is not None and have is not None:
        lines.append(f"  model: {want.label}   {mismatch.plane}: {have.label}")
        if want.data != have.data:
            lines += side_by_side(want.data, have.data)
    return "\n".join(lines)

