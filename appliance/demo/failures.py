"""Why a demonstration could not be given."""

from __future__ import annotations

from appliance.errors import StoreError


class DemoFailed(StoreError):
    """Something the demonstration is made of did not start."""

    code = "demo-failed"
    title = "The demonstration could not be given"
    hint = "Look into the folder that --keep names; `backroom doctor` looks the machine over."
    status = 500


class ServerMissing(DemoFailed):
    """There is no nats-server."""

    code = "demo-server-missing"
    title = "There is no nats-server here"
    hint = "Install nats-server 2.12 or newer and put it on the PATH (Debian: apt install nats-server), then try again."
