"""A real nats-server on loopback, with a store directory of its own, that tests start, stop, kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.support.polling import wait_until

START_SECONDS = 40.0
STOP_SECONDS = 40.0
RELOADED = "Reloaded server configuration"


OTHER_SERVER = "BACKROOM_NATS_SERVER"
"""Names another program to run the tests against: an older server, for what a store can do with one."""


def nats_server() -> Path:
    """The server's program; skips where it is absent, except in CI, where nothing skips unseen."""
    if other := os.environ.get(OTHER_SERVER):
        return Path(other)
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("nats-server is missing")
        pytest.skip("needs nats-server")
    return Path(found)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class NatsServer:
    """`config` is added to the file as it stands: accounts, TLS, cluster. The port stays the same over restarts."""

    folder: Path
    config: str = ""
    whole: str = ""  # all of the file, instead
    sync_interval: str = ""
    max_file: str = "4G"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it takes connections."""
        program = nats_server()
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "server.conf"
        config.write_text(self._config())
        self.process = subprocess.Popen([program, "-c", config, "-l", self.log], stderr=subprocess.DEVNULL)
        wait_until(self._listens, START_SECONDS)

    def reload(self) -> None:
        """Write the configuration anew and let the server read it; until it has, it cuts whoever connects."""
        (self.folder / "server.conf").write_text(self._config())
        if self.process is not None:
            before = self._reloads()
            self.process.send_signal(signal.SIGHUP)
            wait_until(lambda: self._reloads() > before, START_SECONDS)

    def _reloads(self) -> int:
        return self.log.read_text(errors="replace").count(RELOADED) if self.log.exists() else 0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, gently or not, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(STOP_SECONDS)
            self.process = None

    def kill(self) -> None:
        """As a power cut would, but for what the operating system still holds."""
        self.stop(signal.SIGKILL)

    def _config(self) -> str:
        if self.whole:
            return self.whole
        sync = f", sync_interval: {self.sync_interval}" if self.sync_interval else ""
        jetstream = f'store_dir: "{self.store}", max_mem: 64M, max_file: {self.max_file}{sync}'
        return (
            f'listen: "127.0.0.1:{self.port}"\nserver_name: "server-{self.port}"\n'
            f"jetstream {{ {jetstream} }}\n{self.config}\n"
        )

    def _listens(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            message = f"nats-server ended: {self.log.read_text()[-2000:] if self.log.exists() else ''}"
            raise AssertionError(message)
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
