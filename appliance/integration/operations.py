"""What can be asked of each port: the one table that adapters, sandbox and documentation are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Port = Literal["inventory", "payment", "shipping", "notification"]
PORTS: tuple[Port, ...] = ("inventory", "payment", "shipping", "notification")

PACKAGE = "backroom.provider.v1"  # of the protos
PREFIX = "/v1"  # of the routes


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. `changes` says whether it leaves something behind; one that only looks can always be repeated."""

    port: Port
    name: str
    path: str  # below /v1/<port>; a query's key follows
    rpc: str
    changes: bool = True

    @property
    def route(self) -> str:
        """Where it is under REST."""
        return f"{PREFIX}/{self.port}/{self.path}"

    @property
    def rpc_path(self) -> str:
        """Where it is under gRPC."""
        return f"/{PACKAGE}.{self.port.title()}/{self.rpc}"

    @property
    def is_query(self) -> bool:
        """Whether it asks what became of another call's key."""
        return self.name == "query"


def _query(port: Port) -> Operation:
    return Operation(port, "query", "keys", "Query", changes=False)


CHECK_AVAILABILITY = Operation("inventory", "check_availability", "availability", "CheckAvailability", changes=False)
RESERVE = Operation("inventory", "reserve", "reservations", "Reserve")
RELEASE = Operation("inventory", "release", "releases", "Release")
CHARGE = Operation("payment", "charge", "charges", "Charge")
REFUND = Operation("payment", "refund", "refunds", "Refund")
CREATE = Operation("shipping", "create", "shipments", "Create")
CANCEL = Operation("shipping", "cancel", "cancellations", "Cancel")
SEND = Operation("notification", "send", "messages", "Send")
QUERIES: Mapping[Port, Operation] = {port: _query(port) for port in PORTS}

OPERATIONS: tuple[Operation, ...] = (
    CHECK_AVAILABILITY,
    RESERVE,
    RELEASE,
    CHARGE,
    REFUND,
    CREATE,
    CANCEL,
    SEND,
    *QUERIES.values(),
)
