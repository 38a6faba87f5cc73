"""`backroom run`."""

from __future__ import annotations

import errno
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance import safe_mode
from appliance.cli.failures import Failure
from appliance.cli.options import every_verb, place
from appliance.config import Settings, load
from appliance.errors import SettingsInvalid
from appliance.lan import Lan
from appliance.observability import logs
from appliance.supervisor import Running, serve

if TYPE_CHECKING:
    from appliance.importing.starter import StarterResult

STARTER = "appliance.importing.starter"  # loaded where it is wanted: every other start is spared it

_SALE = """\
curl -s -X POST {url}/api/v1/sales \\
  -H 'Authorization: Bearer {token}' \\
  -H 'Idempotency-Key: my-first-sale' \\
  -H 'Content-Type: application/json' \\
  -d '{{"register_id": "{register}", "currency": "{currency}", "lines": [{{"barcode": "{barcode}", "quantity": "2"}}], \
"tenders": [{{"type": "cash", "amount": 2000}}]}}'"""


@click.command("run")
@every_verb
@click.option("--port", type=click.IntRange(0, 65535), help="Where tills reach it; 0 takes any free port.")
@click.option("--first-start-catalogue", is_flag=True, help="Fill a store that has nothing yet with a small catalogue.")
def command(as_json: bool, port: int | None, first_start_catalogue: bool) -> int:
    """Run the store until it is told to stop (SIGTERM or Ctrl-C).

    When it is ready it says where tills reach it; with --json as one line of JSON on the standard output.
    """
    overrides: dict[str, Any] = {"data_dir": place().data}
    if port is not None:
        overrides["http"] = {"port": port}
    config = place().config
    settings, reason = _settings(config, overrides)
    logs.configure(settings.logging.level)

    async def ready(running: Running) -> None:
        starter = importlib.import_module(STARTER) if first_start_catalogue else None
        started = await starter.load(running.services) if starter else None
        _tell(settings, running, started, as_json=as_json)

    try:
        return serve(settings, ready, lambda: load(config, **overrides), reason)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        where = f"{settings.http.host}:{settings.http.port}"
        hint = "Stop the other one, or choose another with --port or BACKROOM__HTTP__PORT."
        raise Failure("The port is taken", f"Another program listens on {where}.", hint) from None


def _settings(config: Path | None, overrides: dict[str, Any]) -> tuple[Settings, str | None]:
    """What to run with, and why that is safe mode where it is."""
    try:
        return load(config, **overrides), None
    except SettingsInvalid as broken:
        settings = safe_mode.settings(config, broken, **overrides)
        click.echo(f"Safe mode: nothing is sold until this is corrected: {broken.detail}", err=True)
        return settings, broken.detail


def _tell_lan(lan: Lan) -> None:
    if lan.url is not None:
        click.echo(f"On the network: {lan.url}, certificate {lan.fingerprint}")
    if lan.trouble is not None:
        click.echo(lan.trouble, err=True)


def _tell(settings: Settings, running: Running, started: StarterResult | None, *, as_json: bool) -> None:
    if as_json:
        token = started.token if started else None
        url, control_socket = running.url, str(running.control_socket)
        told = {
            "url": url,
            "control_socket": control_socket,
            "data": str(settings.data_dir),
            "token": token,
            "lan_url": running.lan.url,
            "fingerprint": running.lan.fingerprint,
            "trouble": running.lan.trouble,
        }
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"{settings.store.name} is open at {running.url} (reference: {running.url}/docs)")
    _tell_lan(running.lan)
    if started is None:
        click.echo("Enrol a till: backroom device add NAME. Stop with Ctrl-C.")
        return
    click.echo(f"A first start: {started.products} products with opening stock, register {started.register_id}.")
    click.echo(f"Device token, shown this once: {started.token}")
    click.echo("\nThe next thing to try, in another terminal:\n")
    click.echo(
        _SALE.format(
            url=running.url,
            token=started.token,
            register=started.register_id,
            currency=started.currency,
            barcode=started.try_barcode,
        )
    )
    click.echo("\nStop with Ctrl-C.")
