"""Making an empty directory the store that head office has the log of; broken off anywhere, it goes on where it was.

The store is built in a folder of its own and moved to its place when it is whole: until then the directory holds no
store, and `backroom run` says so instead of beginning another one under this name.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

import uvloop

from appliance.backups import archive
from appliance.bootstrap import opened
from appliance.cli.failures import Failure
from appliance.config import SagaSettings, ScrubSettings, Settings, SyncSettings
from appliance.errors import RestoreRefused, SettingsInvalid
from appliance.eventstore.clock import system_clock
from appliance.eventstore.identity import machine_id
from appliance.eventstore.lock import DataDirectoryLock
from appliance.eventstore.store import Paths
from appliance.eventstore.writer import Writer
from appliance.sync.connection import Failed, address_of, open_session, pause
from appliance.sync.headquarters import Headquarters
from appliance.sync.lineage import Past
from appliance.sync.refetching import Progress, Refetching
from appliance.sync.troubles import HqRefusesUs, HqSilent, HqUnreachable, HqUntrusted, SyncTrouble

WHOLE = "whole"  # a mark: all is fetched and closed, only moving is left
TRIES = 6  # without anything new, over some 15 s
_AGAIN = "What is here is kept: do the same again, and it goes on from there."
_MENDS_ITSELF = (HqUnreachable, HqSilent, *Failed)
_OWN_HINT = (HqRefusesUs, HqUntrusted)


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it."""

    position: int  # the last that head office had
    incarnation: int
    begun: bool  # whether this is a life of its own


def restore(settings: Settings, progress: Progress, *, same_life: bool = False) -> Restored | None:
    """Build the store; None where one that was whole only had to be moved to its place.

    Raises RestoreRefused, SettingsInvalid, DataDirectoryInUse, and Failure or a SyncTrouble for what head office says.
    """
    paths = Paths(settings.data_dir)
    if not settings.sync.urls:
        raise SettingsInvalid("sync.url is not set: it says where head office is, and sync.credentials who this is.")
    paths.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DataDirectoryLock(paths.data)
    try:
        whole = (paths.incoming / WHOLE).exists()
        if paths.database.exists() and not whole:
            raise RestoreRefused(f"{paths.data} holds a store already; a restore never writes over one.")
        found = None
        if not whole:
            found = uvloop.run(_build(settings, paths.incoming, progress, same_life=same_life))
            _mark_whole(paths.incoming)
        _move(Paths(paths.incoming), paths)
    finally:
        lock.release()
    return found


async def _build(settings: Settings, incoming: Path, progress: Progress, *, same_life: bool) -> Restored:
    quiet = {"data_dir": incoming, "sync": SyncSettings()}
    quiet |= {"scrub": ScrubSettings(enabled=False), "sagas": SagaSettings(enabled=False)}
    async with opened(settings.model_copy(update=quiet)) as services:
        return await _patiently(settings, services.writer, progress, same_life=same_life)


async def _patiently(settings: Settings, writer: Writer, progress: Progress, *, same_life: bool) -> Restored:
    """Over as many connections as it takes while something comes of it; a first one that fails is told at once."""
    begun_at, tries = writer.head.position, 0
    while True:
        before = writer.head.position
        try:
            return await _over_one_connection(settings, writer, progress, same_life=same_life)
        except _MENDS_ITSELF as error:
            tries = tries + 1 if writer.head.position == before else 1
            if tries >= TRIES or writer.head.position == begun_at:
                raise _in_words(error) from error
        except SyncTrouble as trouble:
            raise _in_words(trouble) from trouble
        await asyncio.sleep(pause(tries))


async def _over_one_connection(settings: Settings, writer: Writer, progress: Progress, *, same_life: bool) -> Restored:
    machine = machine_id(settings.machine_id)
    session = await open_session(address_of(settings.store.id, settings.sync))
    try:
        refetching = Refetching(Headquarters(session, settings.store.id), writer, machine, system_clock)
        past = await refetching.claim()
        await refetching.fetch(past, progress)
        return await _begun(refetching, writer, past, same_life=same_life)
    finally:
        await session.close()


async def _begun(refetching: Refetching, writer: Writer, past: Past, *, same_life: bool) -> Restored:
    if same_life:
        return Restored(past.last, writer.head.incarnation, begun=False)
    return Restored(past.last, await refetching.begin(past), begun=True)


def _in_words(error: BaseException) -> Failure | SyncTrouble:
    """The store's troubles speak to one that sells; nothing sells here yet."""
    if isinstance(error, SyncTrouble):
        tells = isinstance(error, _OWN_HINT) or not isinstance(error, _MENDS_ITSELF)
        return error if tells else Failure("Head office cannot be reached", error.detail, _AGAIN)
    return Failure("The line to head office broke", str(error) or type(error).__name__, _AGAIN)


def _mark_whole(incoming: Path) -> None:
    (incoming / WHOLE).touch(mode=0o600)
    archive.sync(incoming)


def _move(built: Paths, paths: Paths) -> None:
    """Put the files where they belong, the database last: from then on it is a store."""
    for path in (built.head, built.identity, built.keys, built.pepper, built.wal, built.database):
        if path.exists():
            path.replace(paths.data / path.name)
    archive.sync(paths.data)
    shutil.rmtree(built.data)
