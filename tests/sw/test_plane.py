"""The direct feed: one record per packet, bounded waits, atomic updates, nothing left behind."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from triplane.models.outcome import Outcome
from triplane.models.packet import Packet
from triplane.models.tables import AclRule, NextHop, Tables
from triplane.spec.gen.constants import ACL_NONE, NEXT_HOP_NONE, NO_PORT, Counter, Reason, Stage, Verdict
from triplane.sw.plane import PAGE, REQUEST_AT, DpdkPlane
from triplane.sw.process import RUN, sweep
from triplane.tb.plane import PlaneError

from .frames import HOPS, PORTS, TABLES, frame, ip4, ip6, udp


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def await_death(pid: int, seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_alive(pid)


def test_a_forwarded_frame_has_its_new_headers_and_nothing_else_changed(plane: DpdkPlane) -> None:
    """The expected frame is built from the contract, not taken from the forwarder."""
    outcome = plane.process([Packet(frame(ip4(udp(), 17, ttl=64)) + b"padding")])[0]
    new = bytes.fromhex("02bb00000002 020000000003 0800") + ip4(udp(), 17, ttl=63) + b"padding"
    assert outcome == Outcome(Verdict.FORWARD, Reason.NONE, 2, new, 0xFFFE, 1)


def test_a_dropped_frame_comes_back_as_it_went_in(plane: DpdkPlane) -> None:
    data = frame(ip4(src="127.0.0.1"))
    assert plane.process([Packet(data, 0, 2**64 - 1)]) == [Outcome(Verdict.DROP, Reason.MARTIAN, NO_PORT, data, ACL_NONE, NEXT_HOP_NONE)]


@pytest.mark.parametrize("length", [0, 1, 13, 14, 15, 127, 128, 129, 9216, 9217, 9600, 20000, 65535])
def test_any_length_comes_back_whole(plane: DpdkPlane, length: int) -> None:
    data = bytes(i * 7 & 0xFF for i in range(length))
    outcome = plane.process([Packet(data, 3)])[0]
    assert outcome.data == data
    assert (outcome.reason == Reason.OVERSIZE) == (length > 9216)
    assert (outcome.reason == Reason.RUNT) == (length < 14)


def test_no_packets_give_no_outcomes(plane: DpdkPlane) -> None:
    assert plane.process([]) == []


def test_more_packets_than_a_batch_holds_come_back_in_order(plane: DpdkPlane) -> None:
    packets = [Packet(frame(ip4(struct.pack(">I", i))), 0, i) for i in range(20000)]
    outcomes = plane.process(packets)
    assert [outcome.data[-4:] for outcome in outcomes] == [packet.data[-4:] for packet in packets]
    assert plane.counters()[Counter.TX_PORT, 2][0] == len(packets)


def test_frames_over_many_segments_have_the_same_outcomes(plane: DpdkPlane) -> None:
    packets = [Packet(frame(packet, *tags)) for packet in (ip4(udp(), 17), ip6(udp(), 17), ip4(bytes(3000)), ip4(src="10.1.1.1"))
               for tags in ((), ((0x88A8, 0xE00A), (0x8100, 7)))]
    expected = plane.process(packets)
    for segment in (1, 13, 40):
        with DpdkPlane(segment=segment) as chained:
            chained.load(TABLES)
            assert chained.process(packets) == expected


def test_the_stage_mask_can_be_set_at_run_time(plane: DpdkPlane) -> None:
    plane.load(Tables(ports=PORTS, next_hops=HOPS, routes=TABLES.routes, acl=(AclRule("deny"),)))
    packet = Packet(frame(ip4()))
    assert plane.process([packet])[0].reason == Reason.ACL_DENY
    plane.set_stages(1 << Stage.ROUTE)
    assert plane.process([packet])[0].egress == 2
    plane.set_stages(0)
    assert plane.process([packet])[0] == Outcome(Verdict.CONTINUE, Reason.NONE, NO_PORT, packet.data)


def test_an_update_takes_effect_between_two_packets(plane: DpdkPlane) -> None:
    """Steps: one thread streams, another swaps two tables that differ in MACs, tag and port (R-TBL-4).
    Verify: each packet saw one of the two as a whole, both were seen, none was lost."""
    versions = [Tables(ports=PORTS, routes=TABLES.routes, next_hops=tuple(
        NextHop(port=n, src_mac=f"02:00:00:00:00:0{n}", dst_mac=f"02:00:00:00:01:0{n}", vlan_op="push", vid=n) for _ in HOPS)) for n in (1, 2)]
    packets = [Packet(frame(ip4(struct.pack(">I", i)))) for i in range(8000)]
    whole = set()
    for tables in versions:
        plane.load(tables)
        whole.add((plane.process(packets[:1])[0].egress, plane.process(packets[:1])[0].data[:16]))
    stop = threading.Event()

    def swap() -> None:
        turn = 0
        while not stop.is_set():
            plane.update(versions[turn % 2])
            turn += 1

    thread = threading.Thread(target=swap)
    thread.start()
    seen: set[tuple[int, bytes]] = set()
    changed_inside = 0
    try:
        for _ in range(40):
            outcomes = plane.process(packets)
            kinds = [(outcome.egress, outcome.data[:16]) for outcome in outcomes]
            changed_inside += len(set(kinds)) > 1
            seen |= set(kinds)
            assert [outcome.data[-4:] for outcome in outcomes] == [packet.data[-4:] for packet in packets]
    finally:
        stop.set()
        thread.join()
    assert seen == whole
    assert changed_inside > 0


def test_a_killed_forwarder_is_reported_with_its_log() -> None:
    with DpdkPlane() as plane:
        os.kill(plane.pid, signal.SIGKILL)
        with pytest.raises(PlaneError, match=r"(?s)dpdk: the forwarder died \(SIGKILL\).*log ends with:.*running, 0 ports"):
            plane.process([Packet(frame(ip4()))])


def test_a_killed_forwarder_is_reported_by_the_control_socket() -> None:
    with DpdkPlane() as plane:
        os.kill(plane.pid, signal.SIGKILL)
        with pytest.raises(PlaneError, match=r"died \(SIGKILL\) during /triplane/load"):
            plane.load(TABLES)


def test_a_hanging_forwarder_is_reported_within_the_time() -> None:
    with DpdkPlane(batch_s=0.3) as plane:
        pid = plane.pid
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(PlaneError, match="did not answer within 0.3 s during a batch of 1 packets"):
            plane.process([Packet(frame(ip4()))])
        os.kill(pid, signal.SIGCONT)
    assert not is_alive(pid)


@pytest.mark.parametrize(("offset", "value"), [(0, 0), (2, 9), (16, 4), (28, 0xFF)])
def test_a_record_that_breaks_the_contract_is_refused(plane: DpdkPlane, offset: int, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-MD-1, R-MD-3: magic, version, ingress port, length."""
    from triplane.sw import plane as module

    pack = module.pack_records

    def spoil(packets: list[Packet], start: int) -> tuple[bytes, int, int]:
        records, stop, size = pack(packets, start)
        return records[:offset] + bytes([value]) + records[offset + 1:], stop, size

    monkeypatch.setattr(module, "pack_records", spoil)
    with pytest.raises(PlaneError, match="refused a record"):
        plane.process([Packet(frame(ip4()))])
    monkeypatch.undo()
    assert plane.process([Packet(frame(ip4()))])[0].verdict == Verdict.FORWARD


