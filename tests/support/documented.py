"""Commands as the documentation writes them: in blocks that are run, in blocks that are only shown, and in the text."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from appliance.cli.root import root
from tests.support.source_tree import REPOSITORY

PAGES = ("README.md", "docs/tutorial.md", *sorted(f"docs/how-to/{each.name}" for each in
         (REPOSITORY / "docs/how-to").glob("*.md")))  # fmt: skip
PROGRAMS = re.compile(
    r"^(?:\$ )?(backroom|apt|apt-mark|apt-get|systemctl|journalctl|make|docker|kubectl|runuser|cp|mv|rm|nats-server)\b"
)

NO_COMMANDS = {"backroom subject key 1"}  # what a key is derived under


def fenced(page: str) -> Iterator[tuple[str, str]]:
    """Each block of a page: its language, and what it holds; blocks within a list as well."""
    text = (REPOSITORY / page).read_text()
    for found in re.finditer(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
        yield found[2], re.sub(rf"(?m)^{found[1]}", "", found[3])


def run(page: str) -> str:
    """What somebody who follows the page types, in order."""
    return "\n".join(block for language, block in fenced(page) if language == "sh")


def shown(page: str) -> list[str]:
    """Commands in blocks that no test types, line by line; those that stand indented too."""
    lines = [line for language, block in fenced(page) if not language for line in block.splitlines()]
    lines += re.findall(r"^ {4}(?! )(.+)$", (REPOSITORY / page).read_text(), re.MULTILINE)
    return [line for line in lines if PROGRAMS.match(line)]


def spoken_of(page: Path) -> list[str]:
    """Commands of ours within a page's sentences, and in all of its blocks."""
    text = page.read_text()
    inline = re.findall(r"`(backroom [^`\n]+)`", text)
    lines = [
        line.strip() for block in re.findall(r"```\w*[^\n]*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()
    ]
    return [each for each in inline if each not in NO_COMMANDS] + [
        line for line in lines if line.startswith("backroom ")
    ]


def unknown(command: str) -> str | None:
    """What of a documented command does not exist: a verb or an option; None where all of it does."""
    words = shlex.split(command.replace("\\|", "|").partition("|")[0].partition("<<")[0].partition(">")[0])
    here: click.Command = root
    known = _options(root)
    values = False  # whether the word is what an option was given
    for word in words[1:]:
        name, values, is_value = word.partition("=")[0], False, values
        if is_value:
            continue
        option = known.get(name)
        values = isinstance(option, click.Option) and not option.is_flag and "=" not in word
        if name.startswith("--") and name not in known:
            return f"{name} in: {command}"
        if isinstance(here, click.Group) and not word.startswith("-") and re.fullmatch(r"[a-z-]+", word):
            found = here.get_command(click.Context(here), word)
            if found is None:
                return f"{word} in: {command}"
            here = found
            known = {**known, **_options(here)}
    return None


def _options(command: click.Command) -> Mapping[str, click.Parameter | None]:
    everywhere: Mapping[str, click.Parameter | None] = dict.fromkeys(("--help", "--version", "--json"))
    return {**everywhere, **{name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}}
