"""The DPDK forwarder in plain mode, on real ports, in network namespaces of its own.

      tester namespace            DUT namespace
    AF_PACKET t0 ──── veth ──── p0 ┐
    AF_PACKET t1 ──── veth ──── p1 ┤ forwarder
    AF_PACKET t2 ──── veth ──── p2 ┤
    AF_PACKET t3 ──── veth ──── p3 ┘
    AF_PACKET th ──── veth ──── ph    its port to the host: punts

A round ends with two barriers. A multicast frame on every port comes out at the host whatever the tables say: all
frames before it have been processed. Then, with tables of the barrier's own, one frame leaves through every port: what
the round made has come out before it.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import shutil
import struct
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from triplane.models.packet import Packet
from triplane.models.tables import NextHop, Port, Route, Tables, mac_bytes
from triplane.spec.gen.constants import ETH_IPV4, FRAME_MIN, MTU_MAX, NO_PORT, PORTS, Verdict
from triplane.sw.build import build
from triplane.sw.process import Forwarder
from triplane.tb.plane import PlaneError, PlaneUnavailable
from triplane.tb.wire import WireOutcome, WirePort, assign, collect, rounds

__all__ = ["DRIVERS", "DpdkWire", "Driver"]

BARRIER_S = 5.0
CLONE_NEWNET = 0x40000000
HOST = PORTS
HOST_MTU = 9700
PREFIX = "triplane-dpdk"
_serial = itertools.count()


@dataclass(frozen=True)
class Driver:
    """A DPDK driver that works on a kernel interface and changes no byte."""

    devargs: str
    """`{n}` is the port's number, `{interface}` its interface."""
    mtu: int
    """Of the link; the longest frame is 14 bytes longer."""


DRIVERS = {
    # Native XDP in copy mode; a veth takes no longer frames with it.
    "af_xdp": Driver("net_af_xdp{n},iface={interface}", 3490),
    # libpcap puts back the tags that AF_PACKET takes out, with their TPID, and takes any length.
    "pcap": Driver("net_pcap{n},rx_iface_in={interface},tx_iface={interface}", 9700),
}
"""net_af_packet is not here: it turns an outer TPID 0x88A8 into 0x8100 (bugs-seen, row 12)."""

BARRIER_MACS = tuple(f"02:ba:00:00:00:{port:02x}" for port in range(PORTS))
BARRIER_TABLES = Tables(
    ports=tuple(Port(mac) for mac in BARRIER_MACS),
    next_hops=tuple(NextHop(port=port, mtu=MTU_MAX) for port in range(PORTS)),
    routes=tuple(Route(f"198.18.0.{port}/32", port) for port in range(PORTS)))


class DpdkWire:
    """A forwarder with four ports and a host port, in plain mode."""

    name = "dpdk"

    def __init__(self, fault: str | None = None, driver: str = "af_xdp") -> None:
        """Make the namespaces and start the forwarder in them. Raises PlaneUnavailable, PlaneError."""
        self._driver = DRIVERS[driver]
        self._forwarder: Forwarder | None = None
        self._ports: list[WirePort] = []
        self._tables: Tables | None = None
        self._nonce = itertools.count(int.from_bytes(os.urandom(6)))
        self.unexpected: list[WireOutcome] = []
        """Frames that came out and that no packet accounts for."""
        program = build(fault)
        self._links = _Links(self._driver.mtu)
        try:
            self._ports = self._links.open_ports()
            vdevs = [self._driver.devargs.format(n=n, interface=f"p{n}") for n in range(PORTS)]
            vdevs.append(f"net_pcap{HOST},rx_iface_in=ph,tx_iface=ph")
            self._forwarder = Forwarder(
                program, eal=[word for vdev in vdevs for word in ("--vdev", vdev)], options=["--host-port", str(HOST)],
                prefix=["ip", "netns", "exec", self._links.dut], lcore=max(os.sched_getaffinity(0)))
        except BaseException:
            self.close()
            raise

    def carries(self, packet: Packet) -> bool:
        """Whether the wire can bring this packet to the forwarder at all: its length."""
        return FRAME_MIN <= len(packet.data) <= self._driver.mtu + 14

    def load(self, tables: Tables) -> None:
        """Replace all tables and set every counter to 0. Raises TablesTooLarge."""
        self._running().install("load", tables)
        self._tables = tables

    def update(self, tables: Tables) -> None:
        """Replace all tables between two packets. Raises TablesTooLarge."""
        self._running().install("update", tables)
        self._tables = tables

    def process(self, packets: Sequence[Packet]) -> list[WireOutcome]:
        """What came out for each packet. Raises PlaneError, ValueError for a packet that the wire does not carry."""
        for index, packet in enumerate(packets):
            if not self.carries(packet):
                raise ValueError(f"packet {index}: {len(packet.data)} bytes do not go over this wire")
        outcomes: list[WireOutcome] = []
        for part in rounds(packets):
            outcomes += self._round(packets[part.start:part.stop])
        return outcomes

    def close(self) -> None:
        """End the forwarder, remove the namespaces. May be called twice."""
        if self._forwarder is not None:
            self._forwarder.close()
            self._forwarder = None
        while self._ports:
            self._ports.pop().close()
        self._links.close()

    def __enter__(self) -> DpdkWire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _running(self) -> Forwarder:
        if self._forwarder is None:
            raise PlaneError("dpdk: the wire is closed")
        return self._forwarder

    def _round(self, packets: Sequence[Packet]) -> list[WireOutcome]:
        if self._tables is None:
            raise PlaneError("dpdk: no tables are loaded")
        arrived: list[list[bytes]] = [[] for _ in self._ports]
        for packet in packets:
            self._ports[packet.port].send(packet.data)
        self._barrier_in(arrived)
        self._barrier_out(arrived)
        seen = [WireOutcome(Verdict.PUNT, NO_PORT, data) for data in arrived[HOST]]
        seen += [WireOutcome(Verdict.FORWARD, port, data) for port in range(PORTS) for data in arrived[port]]
        outcomes, unexpected = assign(packets, seen)
        self.unexpected += unexpected
        return outcomes

    def _barrier_in(self, arrived: list[list[bytes]]) -> None:
        """A multicast frame behind the last one of every port: a punt under any tables (R-PARSE-4)."""
        for port in range(PORTS):
            mark = self._mark()
            self._ports[port].send(b"\x01\x00\x5e\x00\x00\x01" + mac_bytes(BARRIER_MACS[port]) + b"\x88\xb5" + mark)
            self._await([None] * PORTS + [mark], arrived, f"port {port} to the host")

    def _barrier_out(self, arrived: list[list[bytes]]) -> None:
        """A frame through every port, with tables that let it."""
        assert self._tables is not None
        marks = [self._mark() for _ in range(PORTS)]
        self._running().install("update", BARRIER_TABLES)
        try:
            for port, mark in enumerate(marks):
                self._ports[0].send(_barrier_frame(port, mark))
            self._await([*marks, None], arrived, "port 0 to every port")
        finally:
            self._running().install("update", self._tables)

    def _mark(self) -> bytes:
        return b"triplane barrier" + struct.pack(">Q", next(self._nonce))

    def _await(self, barriers: Sequence[bytes | None], arrived: list[list[bytes]], way: str) -> None:
        if collect(self._ports, arrived, barriers, BARRIER_S):
            raise self._running().error(f"let no barrier through from {way} within {BARRIER_S:g} s")


