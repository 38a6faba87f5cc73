"""Head office's messages, read and made into the commands that everybody uses; `MEANINGS` is the index.

A message that cannot be read ends as a reason, never as an error. Reasons name places and rules, never the values
found there: they go into the log, where personal data must not stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from appliance.application import commands as c
from appliance.application import commands_access as access
from appliance.application import commands_hq as hq
from appliance.application.inbox import Message, Unreadable
from appliance.domain.events import Sealed
from appliance.schemas import hq_commands as s
from appliance.schemas.common import Body

Seal = Callable[[str, Mapping[str, str]], Sealed]
MAX_PROBLEMS = 5  # named in one refusal


@dataclass(frozen=True, slots=True)
class Read:
    """A message that is a command of ours."""

    message: Message
    data: Body
    meaning: Callable[[Any, Seal], tuple[object, ...]]

    @property
    def subject(self) -> str | None:
        """Whose personal data it brings, if it brings any."""
        data = self.data
        if isinstance(data, s.CreateOrder) and (data.customer is not None or data.shipping_address is not None):
            return data.customer_id
        return None

    def commands(self, seal: Seal) -> tuple[object, ...]:
        """What is to be carried out, all or nothing."""
        return self.meaning(self.data, seal)


def read(body: bytes, sequence: int, store_id: str) -> tuple[Message, Read | Unreadable]:
    """The message, and its meaning or why it has none."""
    message = Message(sequence=sequence, sha256=sha256(body).hexdigest())
    if len(body) > s.MAX_COMMAND_BYTES:
        detail = f"The message has {len(body)} bytes; {s.MAX_COMMAND_BYTES} is the most."
        return message, Unreadable("command-too-large", detail)
    try:
        envelope = s.Command.model_validate_json(body)
    except ValidationError as error:
        return message, Unreadable("command-unreadable", _where(error))
    message = Message(
        sequence=sequence,
        sha256=message.sha256,
        command_id=envelope.command_id,
        type=envelope.type,
        expires_at=envelope.expires_at,
    )
    return message, _meaning(message, envelope, store_id)


def _meaning(message: Message, envelope: s.Command, store_id: str) -> Read | Unreadable:
    if envelope.store != store_id:
        return Unreadable("wrong-store", f"It is for {envelope.store}; this is {store_id}.", at="/store")
    model = s.COMMANDS.get(envelope.type)
    if model is None:
        return Unreadable("unknown-command", "This store knows no command of this type.", at="/type")
    try:
        return Read(message, model.model_validate(envelope.data), MEANINGS[envelope.type])
    except ValidationError as error:
        return Unreadable("command-invalid", _where(error, "/data"))


def _where(error: ValidationError, prefix: str = "") -> str:
    told = [
        f"{prefix}/{'/'.join(str(part) for part in each['loc'])}: {each['msg']}"
        for each in error.errors(include_input=False, include_url=False, include_context=False)[:MAX_PROBLEMS]
    ]
    return "; ".join(told)


def _create_order(data: Any, seal: Seal) -> tuple[object, ...]:
    known = data.customer
    personal = known and {name: value for name in ("name", "email", "phone") if (value := getattr(known, name))}
    register = known and c.RegisterCustomer(
        customer_id=data.customer_id, personal=seal(data.customer_id, personal), country=known.country
    )
    address = data.shipping_address
    order = c.CreateOrder(
        order_id=data.order_id,
        customer_id=data.customer_id,
        kind=data.kind,
        items=tuple(
            c.OrderedItem(product_id=each.product_id, quantity=each.quantity, unit_price=each.unit_price)
            for each in data.items
        ),
        address=None if address is None else seal(data.customer_id, address.model_dump()),
        currency=data.currency,
    )
    return (register, order) if register else (order,)


def _transfer(data: Any, other_store: str, *, incoming: bool) -> tuple[object, ...]:
    lines = tuple(hq.TransferredLine(product_id=each.product_id, quantity=each.quantity) for each in data.lines)
    command = hq.TransferStock(transfer_id=data.transfer_id, other_store=other_store, incoming=incoming, lines=lines)
    return (command,)


def _define(data: Any, _: Seal) -> tuple[object, ...]:
    fields = data.model_dump()
    return (c.DefineProduct(**fields | {"barcodes": tuple(data.barcodes)}),)


def _plainly(command: type) -> Callable[[Any, Seal], tuple[object, ...]]:
    """The command with the very fields of the message."""
    return lambda data, _: (command(**data.model_dump()),)


Meaning = Callable[[Any, Seal], tuple[object, ...]]

MEANINGS: Mapping[str, Meaning] = {
    "order.create": _create_order,
    "order.cancel": _plainly(c.CancelOrder),
    "stock.transfer_in": lambda data, _: _transfer(data, data.from_store, incoming=True),
    "stock.transfer_out": lambda data, _: _transfer(data, data.to_store, incoming=False),
    "product.define": _define,
    "product.recall": _plainly(hq.RecallProduct),
    "product.lift_recall": _plainly(hq.LiftRecall),
    "register.shut": _plainly(hq.ShutRegister),
    "register.reopen": _plainly(hq.ReopenRegister),
    "operator.add": _plainly(access.AddOperator),
    "operator.change_role": _plainly(access.ChangeOperatorRole),
    "operator.disable": _plainly(access.DisableOperator),
    "settings.change": lambda data, _: (hq.ChangePolicy(scope="command", key=data.key, value=data.value),),
}
"""Type -> what it asks of the store; a new one is a line here and a line in `appliance.schemas.hq_commands`."""
