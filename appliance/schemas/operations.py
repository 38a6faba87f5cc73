"""Devices, views, verification and health on the wire: what looks after the store."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from appliance.schemas.common import Answer, Body, Id, Name, example

Role = Literal["cashier", "supervisor", "manager", "support", "hq"]


# --- devices --------------------------------------------------------------------------------------------------


class EnrolDevice(Body):
    """A device that may speak to the store from now on."""

    model_config = example({"device_id": "till-1-tablet", "name": "Front till", "role": "cashier"})

    device_id: Id | None = Field(None, description="Left out: one is made.")
    name: Name
    role: Role
    register_id: Id | None = Field(None, description="The register it belongs to, for people to see.")


_DEVICE: dict[str, Any] = {
    "device_id": "till-1-tablet",
    "name": "Front till",
    "role": "cashier",
    "register_id": "till-1",
    "created_at": "2026-11-22T09:00:00.000000Z",
    "revoked_at": None,
}


class Device(Answer):
    """A device; of its token only the hash is kept."""

    model_config = example(_DEVICE)

    device_id: str
    name: str
    role: str
    register_id: str | None
    created_at: str
    revoked_at: str | None


class DeviceEnrolled(Device):
    """A new device and its token, which is shown this once."""

    model_config = example({**_DEVICE, "token": "bkr_" + "x" * 43})

    token: str | None = Field(description="Null when the request is repeated: a token is shown once.")


class DeviceList(Answer):
    """Every device that was ever enrolled."""

    model_config = example({"items": [_DEVICE], "next_cursor": None})

    items: list[Device]
    next_cursor: str | None


# --- views and verification -----------------------------------------------------------------------------------

_OPEN = ConfigDict(extra="allow")


class ProjectionState(Answer):
    """A view of the log; while it is being rebuilt `progress` says how far it is."""

    model_config = _OPEN | example(
        {"name": "stock", "version": 1, "position": 1042, "head": 1042, "status": "live", "progress": None}
    )

    name: str
    version: int
    position: int
    head: int
    status: str
    progress: dict[str, Any] | None


class ProjectionList(Answer):
    """Every view."""

    model_config = example(
        {
            "items": [
                {"name": "stock", "version": 1, "position": 1042, "head": 1042, "status": "live", "progress": None}
            ],
            "next_cursor": None,
        }
    )

    items: list[ProjectionState]
    next_cursor: str | None


class Verification(Answer):
    """How far the verification is, or what it found; `problems` is empty for a store that is whole."""

    model_config = _OPEN | example(
        {
            "status": "running",
            "checked": 500,
            "total": 1042,
            "problems": [],
            "started_at": "2026-11-22T09:30:00.000000Z",
            "finished_at": None,
        }
    )

    status: str = Field(description="running, clean, damaged or failed.")
    checked: int
    total: int
    problems: list[dict[str, Any]]
    started_at: str
    finished_at: str | None


# --- health ---------------------------------------------------------------------------------------------------


class Component(Answer):
    """One part of the store."""

    name: str
    status: Literal["up", "down"]
    details: dict[str, Any]
    response_time_ms: float


class Health(Answer):
    """Whether the store can do its work."""

    model_config = example(
        {
            "status": "up",
            "components": [
                {"name": "writer", "status": "up", "details": {"queued": 0, "position": 1042}, "response_time_ms": 0.9}
            ],
            "timestamp": "2026-11-22T09:30:00.000000Z",
        }
    )

    status: Literal["up", "down"]
    components: list[Component]
    timestamp: str


class Liveness(Answer):
    """The process answers."""

    model_config = example({"status": "up", "timestamp": "2026-11-22T09:30:00.000000Z"})

    status: Literal["up", "down"]
    timestamp: str


# --- findings -------------------------------------------------------------------------------------------------

_FINDING = {
    "id": 1,
    "found_at": "2026-11-22T09:30:00.000000Z",
    "kind": "incarnation-copied",
    "subject": "incarnation 2",
    "position": 1043,
    "detail": "The database was copied: it is not the file this life was bound to.",
}


class Finding(Answer):
    """Something a start or a check found wrong, until somebody has seen to it."""

    model_config = example(_FINDING)

    id: int
    found_at: str
    kind: str
    subject: str
    position: int | None
    detail: str


class FindingList(Answer):
    """What was found wrong, newest first."""

    model_config = example({"items": [_FINDING], "next_cursor": None})

    items: list[Finding]
    next_cursor: str | None


# --- backups --------------------------------------------------------------------------------------------------

_BACKUP: dict[str, Any] = {
    "name": "20261124T030000Z-48213",
    "created_at": "2026-11-24T03:00:00.000000Z",
    "store_id": "store-1",
    "incarnation": 1,
    "position": 48213,
    "bytes": 187_412_480,
    "has_keys": True,
    "sealed": False,
}
_BACKUP_RUN: dict[str, Any] = {
    "status": "done",
    "fraction": 1.0,
    "started_at": "2026-11-24T03:00:00.000000Z",
    "finished_at": "2026-11-24T03:00:04.000000Z",
    "detail": None,
    "backup": _BACKUP,
}


class Backup(Answer):
    """A copy of the store that was proven whole when it was made."""

    model_config = example(_BACKUP)

    name: str
    created_at: str
    store_id: str
    incarnation: int
    position: int = Field(description="How far the log in it reaches.")
    bytes: int
    has_keys: bool = Field(description="Whether personal data in it can be read; the keys expire before the rest.")
    sealed: bool = Field(False, description="Whether only the owner of a private key can read it.")


class BackupList(Answer):
    """Every backup there is, newest first."""

    model_config = example({"items": [_BACKUP], "next_cursor": None})

    items: list[Backup]
    next_cursor: None = None


class BackupRun(Answer):
    """How far the backup under way is, or what became of the last one."""

    model_config = example(_BACKUP_RUN)

    status: Literal["running", "done", "failed"]
    fraction: float
    started_at: str
    finished_at: str | None = None
    detail: str | None = Field(None, description="Why it failed.")
    backup: Backup | None = None
