"""The store opened by the command line itself, behind the same HTTP interface as a running one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from appliance.api.app import create_app
from appliance.bootstrap import opened
from appliance.config import Settings
from appliance.process import settle_garbage_collector
from appliance.supervisor import local


@asynccontextmanager
async def transport(settings: Settings) -> AsyncIterator[httpx.AsyncBaseTransport]:
    """Take the data directory for as long as this lasts. Raises DataDirectoryInUse and whatever opening refuses."""
    # A command lasts seconds: the scrub, which takes a day, would only stand in its way, and so would sagas.
    scrub = settings.scrub.model_copy(update={"enabled": False})
    sagas = settings.sagas.model_copy(update={"enabled": False})
    quiet = settings.model_copy(update={"scrub": scrub, "sagas": sagas})
    async with opened(quiet, governed=False) as services:
        settle_garbage_collector()
        yield httpx.ASGITransport(local(create_app(services)))
