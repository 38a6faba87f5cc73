"""Trying the way to head office out, as the doctor does: it only looks, and every answer is a plain sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import nats.errors

from appliance.eventstore.head import Head
from appliance.sync import subjects, versions
from appliance.sync.claim import read
from appliance.sync.connection import Address, Session, open_session
from appliance.sync.headquarters import Headquarters, StreamState
from appliance.sync.troubles import HqSilent, SyncTrouble

_REFUSED = "SELECT kind, key, detail, reason, since FROM hq_refusals ORDER BY kind, key LIMIT ?"
MOST_REFUSED = 20  # told one by one; more would bury the rest
KINDS: Mapping[str, str] = {"pricelist": "price list", "setting": "policy"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that was looked at; `fix` says what to do where there is anything to do."""

    good: bool
    detail: str
    fix: str = ""


async def examine(address: Address, machine: str, end: Head) -> list[Sentence]:
    """All there is to say of a store whose log ends at `end`."""
    try:
        session = await open_session(address)
    except SyncTrouble as trouble:
        return [_told(trouble)]
    found = [Sentence(True, f"{', '.join(address.urls)} lets us in", "")]
    try:
        found += server(session.version)
        found += await _looked(session, address, machine, end)
    except SyncTrouble as trouble:
        found.append(_told(trouble))
    except (nats.errors.Error, OSError, TimeoutError) as error:
        found.append(_told(HqSilent(f"The connection broke: {error}.")))
    finally:
        await session.close()
    return found


def server(version: versions.Version) -> Iterator[Sentence]:
    """What a store has to do without on a server of this version."""
    name, missing = versions.named(version), versions.lacks(version)
    if missing:
        newer = "Selling and sending work. Ask head office for nats-server 2.14 or newer when it suits."
        yield Sentence(True, f"{name} has {'; '.join(missing)}", newer)
    else:
        yield Sentence(True, f"{name} has all that is needed")


def refused(db: sqlite3.Connection) -> Iterator[Sentence]:
    """What head office sent last that this store cannot use; what was in force before still is."""
    for kind, key, detail, reason, since in db.execute(_REFUSED, (MOST_REFUSED,)):
        told = f"head office's {KINDS.get(kind, kind)} {key} is refused since {since}: {detail} ({reason})"
        yield Sentence(False, told, "Tell head office; what was in force before still is.")


async def _looked(session: Session, address: Address, machine: str, end: Head) -> list[Sentence]:
    hq = Headquarters(session, address.store_id)
    holder = read((await hq.entry(subjects.CLAIMS_BUCKET, hq.store_id)).value)
    found = []
    if holder is not None and holder.machine != machine:
        detail = f"head office's claim is held by machine {holder.machine}, incarnation {holder.incarnation}"
        found.append(Sentence(False, detail, "If this box shall send, release the claim at head office."))
    stream = await hq.stream(end.incarnation)
    name = subjects.event_stream(hq.store_id, end.incarnation)
    if stream is None:
        fix = f"At head office: backroom hq provision {hq.store_id}; `backroom sync status` has the whole line."
        return [*found, Sentence(False, f"head office has no stream {name}", fix)]
    return [*found, _compared(name, stream, end)]


def _compared(name: str, stream: StreamState, end: Head) -> Sentence:
    if stream.last > end.position:
        detail = f"{name} ends at {stream.last}, this log at {end.position}: it lost its tail or was put back"
        return Sentence(False, detail, "Start the store: it fetches what it lacks.")
    return Sentence(True, f"{name} ends at {stream.last}, this log at {end.position}")


def _told(trouble: SyncTrouble) -> Sentence:
    return Sentence(False, f"{trouble.title}: {trouble.detail}", trouble.hint)
