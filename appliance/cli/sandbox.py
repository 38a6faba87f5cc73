"""`backroom sandbox`."""

from __future__ import annotations

import asyncio
import errno
import signal
from pathlib import Path

import click

from appliance.cli import output
from appliance.cli.failures import Failure
from appliance.cli.verbs import every_verb
from appliance.sandbox.sandbox import Sandbox, running

DEFAULT_PORT = 8900


@click.group("sandbox")
def command() -> None:
    """Providers to try things out with: payment, inventory, shipping, notification."""


@command.command("run")
@every_verb
@click.option(
    "--port",
    type=click.IntRange(0, 65_000),
    default=DEFAULT_PORT,
    show_default=True,
    help="Where its control is; providers follow: REST from +1, gRPC from +11. 0 takes any free ports.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same ids and chances.")
@click.option(
    "--ledger",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what the providers did in this file; without it they forget when they stop.",
)
def run(as_json: bool, port: int, seed: int, ledger: Path | None) -> None:
    """Serve the outside world on loopback until told to stop, with faults on demand and a ledger of its own.

    When it is ready it says how to point a store at it; with --json as one line of JSON on the standard output.
    """
    try:
        asyncio.run(_serve(port, seed, ledger, as_json=as_json))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, None):
            raise
        raise Failure("A port is taken", str(error), "Choose others with --port, or any with --port 0.") from None


async def _serve(port: int, seed: int, ledger: Path | None, *, as_json: bool) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running(ledger or ":memory:", base_port=port, seed=seed) as sandbox:
        _tell(sandbox, as_json=as_json)
        await stop.wait()


def _tell(sandbox: Sandbox, *, as_json: bool) -> None:
    addresses = sandbox.addresses()
    if as_json:
        output.print_json(addresses)
        return
    click.echo(f"The sandbox listens. Control and ledger: {addresses['control']}")
    click.echo("\nIn the store's settings, over REST:\n")
    for port, address in addresses["rest"].items():
        click.echo(f'[integration.{port}]\nadapter = "rest"\naddress = "{address}"\n')
    if sandbox.has_grpc:
        click.echo("Or over gRPC: " + ", ".join(f"{port} {address}" for port, address in addresses["grpc"].items()))
    else:
        click.echo("gRPC is not installed: pip install 'backroom[grpc]'")
    click.echo("\nA customer whose card is refused, once:\n")
    wish = '{"provider": "payment", "operation": "charge", "fault": "decline", "count": 1}'
    click.echo(f"curl -X POST {addresses['control']}/control/faults -d '{wish}'\n\nStop with Ctrl-C.")
