"""What people read: the manual page and the completion from the commands themselves, and the docs as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from click.shell_completion import BashComplete
from markdown_it import MarkdownIt

from appliance.cli.root import root

ABOVE = ("README.md", "ARCHITECTURE.md")

_STYLE = "body{max-width:50rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 sans-serif}code,pre{background:#8882}\
pre{padding:.6rem;overflow:auto}table{border-collapse:collapse}td,th{border:1px solid #8886;padding:.2rem .5rem}"


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


def site(repository: Path, into: Path) -> None:
    """Every page of `docs` and the two above it as HTML, links between them kept, and an index."""
    docs = repository / "docs"
    pages = [*(repository / name for name in ABOVE), *sorted(docs.rglob("*.md"))]
    reader = MarkdownIt("commonmark").enable("table")
    titles = {}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        at = page.relative_to(repository if page.name in ABOVE else docs).with_suffix(".html")
        titles[at] = _title(text)
        _write(into / at, titles[at], _linked(reader.render(text)))
    items = "".join(f'<li><a href="{at}">{title}</a></li>\n' for at, title in sorted(titles.items()))
    _write(into / "index.html", "Backroom", f"<h1>Backroom</h1>\n<ul>\n{items}</ul>\n")


def _linked(html: str) -> str:
    """Links as they are where what was above `docs` and `docs` itself stand in one folder."""
    pages = re.sub(r'(href="(?![a-z]+:)[^"#]+)\.md', r"\1.html", html)
    return re.sub(r'(href="(?:\.\./)*)\.\./(README|ARCHITECTURE)\.', r"\1\2.", pages).replace('href="docs/', 'href="')


def _title(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].replace("&", "&amp;").replace("<", "&lt;") if found else "Backroom"


def _write(path: Path, title: str, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n<style>{_STYLE}</style>\n'
    )
    path.write_text(f"{head}<style>{_STYLE}</style>\n<body>\n{body}</body>\n</html>\n", encoding="utf-8")
