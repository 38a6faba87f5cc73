"""A provisioned head office: a real nats-server that knows its stores by nkey, and the files that say who is who."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.hq.connection import JetStream, Server, connected
from appliance.hq.folder import Folder, open_folder
from appliance.hq.provision import Findings, Provisioner
from appliance.hq.resources import Life, Options
from tests.support.natsd import NatsServer


@dataclass(slots=True)
class HeadOffice:
    """The server, head office's folder, and what connects to it as whom."""

    natsd: NatsServer
    folder: Folder
    ca: Path | None = None

    @property
    def server(self) -> Server:
        """Head office itself."""
        return Server(self.natsd.url, self.folder.credentials, self.ca)

    def store(self, store: str) -> Server:
        """A store, with its own credentials."""
        return Server(self.natsd.url, self.folder.seed(store))

    def provision(self, *lives: Life, fix: bool = True) -> Findings:
        """Enrol these lives, let the server read it, and make or check all there must be."""
        for life in lives:
            self.folder.enrol(life)
        if self.folder.save():
            self.natsd.reload()
        return asyncio.run(self._provision(lives, fix=fix))

    async def provision_on(self, jetstream: JetStream, *lives: Life, fix: bool = True) -> Findings:
        """Make or check all there must be for these lives, over a connection that is there."""
        at_work = Provisioner(jetstream, Options(server=jetstream.version), fix=fix)
        await at_work.shared()
        await at_work.stores(lives)
        return at_work.findings

    async def _provision(self, lives: Sequence[Life], *, fix: bool) -> Findings:
        async with connected(self.server) as jetstream:
            return await self.provision_on(jetstream, *lives, fix=fix)


@contextmanager
def head_office(
    folder: Path,
    *stores: str,
    config: str = "",
    sync_interval: str = "",
    ca: Path | None = None,
    max_file: str = "4G",
) -> Iterator[HeadOffice]:
    """A head office with these stores provisioned at incarnation 1; gone, with its server, at the end."""
    files = open_folder(folder / "hq", create=True)
    for store in stores:
        files.enrol(Life(store))
    files.save()
    included = f'include "hq/accounts.conf"\n{config}'
    with NatsServer(folder, config=included, sync_interval=sync_interval, max_file=max_file) as natsd:
        office = HeadOffice(natsd, files, ca)
        office.provision(*(files.life(store) for store in stores))
        yield office
