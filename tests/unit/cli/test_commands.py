"""The shape of the command line: what every noun and verb has."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from appliance.cli.root import NOUNS, root

HEAVY = ("litestar", "pydantic", "uvicorn", "httpx", "rich", "aiosqlite", "cryptography")


def verbs(group: click.Group = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every verb, by all the words that lead to it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from verbs(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


VERBS = dict(verbs())


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_answers_in_json_if_asked(name: str) -> None:
    assert any("--json" in parameter.opts for parameter in VERBS[name].params)


@pytest.mark.parametrize("name", VERBS)
def test_the_store_may_be_named_behind_every_verb(name: str) -> None:
    options = {option for parameter in VERBS[name].params for option in parameter.opts}

    assert {"--data", "--config"} <= options


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_and_every_option_says_what_it_is_for(name: str) -> None:
    assert VERBS[name].help
    for parameter in VERBS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("name", VERBS)
def test_no_verb_takes_a_secret_in_an_argument(name: str) -> None:
    options = [option for parameter in VERBS[name].params for option in parameter.opts]
    words = " ".join(each for each in options if not each.endswith("-file"))  # where a secret stands is none

    assert not {"token", "pin", "password", "secret"} & set(words.replace("-", " ").split())


@pytest.mark.parametrize("noun", NOUNS)
def test_the_list_says_of_a_noun_what_the_noun_says_of_itself(noun: str) -> None:
    command = root.get_command(click.Context(root), noun)

    assert command is not None
    assert command.name == noun
    assert command.help


def test_the_list_of_commands_loads_none_of_them() -> None:
    loaded = f"import sys; from appliance.cli.root import run; run(['--help']); print({HEAVY} & sys.modules.keys())"
    loaded = loaded.replace(str(HEAVY), f"set({HEAVY})")

    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout

    assert said.splitlines()[-1] == "set()"