def _barrier_frame(port: int, mark: bytes) -> bytes:
    header = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(mark), 0, 0, 64, 253, 0, 198, 18, 1, 0, 198, 18, 0, port)
    total = sum(struct.unpack(">10H", header))
    check = ~(total % 0xFFFF) & 0xFFFF
    packet = header[:10] + struct.pack(">H", check) + header[12:] + mark
    return mac_bytes(BARRIER_MACS[0]) + mac_bytes(BARRIER_MACS[1]) + struct.pack(">H", ETH_IPV4) + packet


class _Links:
    """Two network namespaces and the veth pairs between them. Those that a dead process left are removed first."""

    def __init__(self, mtu: int) -> None:
        _check_tools()
        _sweep()
        stem = f"{PREFIX}-{os.getpid()}-{next(_serial)}"
        self.dut, self.tester = f"{stem}-dut", f"{stem}-tester"
        try:
            for name in (self.dut, self.tester):
                _run("ip", "netns", "add", name)
            for number in range(PORTS):
                self._pair(f"p{number}", f"t{number}", mtu)
            self._pair("ph", "th", HOST_MTU)
        except BaseException:
            self.close()
            raise

    def open_ports(self) -> list[WirePort]:
        """The tester's ends: the ports in order, the host's last."""
        return _inside(self.tester, lambda: [WirePort(f"t{number}") for number in range(PORTS)] + [WirePort("th")])

    def close(self) -> None:
        for name in (self.dut, self.tester):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def _pair(self, dut: str, tester: str, mtu: int) -> None:
        _run("ip", "link", "add", dut, "netns", self.dut, "type", "veth", "peer", "name", tester, "netns", self.tester)
        for namespace, interface in ((self.dut, dut), (self.tester, tester)):
            inside = ("ip", "netns", "exec", namespace)
            _run(*inside, "sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1")
            _run(*inside, "ethtool", "-K", interface, "rxvlan", "off", "txvlan", "off", "tx", "off", "gro", "off", "gso", "off", "tso", "off")
            _run("ip", "-n", namespace, "link", "set", interface, "mtu", str(mtu), "up")


def _check_tools() -> None:
    if os.geteuid() != 0:
        raise PlaneUnavailable("network namespaces need root", "run as root")
    for tool, package in (("ip", "iproute2"), ("ethtool", "ethtool"), ("sysctl", "procps")):
        if shutil.which(tool) is None:
            raise PlaneUnavailable(f"{tool} is not installed", f"apt-get install {package}")


def _sweep() -> None:
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        owner = re.fullmatch(rf"{PREFIX}-(\d+)-\d+-(?:dut|tester)", name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise PlaneUnavailable(f"{' '.join(command)}: {done.stderr.strip()}", "namespaces and veth links must be allowed")


def _inside(namespace: str, function: Callable[[], list[WirePort]]) -> list[WirePort]:
    """Call the function in the namespace: in a thread of its own, for a namespace belongs to a thread."""
    result: list[list[WirePort]] = []
    failure: list[BaseException] = []

    def enter() -> None:
        try:
            with open(f"/run/netns/{namespace}") as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            result.append(function())
        except BaseException as error:  # handed to the caller
            failure.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]
