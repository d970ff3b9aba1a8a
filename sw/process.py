"""One running forwarder: start, telemetry socket, bounded waits, and nothing left behind."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from triplane.models.tables import Tables
from triplane.sw.build import BUILD
from triplane.tb.encode import encode, table_file
from triplane.tb.plane import PlaneError, TablesTooLarge

RUN = BUILD / "run"
MEMORY_MB = 2048
"""Reserved, not used: room for two sets of full route tables. Only what is touched becomes resident."""
START_S = 30.0
ANSWER_S = 30.0
STOP_S = 5.0
LOG_LINES = 20
SOCKET = "dpdk/forwarder/dpdk_telemetry.v2"
_serial = itertools.count()


def sweep() -> list[Path]:
    """Remove the folders of runs whose owner is dead; returns them."""
    removed = []
    for folder in RUN.glob("dpdk-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


class Forwarder:
    """A forwarder process and its control socket.

    It ends with its owner, also when that is killed. Its files are in a folder of their own below build/run, named after
    the owner's process id.
    """

    def __init__(self, program: Path, eal: Sequence[str] = (), options: Sequence[str] = (), fds: Sequence[int] = (),
                 prefix: Sequence[str] = (), memory_mb: int = MEMORY_MB, lcore: int | None = None) -> None:
        """Start it and wait until it runs.

        `eal` and `options` go in front of and behind the `--`, `fds` are kept open in it, `prefix` is a command to start
        it with that must end in exec, such as `ip netns exec NAME`. Raises PlaneError when it does not come up.
        """
        sweep()
        self.folder = RUN / f"dpdk-{os.getpid()}-{next(_serial)}"
        self.folder.mkdir(parents=True)
        self._log = self.folder / "forwarder.log"
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = os.eventfd(0, os.EFD_CLOEXEC)
        self._files = itertools.count()
        self._pidfd = -1
        cores = [] if lcore is None else ["-l", str(lcore)]
        command = [*prefix, str(program), "--no-huge", "-m", str(memory_mb), "--no-pci", "--file-prefix", "forwarder",
                   "--log-level", "lib.eal:error", *(cores or ["--lcores", f"0@{_cpus()}"]), *eal, "--", "--ready", str(self._ready),
                   "--parent", str(os.getpid()), *options]
        try:
            with self._log.open("wb") as log:
                self._process = subprocess.Popen(
                    command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                    pass_fds=(self._ready, *fds), env={**os.environ, "RUNTIME_DIRECTORY": "."})
            self._pidfd = os.pidfd_open(self._process.pid)
            self.wait(self._ready, START_S, "start")
            self._connect()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Process id of the forwarder."""
        assert self._process is not None
        return self._process.pid

    def wait(self, fd: int, timeout_s: float, what: str) -> None:
        """Wait until the forwarder rings the eventfd. Raises PlaneError when it dies or does not within the time."""
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        poll.register(self._pidfd, select.POLLIN)
        ready = {number for number, _ in poll.poll(timeout_s * 1000)}
        if fd in ready:
            os.eventfd_read(fd)
        elif ready:
            raise self.error(f"died ({self._exit()}) during {what}")
        else:
            raise self.error(f"did not answer within {timeout_s:g} s during {what}")

    def error(self, text: str) -> PlaneError:
        """A PlaneError with the tail of the log."""
        try:
            lines = self._log.read_text(errors="replace").splitlines()[-LOG_LINES:]
        except OSError:
            lines = []
        return PlaneError(f"dpdk: the forwarder {text}; its log ends with:\n" + "\n".join(f"  {line}" for line in lines or ["(nothing)"]))

    def ask(self, command: str) -> Any:
        """Send a telemetry command and return its decoded answer. Raises PlaneError."""
        if self._socket is None:
            raise PlaneError("dpdk: the forwarder is closed")
        try:
            self._socket.send(command.encode())
            answer = self._socket.recv(1 << 17)
            if not answer:
                raise ConnectionResetError("it closed the control socket")
            return next(iter(json.loads(answer).values()))
        except (OSError, ValueError) as error:
            self._await_exit(0.2)
            state = f"died ({self._exit()}) during" if self._exit() else "did not answer"
            raise self.error(f"{state} {command.split(',')[0]} ({error})") from None

    def install(self, verb: str, tables: Tables) -> None:
        """Send `load` or `update`. Raises TablesTooLarge for the plane's limits, PlaneError for anything else."""
        self.install_file(verb, table_file(encode(tables)))

    def install_file(self, verb: str, content: bytes) -> None:
        """The same with the bytes of a table file; ValueError when they break the contract."""
        path = self.folder / f"tables-{next(self._files)}"
        path.write_bytes(content)
        try:
            answer = self.ask(f"/triplane/{verb},{path.name}")
        finally:
            path.unlink(missing_ok=True)
        if answer["status"] == "too large":
            raise TablesTooLarge(answer["message"])
        if answer["status"] == "refused":
            raise ValueError(answer["message"])
        if answer["status"] != "ok":
            raise self.error(f"could not {verb} tables ({answer['message']})")

    def counters(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Every counter that is not 0, by (group, index)."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        start = 0
        while True:
            start, *values = self.ask(f"/triplane/counters,{start}")
            for key, packets, size in zip(*[iter(values)] * 3, strict=True):
                found[key >> 16, key & 0xFFFF] = (packets, size)
            if not start:
                return found

    def close(self) -> None:
        """End the process and remove its files. May be called twice."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
                self._await_exit(STOP_S)
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        for fd in (self._ready, self._pidfd):
            if fd >= 0:
                os.close(fd)
        self._ready = self._pidfd = -1
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Forwarder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _connect(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(ANSWER_S)
        # The path of a socket is short; that of a checkout may be long.
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._socket.connect(f"/proc/self/fd/{folder}/{SOCKET}")
            self._socket.recv(1 << 12)
        except OSError as error:
            raise self.error(f"has no control socket ({error})") from None
        finally:
            os.close(folder)

    def _await_exit(self, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while self._process is not None and self._process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)

    def _exit(self) -> str:
        """How the process ended; empty while it runs."""
        if self._process is None or self._process.poll() is None:
            return ""
        code = self._process.returncode
        return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _cpus() -> str:
    """The processors this process may use, as the EAL writes a set: the one lcore floats over them."""
    return f"({','.join(map(str, sorted(os.sched_getaffinity(0))))})"
