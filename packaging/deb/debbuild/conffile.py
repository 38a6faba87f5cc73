"""/etc/backroom/config.toml: every setting with its default and what it is, out of the code and commented out."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from appliance.config import Settings

DATA = "/var/lib/backroom"

_HEAD = """\
# The settings of this store. What begins with # is the default. After a change:
#
#   backroom config check && systemctl restart backroom
#
# Set the store's id, currency and time zone before its first sale: id and currency stay for ever then.
"""


def text() -> str:
    """The whole file. As it comes it says only where the store lives; all else are defaults."""
    lines = [_HEAD, f'data_dir = "{DATA}"']
    lines += _section(Settings, "", frozenset({"data_dir"}))
    return "\n".join(lines) + "\n"


def _section(model: type[BaseModel], name: str, left_out: frozenset[str] = frozenset()) -> Iterator[str]:
    said = _docstrings(model)
    inner = []
    if name:
        yield from ("", f"#[{name}]")
    for key, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, BaseModel):
            inner.append((type(default), f"{name}.{key}".lstrip(".")))
        elif key not in left_out:
            yield from textwrap.wrap(said.get(key, ""), 110, initial_indent="# ", subsequent_indent="# ")
            yield f"#{key} = {_toml(default)}"
    for kind, path in inner:
        yield from _section(kind, path)


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the text under it, also of the classes it comes from."""
    found: dict[str, str] = {}
    for kind in reversed([each for each in model.__mro__ if each.__module__.startswith("appliance.")]):
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for field, after in pairwise(statements):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(after):
                found[field.target.id] = " ".join(str(ast.literal_eval(after.value)).split())  # type: ignore[attr-defined]  told by _is_text
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _toml(value: Any) -> str:
    if value is None:
        return '""   # none'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, BaseModel):
        return _toml(value.model_dump())
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(str(value) if isinstance(value, Path) else value)