def test_close_leaves_nothing_and_may_be_called_twice() -> None:
    plane = DpdkPlane()
    pid, folder = plane.pid, plane.folder
    descriptors = len(os.listdir("/proc/self/fd"))
    plane.close()
    plane.close()
    assert not is_alive(pid) and not folder.exists()
    assert len(os.listdir("/proc/self/fd")) < descriptors
    with pytest.raises(PlaneError, match="closed"):
        plane.process([Packet(b"")])


OWNER = textwrap.dedent("""
    import sys, time
    from triplane.sw.plane import DpdkPlane
    plane = DpdkPlane()
    print(plane.pid, plane.folder, flush=True)
    time.sleep(60)
""")


def test_a_killed_owner_leaves_no_process_and_its_files_are_swept() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        owner.kill()
        owner.wait()
        assert await_death(int(pid))
        assert Path(folder) in sweep() or not Path(folder).exists()
    assert not Path(folder).exists()


def test_the_end_of_the_thread_that_started_it_does_not_end_the_forwarder() -> None:
    opened: list[DpdkPlane] = []
    thread = threading.Thread(target=lambda: opened.append(DpdkPlane()))
    thread.start()
    thread.join()
    time.sleep(0.2)
    with opened[0] as plane:
        plane.load(TABLES)
        assert plane.process([Packet(frame(ip4()))])[0].verdict == Verdict.FORWARD


def test_an_idle_forwarder_does_not_burn_a_core(plane: DpdkPlane) -> None:
    def used() -> int:
        fields = Path(f"/proc/{plane.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    time.sleep(0.1)
    before = used()
    time.sleep(0.5)
    assert used() - before <= 2


def test_sweep_leaves_the_living_alone(plane: DpdkPlane) -> None:
    stranger = RUN / "dpdk-1-0"
    stranger.mkdir(parents=True, exist_ok=True)
    try:
        assert plane.folder not in sweep()
        assert plane.folder.exists() and stranger.exists()
    finally:
        stranger.rmdir()


def test_the_layout_of_the_shared_memory_is_that_of_the_c_header() -> None:
    assert REQUEST_AT == 24 and PAGE >= 56
