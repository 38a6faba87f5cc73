"""The fields of a body as people read them: one row each, nested ones under their path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

Row = tuple[str, str, str]
"""(path, type, what there is to know)."""

Schema = dict[str, Any]


def fields(model: type[BaseModel]) -> list[Row]:
    """Every field of a model and of what is in it."""
    schema = model.model_json_schema(mode="validation")
    return list(_rows(schema, schema.get("$defs", {}), ""))


def _rows(schema: Schema, definitions: Schema, prefix: str) -> Iterator[Row]:
    required = schema.get("required", ())
    for name, described in schema.get("properties", {}).items():
        optional = name not in required
        inner, many = _inner(described, definitions)
        path = f"{prefix}{name}{'[]' if many else ''}"
        yield path, _kind(described, inner, many=many), _text(described, inner, optional=optional)
        yield from _rows(inner, definitions, f"{path}.")


def _inner(described: Schema, definitions: Schema) -> tuple[Schema, bool]:
    """What a value is made of, past nullability, references and lists; and whether there are many of it."""
    for option in described.get("anyOf", ()):
        if option.get("type") != "null":
            return _inner(option, definitions)
    if described.get("type") == "array":
        return _inner(described.get("items", {}), definitions)[0], True
    if "$ref" in described:
        return definitions[described["$ref"].rpartition("/")[2]], False
    return described, False


def _kind(described: Schema, inner: Schema, *, many: bool) -> str:
    words = inner.get("enum")
    kind = " | ".join(words) if words else str(inner.get("format") or inner.get("type", "value"))
    nullable = any(option.get("type") == "null" for option in described.get("anyOf", ()))
    return ("list of " if many else "") + kind + (" or null" if nullable else "")


def _text(described: Schema, inner: Schema, *, optional: bool) -> str:
    text = described.get("description") or ("" if "properties" in inner else inner.get("description", ""))
    if not optional:
        return f"Required. {text}"
    default = described.get("default")
    return f"{text} Without it: {default!r}." if default not in (None, "", []) else text
