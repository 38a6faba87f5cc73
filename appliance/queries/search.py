"""What people type, made safe for SQLite: no character of it is an operator."""

from __future__ import annotations


def fts_query(text: str) -> str | None:
    """An FTS5 query for rows that have a word beginning with each of the text's; None where it has no word.

    What is between spaces is a phrase: ann@example.com finds the three words in a row.
    """
    words = [word for word in text.replace("\0", " ").split() if any(map(str.isalnum, word))]
    if not words:
        return None
    return " ".join('"{}"*'.format(word.replace('"', '""')) for word in words)


def like_patterns(text: str) -> list[str]:
    r"""LIKE patterns, ESCAPE '\', for columns that contain each of the text's words."""
    words = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").split()
    return [f"%{word}%" for word in words]
