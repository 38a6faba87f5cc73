"""`backroom idempotency`."""

from __future__ import annotations

import click

from appliance.cli.verbs import Cli, part, verb


@click.group("idempotency")
def command() -> None:
    """Find out what became of a write."""


@verb(command, "show")
@click.argument("idempotency_key", metavar="KEY")
@click.option("--register", metavar="REGISTER", help="The register the write named.")
def show(cli: Cli, idempotency_key: str, register: str | None) -> None:
    """Show what was booked under an idempotency key."""
    cli.show(
        cli.get(f"/idempotency/{part(idempotency_key)}", {"register_id": register}),
        {
            "key": "key",
            "scope": "scope",
            "status": "status",
            "made": lambda found: [f"{name} {value}" for name, value in found["ids"].items()],
            "first position": "first_position",
            "last position": "last_position",
            "at": "recorded_at",
        },
    )
