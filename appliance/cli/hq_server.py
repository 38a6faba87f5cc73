"""What every verb of head office takes: its folder, its server, and who it is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from appliance.cli.options import Verb, every_verb
from appliance.hq.connection import DEFAULT_URL, Server
from appliance.hq.folder import Folder, open_folder

DEFAULT_FOLDER = Path("hq")

_FILE = click.Path(dir_okay=False, path_type=Path)
_OPTIONS: tuple[Callable[[Verb], Verb], ...] = (
    click.option(
        "--folder",
        type=click.Path(file_okay=False, path_type=Path),
        default=DEFAULT_FOLDER,
        show_default=True,
        envvar="BACKROOM_HQ_FOLDER",
        metavar="DIR",
        help="Head office's folder (also BACKROOM_HQ_FOLDER).",
    ),
    click.option(
        "--server",
        default=DEFAULT_URL,
        show_default=True,
        envvar="BACKROOM_HQ_SERVER",
        metavar="URL",
        help="The NATS server, nats:// or tls:// (also BACKROOM_HQ_SERVER).",
    ),
    click.option(
        "--credentials", type=_FILE, metavar="FILE", help="Who we are there; by default hq.seed of the folder."
    ),
    click.option("--ca", type=_FILE, metavar="FILE", help="The authority that signed the server's certificate."),
    click.option(
        "--certificate", type=_FILE, metavar="FILE", help="Our own certificate, where the server asks for one."
    ),
    click.option("--certificate-key", type=_FILE, metavar="FILE", help="The key of our own certificate."),
)


def at_head_office(*, create: bool = False) -> Callable[[Verb], Verb]:
    """Give a verb `folder` and `server` from the options that all of them share."""

    def decorate(function: Verb) -> Verb:
        @wraps(function)
        def run(*, folder: Path, server: str, credentials: Path | None, **given: Any) -> Any:
            opened = open_folder(folder, create=create and not given.get("check"))
            return function(folder=opened, server=_server(opened, server, credentials, given), **given)

        command = every_verb(run)
        for option in reversed(_OPTIONS):
            command = option(command)
        return command

    return decorate


def _server(folder: Folder, url: str, credentials: Path | None, given: dict[str, Any]) -> Server:
    own = folder.credentials if folder.credentials.exists() else None
    ca, certificate, key = (given.pop(name) for name in ("ca", "certificate", "certificate_key"))
    return Server(url, credentials or own, ca, certificate, key)
