"""The link to head office is made anew whatever those who worked on the last one do."""

import asyncio
from pathlib import Path

from appliance.sync.connection import Address, Link, Session
from appliance.sync.endings import ended
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
