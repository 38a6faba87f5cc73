"""`backroom sync`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from appliance.cli import output
from appliance.cli.verbs import Cli, verb

_STATUS: output.Columns = {
    "connected": lambda item: _yes(item, "connected"),
    "server": "server",
    "incarnation": "incarnation",
    "position": "position",
    "acknowledged": "acknowledged",
    "backlog": lambda item: _backlog(item["backlog"]),
    "oldest": lambda item: item["backlog"]["oldest_recorded_at"] or "",
    "rate": lambda item: f"{item['rate']:,.0f} events/s",
    "drained": lambda item: _drained(item["drained_in_seconds"]),
    "paused": lambda item: _yes(item, "paused"),
    "claim": "claim",
    "refused": lambda item: f"{item['refused']['count']} {item['refused']['last'] or ''}".strip(),
    "trouble": lambda item: _trouble(item["trouble"]),
    "commands": lambda item: _commands(item["down"]),
    "price list": lambda item: _prices(item["down"]),
    "policies": lambda item: _policies(item["down"]),
    "not usable": lambda item: _refused(item["down"]),
    "from head office": lambda item: " ".join(_trouble(each) for each in item["down"]["troubles"]) or "no trouble",
}
_COMPARISON: output.Columns = {
    "stream": "stream",
    "equal": lambda item: _yes(item, "equal"),
    "up to": "up_to",
    "behind": "behind",
    "sampled": "sampled",
    "problems": lambda item: " ".join(item["problems"]),
}


@click.group("sync")
def command() -> None:
    """See, pause and compare what goes to head office."""


@verb(command, "status")
def status(cli: Cli) -> None:
    """Say where it stands: connected, positions, what waits, and what keeps it, in plain words."""
    _show(cli, "GET", "/sync")


@verb(command, "pause", writes=True)
def pause(cli: Cli) -> None:
    """Send nothing until told to resume, over restarts too; selling goes on."""
    _show(cli, "POST", "/sync/pause")


@verb(command, "resume", writes=True)
def resume(cli: Cli) -> None:
    """Go on sending, and ask for the claim anew where it had been lost."""
    _show(cli, "POST", "/sync/resume")


@verb(command, "compare", writes=True, must_run=True)
def compare(cli: Cli) -> int:
    """Hold head office's stream against the log: ends, counts, hashes, a sample; exit code 1 where they differ."""
    answer = cli.write("POST", "/sync/compare")
    cli.show(answer, _COMPARISON)
    return 0 if answer.json()["equal"] else 1


def _show(cli: Cli, method: str, path: str) -> None:
    answer = cli.get(path) if method == "GET" else cli.write(method, path)
    if not answer.json()["enabled"] and not cli.as_json:
        output.talk("this store sends nothing to a head office: sync.url is not set")
        return
    cli.show(answer, _STATUS)


def _yes(item: Mapping[str, Any], name: str) -> str:
    return "yes" if item[name] else "no"


def _backlog(backlog: Mapping[str, Any]) -> str:
    return f"{backlog['events']:,} events, about {backlog['bytes'] / 1024:,.0f} KiB"


def _drained(seconds: float | None) -> str:
    return "not at present" if seconds is None else f"in {seconds:,.0f} s" if seconds else "yes"


def _commands(down: Mapping[str, Any]) -> str:
    found = down["commands"]
    return f"{found['applied']} carried out, {found['refused']} refused, {found['waiting'] or 0} waiting"


def _prices(down: Mapping[str, Any]) -> str:
    found = down["pricelists"]
    in_force = found["in_force"]["version"] if found["in_force"] else "none"
    return f"{in_force}, {_checked(found['checked_seconds_ago'])}"


def _policies(down: Mapping[str, Any]) -> str:
    found = down["policies"]
    return f"{len(found['set'])} set by head office, {_checked(found['checked_seconds_ago'])}"


def _checked(seconds: float | None) -> str:
    return "never compared" if seconds is None else f"compared {seconds:,.0f} s ago"


def _refused(down: Mapping[str, Any]) -> str:
    found = [*down["pricelists"]["refused"], *down["policies"]["refused"]]
    return "; ".join(f"{each['key']}: {each['detail']}" for each in found) or "nothing"


def _trouble(trouble: Mapping[str, str] | None) -> str:
    return f"{trouble['title']}: {trouble['detail']} {trouble['hint']}" if trouble else "none"
