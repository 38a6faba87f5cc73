"""Every setting with its type, default and meaning, written down from the code: docs/reference/settings.md.

python -m appliance.settings_reference docs/reference/settings.md           writes it
python -m appliance.settings_reference --check docs/reference/settings.md   says whether it is what would be written
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from appliance.config import Settings
from appliance.domain import operating, policies
from appliance.settings_reach import at_once, section

HEAD = """\
# Settings

Written from the code by `python -m appliance.settings_reference docs/reference/settings.md`; do not edit.

A setting comes from the first of these that names it: head office, for what it may set; the command line; the
environment (`BACKROOM__SECTION__KEY`); the settings file (`/etc/backroom/config.toml`, or `--config`); the default.
`backroom config show` tells each value and where it comes from, as does the room System of the console;
`backroom config check` says whether all can be used.

**Change** says when a change of the file takes effect: *reload* on `systemctl reload backroom` (SIGHUP), *start* with
the next start. **Head office** says whether it may set it from afar, and within which bounds; that takes effect within
seconds, without a start, and taking it back brings back what the box itself says: [settings for all
stores](../how-to/settings-for-all-stores.md). What decisions are made by besides: [policies](policies.md).
"""


def text() -> str:
    """The whole page."""
    return HEAD + "".join(_section(Settings, ()))


def _section(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    said = _docstrings(model)
    if path:
        yield f"\n## `[{'.'.join(path)}]`\n\n{inspect.cleandoc(model.__doc__ or '')}\n"
    fields = model.model_fields.items()
    plain = [(name, field) for name, field in fields if section(field) is None]
    if plain:
        yield "\n| key | type | default | change | head office | says |\n|---|---|---|---|---|---|\n"
    for name, field in plain:
        key = ".".join((*path, name))
        cells = (f"`{name}`", _kind(field.annotation), _default(field), _change(key), _afar(key), said.get(name, ""))
        yield f"| {' | '.join(cells)} |\n"
    for name, field in fields:
        inner = section(field)
        if inner is not None:
            yield from _section(inner, (*path, name))


def _change(key: str) -> str:
    return "reload" if at_once(key) else "start"


def _afar(key: str) -> str:
    """Within which bounds head office may set it."""
    check = operating.CHECKS.get(key)
    if check is not None:
        return check.words
    return "[yes](policies.md)" if key in policies.CHANGES else "no"


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(f"`{each}`" for each in get_args(kind))
    if get_origin(kind) in (dict, tuple):
        return {dict: "table", tuple: "list"}[get_origin(kind)]
    options = [each for each in get_args(kind) if each is not type(None)]
    return _kind(options[0]) if options else _NAMES.get(kind, getattr(kind, "__name__", str(kind)))


_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, dict):
        return ", ".join(f"`{name}`" for name in value)
    return "" if value in (None, "", ()) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The line below each field, those of the classes it is built on first."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each.__module__.startswith("appliance."):
            found |= _below_fields(each)
    return found


def _below_fields(model: type[BaseModel]) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101  the source of a class is one
    return {
        field.target.id: " ".join(str(said.value.value).split())
        for field, said in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
    }


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit code says whether it was the same."""
    path = Path(arguments[-1])
    if "--check" not in arguments:
        path.write_text(text(), encoding="utf-8")
        return 0
    if path.read_text(encoding="utf-8") == text():
        return 0
    sys.stderr.write(f"{path} is not what the code says; write it: python -m appliance.settings_reference {path}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
