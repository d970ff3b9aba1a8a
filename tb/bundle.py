"""A bundle: a failure that a person can read and a machine can replay."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path

import msgspec

from triplane.models.packet import Packet
from triplane.tb.difference import explain
from triplane.tb.explore import Finding
from triplane.tb.job import Job
from triplane.tb.scenario import save_scenario
from triplane.tb.scoreboard import Judged


def replay_command(folder: Path, job: Job) -> str:
    """The one line that shows the failure again."""
    words = ["triplane", "replay", str(folder)]
    for plane, fault in job.faults.items():
        words += ["--inject", f"{plane}:{fault}"]
    return shlex.join(words)


def write_bundle(job: Job, finding: Finding, delivered: Mapping[str, Judged]) -> Path:
    """Write scenario.json, difference.txt, mismatches.json, replay.sh and a pcapng per plane. Returns the folder."""
    key = hashlib.sha256(msgspec.json.encode(finding.scenario.as_json())).hexdigest()[:10]
    folder = Path(job.bundles, f"{job.test}-{job.seed}-{key}")
    folder.mkdir(parents=True, exist_ok=True)
    save_scenario(finding.scenario, folder / "scenario.json")
    (folder / "difference.txt").write_text("\n\n".join(explain(m) for m in finding.mismatches) + "\n")
    (folder / "mismatches.json").write_bytes(msgspec.json.format(msgspec.json.encode([
        {"plane": m.plane, "field": m.field, "rule": m.rule, "index": m.index, "expected": m.expected,
         "actual": m.actual, "rules": m.rules, "agreeing": m.agreeing} for m in finding.mismatches])))
    command = replay_command(folder, job)
    script = folder / "replay.sh"
    script.write_text(f"#!/bin/sh\nexec {command} \"$@\"\n")
    script.chmod(0o755)
    write_pcapng(folder / "input.pcapng", finding.scenario.packets)
    for name, judged in delivered.items():
        packets = finding.scenario.packets
        came_out = [Packet(o.data, p.port, p.timestamp_ns) for o, p in zip(judged.outcomes, packets, strict=False)]
        write_pcapng(folder / f"{name}.pcapng", came_out, [o.label for o in judged.outcomes])
    return folder


def write_pcapng(path: Path, packets: list[Packet] | tuple[Packet, ...], comments: list[str] | None = None) -> None:
    """Write frames with their nanosecond timestamps; the comment says what became of each."""
    from scapy.layers.l2 import Ether
    from scapy.utils import PcapNgWriter

    writer = PcapNgWriter(str(path))
    try:
        for i, packet in enumerate(packets):
            frame = Ether(packet.data) if len(packet.data) >= 14 else Ether(packet.data.ljust(14, b"\0"))
            frame.time = packet.timestamp_ns / 1e9
            frame.comment = f"port {packet.port}" + (f", {comments[i]}" if comments else "")
            writer.write(frame)
    finally:
        writer.close()
