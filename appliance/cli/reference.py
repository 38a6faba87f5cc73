"""The reference of the command line, made from the commands themselves: so it says what there is.

`python -m appliance.cli.reference` prints docs/reference/cli.md; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

import click

from appliance.cli.root import root
from appliance.printed_page import print_page

_HEAD = """\
# Command line

`backroom [--data DIR] [--config FILE] NOUN VERB ...`; `python -m appliance` is the same. The global options may stand
behind the verb as well.

- A command speaks to the store that runs on the data directory, or opens the directory itself where none runs.
- Data goes to the standard output; talk, progress and errors go to the standard error.
- Exit code: 0 it worked, 1 it did not, 2 it could not be understood, 130 it was interrupted.
- Every verb takes `--json`: what the store answered, for programs. Errors stay one line on the standard error.
- Verbs that write take `--key`: the same command with the same key is not done twice. Without it each call has a key
  of its own.
- Colours appear on terminals only, and not where `NO_COLOR` is set.

This page is made from the commands themselves.
"""


_EVERYWHERE = frozenset({"as_json", "key"})  # told once, at the top


def markdown() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *_options(root, "Global options"), *_commands(root, ("backroom",))])


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            if len(path) == 1:
                yield f"## {name}\n"
                yield f"{_text(command)}\n"
            yield from _commands(command, (*path, name))
        elif command is not None:
            yield from _verb(command, (*path, name))


def _verb(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    level = "##" if len(path) == 2 else "###"  # noqa: PLR2004  a verb without a noun is a chapter of its own
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    usage = " ".join([*path, *[_usage(each) for each in arguments]])
    yield f"{level} {' '.join(path[1:])}\n"
    yield f"{_text(command)}\n"
    yield f"```\n{usage}\n```\n"
    yield from _options(command, "Options")


def _usage(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    many = "..." if argument.nargs == -1 and not name.endswith("...") else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"


def _options(command: click.Command, title: str) -> Iterator[str]:
    options = [
        each
        for each in command.params
        if isinstance(each, click.Option) and not (each.hidden or each.name in _EVERYWHERE)
    ]
    if options:
        yield f"| {title} | |\n|---|---|"
        for option in options:
            yield f"| `{_spelt(option)}` | {_about(option)} |"
        yield ""


def _spelt(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    kind = option.metavar or ("\\|".join(option.type.choices) if isinstance(option.type, click.Choice) else "")
    return f"{names} {kind or (option.name or '').upper()}"


def _about(option: click.Option) -> str:
    needed = " Required." if option.required else ""
    default = f" Default: `{option.default}`." if option.show_default and option.default is not None else ""
    return f"{option.help or ''}{needed}{default}"


def _text(command: click.Command) -> str:
    paragraphs = (command.help or "").replace("\b", "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


main = partial(print_page, markdown, "appliance.cli.reference > docs/reference/cli.md")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
