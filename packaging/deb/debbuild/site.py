"""The docs as HTML for a store without the internet: every page, every picture, every file that a page leads to."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ABOVE = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")
ELSEWHERE: Mapping[str, str] = {"LICENSE": "../copyright"}
"""What a package has under another name, as it is seen from the site."""

_STYLE = "body{max-width:50rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 sans-serif}code,pre{background:#8882}\
pre{padding:.6rem;overflow:auto}table{border-collapse:collapse}td,th{border:1px solid #8886;padding:.2rem .5rem}\
img{max-width:100%}"
_CHAPTERS: Mapping[str, str] = {
    "": "Begin here",
    "how-to": "How to",
    "reference": "Reference",
    "runbooks": "When an alert fires",
}


def write(repository: Path, into: Path) -> None:
    """The whole site in `into`, with an index."""
    docs = repository / "docs"
    titles = {}
    for page in [*(repository / name for name in ABOVE), *sorted(docs.rglob("*.md"))]:
        at = placed(page, repository)
        titles[at], body = _rendered(page, repository)
        _page(into / at, titles[at], body)
    for source in _brought(repository):
        _copy(source, into / placed(source, repository))
    _page(into / "index.html", "Backroom", "\n".join(["<h1>Backroom</h1>", *_index(titles)]) + "\n")


def placed(source: Path, repository: Path) -> str:
    """Where a file of the repository stands in the site: what `docs` holds and what is above it share one folder."""
    found = source.relative_to(repository).as_posix().removeprefix("docs/")
    return f"{found.removesuffix('.md')}.html" if found.endswith(".md") else found


def links(tokens: Iterable[Token]) -> Iterator[tuple[Token, str, str]]:
    """Each link and picture of a page: where it stands, the attribute's name, and what it leads to."""
    for token in tokens:
        yield from links(token.children or ())
        for name in ("href", "src"):
            if target := token.attrGet(name):
                yield token, name, str(target)


def slug(title: str) -> str:
    """A heading's anchor, as those who render Markdown on the web make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def parsed(page: Path) -> list[Token]:
    """A page, its headings with their anchors."""
    tokens = _READER.parse(page.read_text(encoding="utf-8"))
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", slug("".join(each.content for each in inline.children or ())))
    return tokens


_READER = MarkdownIt("commonmark").enable("table")


def _rendered(page: Path, repository: Path) -> tuple[str, str]:
    tokens = parsed(page)
    for token, name, target in links(tokens):
        token.attrSet(name, _as_placed(target, page, repository))
    title = next((after.content for first, after in pairwise(tokens) if first.tag == "h1"), "Backroom")
    return _plain(title), _READER.renderer.render(tokens, _READER.options, {})


def _as_placed(target: str, page: Path, repository: Path) -> str:
    path, mark, anchor = target.partition("#")
    if not path or re.match(r"[a-z]+:", target):
        return target
    source = (page.parent / path).resolve()
    at = ELSEWHERE.get(source.name) if source.parent == repository else None
    here = Path(placed(page, repository)).parent
    return os.path.relpath(at or placed(source, repository), here) + mark + anchor


def _brought(repository: Path) -> Iterator[Path]:
    """What is no page and is shown or led to by one; the descriptions for programs come in any case."""
    docs = repository / "docs"
    yield from (path for path in sorted(docs.rglob("*")) if path.is_file() and path.suffix != ".md")
    for page in sorted(docs.rglob("*.md")):
        for _, _, target in links(parsed(page)):
            source = (page.parent / target.partition("#")[0]).resolve()
            if source.is_file() and source.is_relative_to(repository / "packaging"):
                yield source


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".svg":  # what draws them names fonts of the internet; a store has fonts of its own
        target.write_text(re.sub(r"@font-face\s*\{.*?\}", "", source.read_text(encoding="utf-8"), flags=re.DOTALL))
    else:
        shutil.copyfile(source, target)


def _index(titles: Mapping[str, str]) -> Iterator[str]:
    for folder, chapter in _CHAPTERS.items():
        yield f"<h2>{chapter}</h2>\n<ul>"
        inside = sorted((title, at) for at, title in titles.items() if at.rpartition("/")[0] == folder)
        yield from (f'<li><a href="{at}">{title}</a></li>' for title, at in inside)
        yield "</ul>"


def _plain(title: str) -> str:
    return title.replace("`", "").replace("&", "&amp;").replace("<", "&lt;")


_HEAD = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>{style}</style>
</head>
"""


def _page(path: Path, title: str, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = _HEAD.format(title=title, style=_STYLE)
    path.write_text(f"{head}<body>\n{body}</body>\n</html>\n", encoding="utf-8")
