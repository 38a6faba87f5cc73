"""What all bodies and answers are made of.

Money is an integer in the currency's minor unit; quantities, unit prices and percentages are decimal strings: no
float is ever accepted or sent. Bodies are read strictly (a string is no number, a field that is not known here is
refused). The domain has the last word on what a value may be: where it checks one anyhow, its pattern is described
here and enforced there, once, with the hint that belongs to it.

What reads and writes a model is built when it is first used (`defer_build`), a millisecond each: a start builds none
of the hundred.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

MAX_ID = 64
MAX_NAME = 200
MAX_REASON = 500
MAX_REFERENCE = 128
MAX_DECIMAL = 20
MAX_LINES = 2_000
MAX_TENDERS = 50

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# No control characters, no separators of lines: a text has to fit on a receipt and in a log line.
TEXT_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]*$"
LONGEST_AMOUNT = 10**12


def decimal(description: str, pattern: str) -> Any:
    """How a decimal string is described; the domain checks it and says what is wrong with it."""
    return WithJsonSchema(
        {"type": "string", "maxLength": MAX_DECIMAL, "pattern": pattern, "description": description}, mode="validation"
    )


def whole(description: str, least: int) -> Any:
    """How an amount of money is described; the domain checks its bounds."""
    return WithJsonSchema(
        {"type": "integer", "minimum": least, "maximum": LONGEST_AMOUNT, "description": description}, mode="validation"
    )


def text(least: int, most: int, pattern: str = TEXT_PATTERN) -> Any:
    """How a text is described whose characters the domain checks."""
    return WithJsonSchema(
        {"type": "string", "minLength": least, "maxLength": most, "pattern": pattern}, mode="validation"
    )


Id = Annotated[str, Field(min_length=1, max_length=MAX_ID), text(1, MAX_ID, ID_PATTERN)]
"""1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit."""
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), text(1, MAX_NAME)]
Reason = Annotated[str, Field(max_length=MAX_REASON), text(0, MAX_REASON)]
GivenReason = Annotated[str, Field(min_length=1, max_length=MAX_REASON), text(1, MAX_REASON)]
Reference = Annotated[str, Field(min_length=1, max_length=MAX_REFERENCE), text(1, MAX_REFERENCE)]
Person = Annotated[str, Field(min_length=1, max_length=MAX_ID), text(1, MAX_ID)]

_Decimal = Annotated[str, Field(max_length=MAX_DECIMAL)]
Quantity = Annotated[
    _Decimal, decimal("More than zero, at most 3 places, no more than 1000000.", r"^[0-9]{1,7}(\.[0-9]{1,3})?$")
]
CountedQuantity = Annotated[
    _Decimal, decimal("Zero or more, at most 3 places, no more than 1000000.", r"^[0-9]{1,7}(\.[0-9]{1,3})?$")
]
SignedQuantity = Annotated[
    _Decimal, decimal("Of either sign but not zero, at most 3 places.", r"^-?[0-9]{1,7}(\.[0-9]{1,3})?$")
]
UnitPrice = Annotated[
    _Decimal,
    decimal(
        "In the currency itself, at most 6 places, from 0 to 1000000: 2.50 is two and a half.",
        r"^[0-9]{1,7}(\.[0-9]{1,6})?$",
    ),
]
Percent = Annotated[_Decimal, decimal("Above 0 and up to 100.", r"^[0-9]{1,3}(\.[0-9]{1,6})?$")]
Amount = Annotated[int, whole("Minor units of the currency: 425 for 4.25.", 0)]
PositiveAmount = Annotated[int, whole("Minor units of the currency, more than zero: 425 for 4.25.", 1)]
Currency = Annotated[str, Field(max_length=8, description="ISO 4217 code of the store's currency.", examples=["EUR"])]

Item = TypeVar("Item")


def example(*examples: dict[str, Any]) -> ConfigDict:
    """A model's configuration with its examples."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class Body(BaseModel):
    """What is sent: read strictly, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Answer(BaseModel):
    """What is answered; every field is always there."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Listing(Answer, Generic[Item]):
    """A part of a list, and where the next part begins."""

    items: list[Item]
    next_cursor: str | None = Field(description="Send it as `cursor` for what follows; null at the end.")
