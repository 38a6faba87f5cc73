"""The devices that may speak to the store: a role each, and a token of which only the hash is kept.

Devices are not in the log on purpose: a replacement box re-enrols its tills. They are changed by the writer like
everything else and looked up in memory on every request.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from appliance.api.refusals import DeviceExists, DeviceNotFound
from appliance.api.roles import CONTROL_ROLE, ROLES
from appliance.application.receipts import Receipt, ReceiptKey
from appliance.domain.text import MAX_NAME, check_choice, check_id, check_text
from appliance.errors import KeyReused
from appliance.eventstore.ids import uuid7
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.eventstore.writer import Writer

TOKEN_BYTES = 32
TOKEN_PREFIX = "bkr_"  # noqa: S105  what makes a token recognisable in a leak, not a secret

_ACTIVE = (
    "SELECT token_hash, device_id, name, role, register_id, created_at, revoked_at FROM devices"
    " WHERE revoked_at IS NULL"
)
_ALL = "SELECT device_id, name, role, register_id, created_at, revoked_at FROM devices ORDER BY created_at, device_id"
_ONE = "SELECT device_id, name, role, register_id, created_at, revoked_at FROM devices WHERE device_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A till, a console or a program, by the token it holds."""

    device_id: str
    name: str
    role: str
    register_id: str | None = None
    created_at: str = ""
    revoked_at: str | None = None


CONTROL = Device(device_id="control", name="control socket", role=CONTROL_ROLE)
"""Whoever comes over the control socket: it needs no token, since the file's mode says who may open it."""


class Devices:
    """All devices, in memory by the hash of their tokens; changes are durable before they count."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._by_hash: Mapping[bytes, Device] = {}

    def find(self, token: bytes) -> Device | None:
        """The device that holds the token. The lookup is by hash, so its timing tells nothing of any token."""
        return self._by_hash.get(sha256(token).digest())

    async def load(self) -> None:
        """Read the devices anew; at start, and after every change."""
        self._by_hash = await self._writer.run(active)

    async def list(self) -> list[Device]:
        """Every device that was ever enrolled, oldest first."""
        return await self._writer.run(all_devices)

    async def add(self, device: Device, now: str, key: ReceiptKey | None = None) -> tuple[Device, str | None]:
        """Enrol a device; answers it with its token, or without one where the key was used for this before."""
        token = new_token()
        added, fresh = await self._writer.run(lambda uow: enrol(uow, device, token, now, key))
        await self.load()
        return added, token if fresh else None

    async def add_by_code(self, wanted: Callable[[UnitOfWork], Device], now: str) -> tuple[Device, str]:
        """Enrol the device that a code stands for, in the transaction that spends the code; answers its token."""
        token = new_token()
        added, _ = await self._writer.run(lambda uow: enrol(uow, wanted(uow), token, now))
        await self.load()
        return added, token

    async def revoke(self, device_id: str, now: str, key: ReceiptKey | None = None) -> tuple[Device, bool]:
        """Make a device's token worthless at once; the second answer says whether the key did it just now."""
        revoked = await self._writer.run(lambda uow: revoke(uow, device_id, now, key))
        await self.load()
        return revoked


def new_token() -> str:
    """A token nobody can guess."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


# --- on the writer thread; also for a command line that holds the store by itself -------------------------------


def active(uow: UnitOfWork) -> dict[bytes, Device]:
    """The devices that may speak, by the hash of their tokens."""
    return {bytes(row[0]): _device(row[1:]) for row in uow.query(_ACTIVE)}


def all_devices(uow: UnitOfWork) -> list[Device]:
    """Every device, oldest first."""
    return [_device(row) for row in uow.query(_ALL)]


def enrol(uow: UnitOfWork, device: Device, token: str, now: str, key: ReceiptKey | None = None) -> tuple[Device, bool]:
    """Add a device under the hash of its token; answers False, and the device, where the key did so before."""
    before = _done_before(uow, key)
    if before is not None:
        return _one(uow, before), False
    check(device)
    if uow.query("SELECT 1 FROM devices WHERE device_id = ?", (device.device_id,)):
        raise DeviceExists(f"There is a device {device.device_id!r} already.", at="/device_id")
    uow.execute(
        "INSERT INTO devices(device_id, name, role, register_id, token_hash, created_at) VALUES (?,?,?,?,?,?)",
        (device.device_id, device.name, device.role, device.register_id, sha256(token.encode()).digest(), now),
    )
    _keep(uow, key, device.device_id, 201, now)
    return _one(uow, device.device_id), True


def check(device: Device) -> None:
    """Refuse a device whose words are not fit to be kept."""
    check_id(device.device_id, "/device_id")
    check_text(device.name, "/name", MAX_NAME, shortest=1)
    check_choice(device.role, ROLES, "/role")
    if device.register_id is not None:
        check_id(device.register_id, "/register_id")


def revoke(uow: UnitOfWork, device_id: str, now: str, key: ReceiptKey | None = None) -> tuple[Device, bool]:
    """Revoke a device's token; answers False where the key did so before."""
    before = _done_before(uow, key)
    if before is not None:
        return _one(uow, before), False
    device = _one(uow, device_id)
    uow.execute("UPDATE devices SET revoked_at = ? WHERE device_id = ? AND revoked_at IS NULL", (now, device_id))
    _keep(uow, key, device_id, 200, now)
    return _one(uow, device.device_id), True


def _one(uow: UnitOfWork, device_id: str) -> Device:
    rows = uow.query(_ONE, (device_id,))
    if not rows:
        raise DeviceNotFound(f"There is no device {device_id[:64]!r}.")
    return _device(rows[0])


def _device(row: Sequence[Any]) -> Device:
    device_id, name, role, register_id, created_at, revoked_at = row
    return Device(
        device_id=device_id,
        name=name,
        role=role,
        register_id=register_id,
        created_at=created_at,
        revoked_at=revoked_at,
    )


def _done_before(uow: UnitOfWork, key: ReceiptKey | None) -> str | None:
    found = uow.receipt(key.scope, key.key) if key is not None else None
    if found is None or key is None:
        return None
    if found.fingerprint != key.fingerprint:
        raise KeyReused(f"The key was used at {found.recorded_at} for a request with another method, path or body.")
    return found.ids["device_id"]


def _keep(uow: UnitOfWork, key: ReceiptKey | None, device_id: str, status: int, now: str) -> None:
    if key is None:
        return
    uow.keep_receipt(
        Receipt(
            scope=key.scope,
            key=key.key,
            command_id=uuid7(),
            fingerprint=key.fingerprint,
            status=status,
            ids={"device_id": device_id},
            first_position=None,
            last_position=None,
            recorded_at=now,
        )
    )
