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

HEAD = """\
# Settings

Written from the code by `python -m appliance.settings_reference docs/reference/settings.md`; do not edit.

A setting comes from the first of these that names it: the command line, the environment
(`BACKROOM__SECTION__KEY`), the settings file (`/etc/backroom/config.toml`, or `--config`), the default.
Policies that head office sets stand above all of them: [policies](policies.md).
`backroom config show` tells each value and where it comes from, `backroom config check` whether all can be used.
Settings marked * take effect on `systemctl reload backroom` (SIGHUP); the others with the next start.
"""

# What a reload takes over; `appliance.reloading` does it.
RELOADED = ("integration", "limits", "access", "backup", "logging")


def text() -> str:
    """The whole page."""
    return HEAD + "".join(_section(Settings, ()))


def _section(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[str]:
    said = _docstrings(model)
    if path:
        yield f"\n## `[{'.'.join(path)}]`\n\n{inspect.cleandoc(model.__doc__ or '')}\n"
    fields = model.model_fields.items()
    plain = [(name, field) for name, field in fields if _model(field) is None]
    if plain:
        yield "\n| key | type | default | says |\n|---|---|---|---|\n"
    for name, field in plain:
        mark = " *" if path and path[0] in RELOADED and (path[0], name) not in NOT_RELOADED else ""
        yield f"| `{name}`{mark} | {_kind(field.annotation)} | {_default(field)} | {said.get(name, '')} |\n"
    for name, field in fields:
        inner = _model(field)
        if inner is not None:
            yield from _section(inner, (*path, name))


NOT_RELOADED = frozenset({("access", "pepper_file"), ("backup", "directory")})


def _model(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


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
