"""A scenario: tables, a stream of packets and table changes, and bus timing. One JSON form; captures become scenarios too."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from triplane.models.packet import Packet
from triplane.models.tables import Tables, TablesError, check_tables, parse_tables
from triplane.spec.gen.constants import PORTS
from triplane.tb.timing import Timing

PACKET_MAX = 16383
"""Bytes that a packet of a scenario may have: longer than any legal frame, so that OVERSIZE can be tested."""

EXAMPLE_TABLES = Path(__file__).resolve().parent.parent / "tests" / "data" / "gateway.json"
"""Tables for captures when none are given."""


class ScenarioError(ValueError):
    """A scenario, tables file or capture that cannot be used; one line with file and field."""


class Scenario(msgspec.Struct, frozen=True, dict=True):
    """What every plane plays."""

    tables: Tables
    items: tuple[Packet | Tables, ...]
    """Packets, and whole new tables that take effect between the packets around them (R-TBL-4)."""
    timing: Timing = Timing()

    @cached_property
    def packets(self) -> tuple[Packet, ...]:
        """The packets alone, in order."""
        return tuple(item for item in self.items if isinstance(item, Packet))

    def as_json(self) -> dict[str, Any]:
        """The JSON form as plain data; `parse_scenario` gives the same scenario back."""
        items = [{"tables": msgspec.to_builtins(item)} if isinstance(item, Tables) else
                 {"packet": item.data.hex(), "port": item.port, "timestamp_ns": item.timestamp_ns} for item in self.items]
        return {"tables": msgspec.to_builtins(self.tables), "items": items, "timing": msgspec.to_builtins(self.timing)}


class _Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    packet: str | None = None
    port: int = 0
    timestamp_ns: int = 0
    tables: Tables | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tables: Tables
    items: tuple[_Item, ...]
    timing: Timing = Timing()


def parse_scenario(text: bytes) -> Scenario:
    """Decode and check the JSON form. Raises ScenarioError that names the field."""
    try:
        file = msgspec.json.decode(text, type=_File)
        check_tables(file.tables)
    except (msgspec.DecodeError, TablesError) as error:
        raise ScenarioError(str(error)) from None
    items = tuple(_item(f"items[{i}]", item) for i, item in enumerate(file.items))
    return Scenario(file.tables, items, file.timing)


def _item(path: str, item: _Item) -> Packet | Tables:
    if (item.packet is None) == (item.tables is None):
        raise ScenarioError(f"{path}: needs either packet or tables")
    if item.tables is not None:
        try:
            check_tables(item.tables)
        except TablesError as error:
            raise ScenarioError(f"{path}.tables.{error}") from None
        return item.tables
    try:
        data = bytes.fromhex(item.packet or "")
    except ValueError:
        raise ScenarioError(f"{path}.packet: is not hexadecimal") from None
    if not 1 <= len(data) <= PACKET_MAX:
        raise ScenarioError(f"{path}.packet: {len(data)} bytes are not in 1 … {PACKET_MAX}")
    if not 0 <= item.port < PORTS:
        raise ScenarioError(f"{path}.port: {item.port} is not in 0 … {PORTS - 1}")
    if not 0 <= item.timestamp_ns < 1 << 64:
        raise ScenarioError(f"{path}.timestamp_ns: {item.timestamp_ns} is not in 0 … 2^64-1")
    return Packet(data, item.port, item.timestamp_ns)


def save_scenario(scenario: Scenario, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(scenario.as_json()), indent=1) + b"\n")


def open_tables(path: Path) -> Tables:
    """Read a tables file. Raises ScenarioError with file and field."""
    try:
        return parse_tables(path.read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    except TablesError as error:
        raise ScenarioError(f"{path}: {error}") from None


def open_scenario(path: Path, tables: Path | None = None) -> Scenario:
    """Read a scenario (JSON) or a capture (pcap, pcapng; with tables). Raises ScenarioError with file and field."""
    from triplane.tb.capture import capture_magic, read_capture

    try:
        if not path.exists():
            raise ScenarioError("no such file")
        if capture_magic(path):
            return Scenario(open_tables(tables or EXAMPLE_TABLES), read_capture(path))
        return parse_scenario(path.read_bytes())
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    except ScenarioError as error:
        text = str(error)
        raise ScenarioError(text if text.startswith(f"{tables or EXAMPLE_TABLES}: ") else f"{path}: {text}") from None
