"""People: who works here, under which role, and how they get their PIN."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.client import Json
from tui.rights import PEOPLE, ROLES
from tui.screens.asking import Field, Question
from tui.screens.devices import show_code
from tui.screens.listing import PAGE, Listing
from tui.texts import mark
from tui.widgets.table import Column, Row

_WRITES = frozenset({"add", "role", "pin", "code", "disable"})


class People(Listing):
    """Operators by id, disabled ones too."""

    TITLE_TEXT = mark("People")
    NOTHING = mark("Nobody signs on here yet: the device's role decides. Press Ctrl+N to add the first operator.")
    SEARCH = mark("Name or role on this page")
    interest = ("operator.",)
    COLUMNS = (
        Column(mark("Operator"), 14),
        Column(mark("Name"), 0, drop=1),
        Column(mark("Role"), 11),
        Column(mark("State"), 24),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "add", mark("Add"), id="people.add"),
        Binding("ctrl+o", "role", mark("Role"), id="people.role", show=False),
        Binding("ctrl+t", "code", mark("PIN code"), id="people.code"),
        Binding("ctrl+y", "pin", mark("Set PIN"), id="people.pin", show=False),
        Binding("ctrl+d", "disable", mark("Disable"), id="people.disable"),
    ]

    async def page(self, cursor: str | None) -> Json:
        """A part of them."""
        found = await self.console.client.get("/operators", {"limit": PAGE, "cursor": cursor})
        wanted = self.query_text.lower()
        named = ("operator_id", "name", "role")
        found["items"] = [each for each in found["items"] if wanted in " ".join(each[name] for name in named).lower()]
        return found

    def row(self, item: Json) -> Row:
        """One of them."""
        signs_on = self.say("* signs on") if item["pin_set"] else self.say("! has no PIN yet")
        state = signs_on if item["active"] else self.say("x disabled")
        return Row(item["operator_id"], (item["operator_id"], item["name"], self.say(item["role"]), state))

    def open(self, key: str) -> None:
        """All there is to say of one."""
        item = next(each for each in self.items if each["operator_id"] == key)
        when = self.console.texts.moment(item["added_at"], self.console.store.zone)
        self.tell(self.say("{name} since {when}", name=item["name"], when=when))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only by who may."""
        person = self.console.person
        if action in _WRITES and (person is None or person.role not in PEOPLE):
            return False
        return super().check_action(action, parameters)

    def action_add(self) -> None:
        """Somebody new, or back again."""
        self.do(self._add)

    async def _add(self) -> None:
        text = self.say("The id is typed at every sign-on: keep it short. Roles: {roles}", roles=", ".join(ROLES))
        fields = (
            Field("operator_id", mark("Operator")),
            Field("name", mark("Name")),
            Field("role", mark("Role"), value="cashier"),
        )
        typed = await self.ask(Question(self.say("Add an operator"), text, fields, self.say("Add")))
        if typed is not None and await self.send("POST", "/operators", {**typed, "role": typed["role"].lower()}):
            self.tell(self.say("{name} is added. Now give them a PIN code (Ctrl+T).", name=typed["name"]))
            self.reload()

    def action_role(self) -> None:
        """Another role for the one under the cursor."""
        self.do(self._role)

    async def _role(self) -> None:
        operator = self._chosen()
        if operator is None:
            return
        text = self.say("Whoever is signed on under the old role no longer is. Roles: {roles}", roles=", ".join(ROLES))
        fields = (Field("role", mark("Role"), value=operator["role"]),)
        title = self.say("Another role for {name}", name=operator["name"])
        typed = await self.ask(Question(title, text, fields, self.say("Change role")))
        path = f"/operators/{operator['operator_id']}/role"
        if typed is not None and await self.send("PUT", path, {"role": typed["role"].lower()}):
            self.tell(self.say("{name} has another role.", name=operator["name"]))
            self.reload()

    def action_code(self) -> None:
        """A code with which they choose their own PIN."""
        self.do(self._code)

    async def _code(self) -> None:
        operator = self._chosen()
        if operator is None:
            return
        made = await self.send("POST", f"/operators/{operator['operator_id']}/pin-codes", {})
        if made is not None:
            await show_code(self, made)

    def action_pin(self) -> None:
        """A PIN that they type here themselves."""
        self.do(self._pin)

    async def _pin(self) -> None:
        operator = self._chosen()
        if operator is None:
            return
        title = self.say("A new PIN for {name}", name=operator["name"])
        text = self.say("They type it themselves: 4 to 12 digits. Whoever is signed on under the old one no longer is.")
        fields = (Field("pin", mark("PIN"), secret=True), Field("again", mark("The same again"), secret=True))
        typed = await self.ask(Question(title, text, fields, self.say("Set PIN")))
        if typed is None:
            return
        if typed["pin"] != typed["again"]:
            self.tell(self.say("The two PINs differ. Nothing was changed; try again."), wrong=True)
        elif await self.send("PUT", f"/operators/{operator['operator_id']}/pin", {"pin": typed["pin"]}):
            self.tell(self.say("{name} can sign on with the new PIN.", name=operator["name"]))
            self.reload()

    def action_disable(self) -> None:
        """Let the one under the cursor in no more."""
        self.do(self._disable)

    async def _disable(self) -> None:
        operator = self._chosen()
        if operator is None:
            return
        title = self.say("Let {name} in no more?", name=operator["name"])
        text = self.say("Their sessions end at once and their PIN is forgotten. What they did stays under their name.")
        if await self.sure(title, text) and await self.send("DELETE", f"/operators/{operator['operator_id']}"):
            self.tell(self.say("{name} is disabled.", name=operator["name"]))
            self.reload()

    def _chosen(self) -> Json | None:
        found = next((each for each in self.items if each["operator_id"] == self.table.key), None)
        if found is None or not found["active"]:
            self.tell(self.say("Choose an operator who is not disabled. Ctrl+N brings one back by the same id."),
                      wrong=True)  # fmt: skip
            return None
        return found
