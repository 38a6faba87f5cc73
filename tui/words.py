"""Outside text made fit for a terminal: whatever a product, a customer or an error is called, it is shown as text.

Control characters, escape sequences, bidirectional overrides and the like would move the cursor, change colours or
turn the rest of the line round. They are replaced by signs that can be seen. Markup is never parsed: see `plain`.
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size
from textual.content import Content

LONGEST = 2_000
ELLIPSIS = "…"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset({"\u200d", "\u200c"})  # within emoji and within words of several scripts


def clean(text: object, longest: int = LONGEST) -> str:
    """One line of safe text; what would act on the terminal is shown as a sign instead."""
    given = str(text)
    cut = given[:longest]
    if not cut.isascii() or not cut.isprintable():
        cut = "".join(_sign(letter) for letter in cut)
    return cut + ELLIPSIS if len(given) > longest else cut


def plain(text: object, longest: int = LONGEST) -> Content:
    """The same as content for a widget: brackets in it are brackets."""
    return Content(clean(text, longest))


def _sign(letter: str) -> str:
    if letter in "\n\t\r":
        return " "
    if letter in _JOINERS or unicodedata.category(letter) not in _UNSAFE:
        return letter
    return chr(0x2400 + ord(letter)) if letter < " " else "\ufffd"


def wide(text: str) -> int:
    """How many columns a text takes: most East Asian letters take two, accents none of their own."""
    return cell_len(text)


def padded(text: str, width: int) -> str:
    """The text in so many columns, cut or filled up."""
    return set_cell_size(text, width)
