"""Telling the customer where nobody else is asked: by mail where a mail server is named, and always in the journal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

from appliance.application import outside as o
from appliance.application.commands_fulfilment import RecordDeed
from appliance.integration.local.deeds import Deeds, Facts
from appliance.integration.local.mail import Mail

MESSAGE = "message"


class LocalNotification:
    """One message a key. A mail may go out again after a crash in the wrong moment, under the same Message-ID."""

    def __init__(self, deeds: Deeds, mail: Mail | None = None) -> None:
        self._deeds = deeds
        self._mail = mail

    async def send(
        self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]
    ) -> o.Done:
        """Send it, then remember that it was sent. Nobody's name or address is written down."""
        known = await self._deeds.found(key, _done)
        if known.state == "done":
            return o.Done(known.answer.reference if isinstance(known.answer, o.Done) else "")
        by = await self._tell(key, kind, recipient, content)
        sys.stderr.write(json.dumps({"event": "notification", "key": key, "kind": kind, "by": by, **content}) + "\n")
        facts = await self._deeds.do(key, MESSAGE, kind, RecordDeed(kind=MESSAGE, facts={"reference": by}))
        return _done(facts)

    async def query(self, key: str) -> o.Found:
        """What became of a `send`."""
        return await self._deeds.found(key, _done)

    async def _tell(self, key: str, kind: str, recipient: Mapping[str, str] | None, content: Mapping[str, Any]) -> str:
        address = (recipient or {}).get("email")
        if recipient is None or not address or self._mail is None:
            return "journal" if recipient is not None else "nobody"
        await asyncio.to_thread(self._mail.send, key, kind, {**recipient, "email": address}, content)
        return "mail"


def _done(facts: Facts) -> o.Done:
    return o.Done(facts["reference"])
