"""The manual page and the completion, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click
from click.shell_completion import BashComplete

from appliance.cli.root import root


def manual(version: str, epoch: int) -> str:
    """backroom(1), in man's language."""
    day = datetime.fromtimestamp(epoch, UTC).date()
    context = click.Context(root, info_name="backroom")
    lines = [
        f'.TH BACKROOM 1 "{day}" "Backroom {version}" "User Commands"',
        ".SH NAME",
        "backroom \\- the box in the back room that keeps a store selling",
        ".SH SYNOPSIS",
        ".B backroom",
        "[\\fB\\-\\-data\\fR \\fIDIR\\fR] [\\fB\\-\\-config\\fR \\fIFILE\\fR] \\fINOUN\\fR [\\fIVERB\\fR] ...",
        ".SH DESCRIPTION",
        *_paragraphs(root),
        ".SH COMMANDS",
        *_commands(context, root, ()),
        ".SH FILES",
        *_terms((
            ("/etc/backroom/config.toml", "The settings; each is explained in it."),
            ("/var/lib/backroom", "The store: its log, its keys, its backups."),
            ("/usr/share/doc/backroom/html/index.html", "How to, reference and explanation, without the internet."),
        )),
        ".SH EXIT STATUS",
        "0 it worked, 1 it did not, 2 it could not be understood, 74 the disk failed, 130 it was interrupted.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _commands(context: click.Context, group: click.Group, path: tuple[str, ...]) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(context, command, (*path, name))
        elif command is not None:
            arguments = [f"\\fI{_escaped((each.name or '').upper())}\\fR" for each in command.params
                         if isinstance(each, click.Argument)]  # fmt: skip
            yield ".TP"
            yield " ".join([f"\\fBbackroom {_escaped(' '.join((*path, name)))}\\fR", *arguments])
            yield _escaped(" ".join((command.help or "").replace("\b", "").split("\n\n")[0].split()))


def _paragraphs(command: click.Command) -> Iterator[str]:
    for paragraph in (command.help or "").split("\n\n"):
        yield ".PP"
        yield _escaped(" ".join(paragraph.split()))


def _terms(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, text in rows:
        yield from (".TP", f"\\fI{_escaped(name)}\\fR", _escaped(text))


def _escaped(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("-", "\\-")
    return f"\\&{plain}" if plain[:1] in {".", "'"} else plain


def completion() -> str:
    """What bash sources to complete the command."""
    return BashComplete(root, {}, "backroom", "_BACKROOM_COMPLETE").source()
