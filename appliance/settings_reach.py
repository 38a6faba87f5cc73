"""What a change of each setting takes: which ones a running store takes over, and which wait for its next start."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# Sections that a running store takes over, but for a few of their keys; `appliance.reloading` does it.
RELOADED = frozenset({"access", "backup", "integration", "limits", "logging", "orders", "scrub", "store"})
FIXED = frozenset(
    {
        "access.pepper_file",
        "backup.directory",
        "backup.recipient",
        "store.id",
        "store.name",
        "store.currency",
    }
)


def at_once(key: str) -> bool:
    """Whether a running store takes it over; the others wait for the next start."""
    return key.partition(".")[0] in RELOADED and key not in FIXED


def section(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a section of settings; None where it is one setting."""
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every setting of a section, in the order of the code: "limits.connections"."""
    for name, field in model.model_fields.items():
        inner = section(field)
        if inner is None:
            yield prefix + name
        else:
            yield from keys(inner, f"{prefix}{name}.")


def value(settings: BaseModel, key: str) -> object:
    """What a setting is."""
    found: object = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found
