"""Requests that are written in a file or come through a pipe."""

from __future__ import annotations

import json
from typing import Any

import click

from appliance.cli.failures import bad_input

json_file = click.argument("file", type=click.File("rb"), default="-")
"""A file with the body of a request; the standard input where none is named."""


def read_json(file: Any) -> Any:
    """The JSON in a file. Raises a Failure that says where it breaks off."""
    try:
        return json.load(file)
    except (ValueError, RecursionError) as error:
        detail = f"{file.name} is no JSON: {error}."
        raise bad_input(detail) from None
