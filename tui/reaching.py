"""Where the store is: where the options say, on this machine, or where the network says."""

from __future__ import annotations

import argparse
import importlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.client import Address
from tui.words import clean

if TYPE_CHECKING:
    from tui.finding import Announced

SOCKET = "control.sock"
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108 bytes
FINDING = "tui.finding"  # loaded where it is wanted: a store on this machine is nearly always there
TOKEN = "BACKROOM_TOKEN"  # noqa: S105  the variable's name


class Nowhere(ValueError):
    """No store, or more than one: says what to do."""


def address_of(given: argparse.Namespace) -> Address:
    """The store to speak to. Raises OSError, Nowhere."""
    token = given.token_file.read_text().strip() if given.token_file else os.environ.get(TOKEN)
    if given.url:
        return Address(url=given.url, token=token, certificate=given.certificate)
    path = short(given.socket or (given.data or Path(".backroom")) / SOCKET)
    if answers(path):
        return Address(socket=path)
    return of_announced(importlib.import_module(FINDING).announced(), path, token, given.certificate)


def of_announced(found: Sequence[Announced], path: Path, token: str | None, certificate: Path | None) -> Address:
    """The one store that the network tells of. Raises Nowhere."""
    if not found:
        message = f"no store answers at {path}, and the network tells of none. Start it with backroom run, or name it"
        raise Nowhere(message + " with --url")
    told = "; ".join(f"{clean(each.name, 60)} ({clean(each.store_id, 40)}) at {each.url}" for each in found)
    if len(found) > 1:
        message = f"the network tells of several stores: {told}. Choose one with --url"
        raise Nowhere(message)
    if token is None or certificate is None:
        message = (
            f"the network tells of {told}. Give it --token-file, and --certificate with the store's certificate,"
            f" whose fingerprint has to be {clean(found[0].fingerprint, 80)}"
        )
        raise Nowhere(message)
    return Address(url=found[0].url, token=token, certificate=certificate, host=found[0].host)


def short(path: Path) -> Path:
    """The path as it fits into a socket address: from here, where the whole of it is too long."""
    return path if len(str(path).encode()) <= LONGEST_SOCKET_PATH else Path(os.path.relpath(path))


def answers(path: Path) -> bool:
    """Whether somebody accepts connections on a control socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
