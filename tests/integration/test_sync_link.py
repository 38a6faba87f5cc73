"""The link to head office is made anew whatever those who worked on the last one do."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from appliance.errors import QueryTimedOut
from appliance.sync.connection import Address, Link, Session
from appliance.sync.endings import ended
from appliance.sync.troubles import StoreTrouble, SyncTrouble
from tests.support.natsd import NatsServer
from tests.support.polling import settled


async def test_a_part_that_does_not_hear_that_its_link_has_ended_keeps_no_other_from_being_made(tmp_path: Path) -> None:
    sessions: list[Session] = []

    async def deaf(session: Session) -> None:
        sessions.append(session)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def linked(times: int) -> bool:
        return len(sessions) == times and sessions[-1].client.is_connected

    with NatsServer(tmp_path / "nats") as server:
        link = Link(Address((server.url,), "store-1"), lambda _: None)
        link.add(deaf)
        running = asyncio.create_task(link.run())
        try:
            await settled(lambda: linked(1))
            server.stop()
            server.start()
            await settled(lambda: linked(2))
        finally:
            await ended([running])


@pytest.mark.parametrize("cut", [QueryTimedOut("cut off after 2 seconds"), sqlite3.OperationalError("disk I/O error")])
async def test_a_part_whose_reading_of_the_store_was_cut_off_works_again_on_the_same_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: Exception
) -> None:
    monkeypatch.setattr(StoreTrouble, "pause_seconds", 0.01)
    sessions: list[Session] = []
    heard: list[SyncTrouble | None] = []

    async def reading(session: Session) -> None:
        sessions.append(session)
        if len(sessions) == 1:
            raise cut
        await session.ended.wait()

    async def again() -> bool:
        return len(sessions) == 2

    with NatsServer(tmp_path / "nats") as server:
        link = Link(Address((server.url,), "store-1"), heard.append)
        link.add(reading)
        running = asyncio.create_task(link.run())
        try:
            await settled(again)
        finally:
            await ended([running])

    assert sessions[0] is sessions[1]
    assert [str(each) for each in heard if each is not None][:1] == [str(cut)]
