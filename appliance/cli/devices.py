"""`backroom device`."""

from __future__ import annotations

import click

from appliance.cli import output
from appliance.cli.verbs import Cli, chosen, part, verb

ROLES = ["cashier", "supervisor", "manager", "support", "hq"]
_COLUMNS = {
    "device": "device_id",
    "name": "name",
    "role": "role",
    "register": "register_id",
    "added": "created_at",
    "revoked": "revoked_at",
}


@click.group("device")
def command() -> None:
    """Enrol tills and other devices."""


@verb(command, "add", writes=True)
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="cashier", show_default=True, help="What it may do.")
@click.option("--register", metavar="REGISTER", help="The register it stands at.")
@click.option("--id", "device_id", metavar="ID", help="Its id; left out, one is made.")
def add(cli: Cli, name: str, role: str, register: str | None, device_id: str | None) -> None:
    """Enrol a device and print its token, this once: only a hash of it is kept."""
    body = chosen(name=name, role=role, register_id=register, device_id=device_id)
    answer = cli.write("POST", "/devices", body)
    if cli.as_json:
        cli.show(answer)
        return
    device = answer.json()
    if device["token"] is None:
        output.talk(f"{device['device_id']} was enrolled before; its token was shown then. Enrol another device.")
        return
    output.talk(f"{device['device_id']} is enrolled as {device['role']}. Its token, shown this once:")
    click.echo(device["token"])


@verb(command, "enrol")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="cashier", show_default=True, help="What it may do.")
@click.option("--register", metavar="REGISTER", help="The register it stands at.")
@click.option("--id", "device_id", metavar="ID", help="Its id; left out, one is made.")
@click.option("--minutes", type=click.IntRange(1, 60), default=10, show_default=True, help="How long the code holds.")
def enrol(cli: Cli, name: str, role: str, register: str | None, device_id: str | None, minutes: int) -> None:
    """Print a one-time code with which a device enrols itself: POST /api/v1/enrolments {"code": ...}.

    It works once. Only a hash of it is kept, and the device's token is told to the device alone.
    """
    body = chosen(name=name, role=role, register_id=register, device_id=device_id, minutes=minutes)
    answer = cli.write("POST", "/enrolment-codes", body)
    if cli.as_json:
        cli.show(answer)
        return
    output.talk(f"Type this at the device within {minutes} minutes:")
    click.echo(answer.json()["code"])


@verb(command, "list")
def list_devices(cli: Cli) -> None:
    """List devices."""
    cli.show_list(cli.get("/devices"), _COLUMNS, empty="no devices yet: backroom device add NAME")


@verb(command, "revoke", writes=True)
@click.argument("device_id")
def revoke(cli: Cli, device_id: str) -> None:
    """Make a device's token worthless at once."""
    cli.show(cli.write("DELETE", f"/devices/{part(device_id)}"), _COLUMNS)
