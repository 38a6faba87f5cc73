"""Devices: which terminals and tills may speak to the store; let one in by a code, shut one out."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.client import Json
from tui.rights import ADMINISTRATION, ROLES
from tui.screens.asking import Field, Question
from tui.screens.listing import Listing
from tui.screens.room import Room
from tui.texts import mark
from tui.widgets.table import Column, Row

MINUTES = 10


class Devices(Listing):
    """All that were ever enrolled."""

    TITLE_TEXT = mark("Devices")
    NOTHING = mark("No device is enrolled yet. Press Ctrl+N to make a code for one.")
    SEARCH = mark("Name, till or role")
    interest = ("device.", "session.")
    COLUMNS = (
        Column(mark("Name"), 0),
        Column(mark("Device"), 18, drop=2),
        Column(mark("Role"), 11),
        Column(mark("Till"), 10, drop=1),
        Column(mark("State"), 16),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "enrol", mark("Enrol by code"), id="devices.enrol"),
        Binding("ctrl+d", "revoke", mark("Shut out"), id="devices.revoke"),
    ]

    async def page(self, cursor: str | None) -> Json:  # noqa: ARG002  there is one page
        """All of them."""
        items = (await self.console.client.get("/devices"))["items"]
        wanted = self.query_text.lower()
        named = ("device_id", "name", "role", "register_id")
        kept = [each for each in items if wanted in " ".join(str(each[name] or "") for name in named).lower()]
        return {"items": kept, "next_cursor": None}

    def row(self, item: Json) -> Row:
        """One of them."""
        day = self.console.texts.moment(item["revoked_at"], self.console.store.zone)
        state = self.say("x shut out {when}", when=day) if item["revoked_at"] else self.say("* may speak")
        cells = (item["name"], item["device_id"], self.say(item["role"]), item["register_id"] or "", state)
        return Row(item["device_id"], cells)

    def open(self, key: str) -> None:
        """All there is to say of one."""
        item = next(each for each in self.items if each["device_id"] == key)
        zone, texts = self.console.store.zone, self.console.texts
        since = self.say("{id} since {when}", id=item["device_id"], when=texts.moment(item["created_at"], zone))
        self.tell(f"{self.say('{name}', name=item['name'])}: {since}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only by who may."""
        person = self.console.person
        if action in ("enrol", "revoke") and (person is None or person.role not in ADMINISTRATION):
            return False
        return super().check_action(action, parameters)

    def action_enrol(self) -> None:
        """Make a code for one."""
        self.do(self._enrol)

    async def _enrol(self) -> None:
        text = self.say("The code works once, for {minutes} minutes. Type it at the new device.", minutes=MINUTES)
        text += "\n" + self.say("Roles: {roles}", roles=", ".join(ROLES))
        fields = (
            Field("name", mark("Name")),
            Field("role", mark("Role"), value="cashier"),
            Field("register_id", mark("Till (may be left out)"), wanted=False),
        )
        typed = await self.ask(Question(self.say("Let a device in"), text, fields, self.say("Make a code")))
        if typed is None:
            return
        body: Json = {"name": typed["name"], "role": typed["role"].lower(), "minutes": MINUTES}
        body |= {"register_id": typed["register_id"]} if typed["register_id"] else {}
        made = await self.send("POST", "/enrolment-codes", body, action="enrol")
        if made is not None:
            await show_code(self, made)

    def action_revoke(self) -> None:
        """Shut the one under the cursor out."""
        self.do(self._revoke)

    async def _revoke(self) -> None:
        device = self.table.key
        item = next((each for each in self.items if each["device_id"] == device), None)
        if item is None or item["revoked_at"]:
            self.tell(self.say("Choose a device that may still speak."), wrong=True)
            return
        text = self.say("{name} can do nothing from now on. To let it in again it has to be enrolled anew.",
                        name=item["name"])  # fmt: skip
        if await self.sure(self.say("Shut this device out?"), text) and await self.send("DELETE", f"/devices/{device}"):
            self.tell(self.say("{name} is shut out.", name=item["name"]))
            self.reload()


async def show_code(room: Room, made: Json) -> None:
    """Show a code until somebody has noted it; it is told this once."""
    room.tell(room.say("Code {code}, good for {minutes} minutes", code=made["code"], minutes=made["minutes"]))
    text = room.say("Shown this once. It works one time, for {minutes} minutes.", minutes=made["minutes"])
    await room.ask(Question(room.say("Code: {code}", code=made["code"]), text, (), room.say("Noted")))
