"""The docs as a package brings them: whole, and readable where there is no internet."""

import re
from pathlib import Path

import pytest

from debbuild import site

REPOSITORY = Path(__file__).resolve().parents[2]

# What every store's documentation must tell, and the page that does.
TOLD = {
    "tutorial": "tutorial",
    "open the store": "how-to/open-the-store",
    "upgrade and roll back": "how-to/upgrade-and-roll-back",
    "restore": "how-to/back-up-and-restore",
    "move from another POS": "how-to/move-from-another-pos",
    "reference: API": "reference/api",
    "reference: command line": "reference/cli",
    "reference: settings": "reference/settings",
    "reference: metrics": "reference/metrics",
    "reference: events": "reference/events",
    "reference: alerts": "reference/alerts",
    "why it never loses a sale": "explanation",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site").resolve()
    site.write(REPOSITORY, into)
    return into


def attributes(page: Path, name: str) -> list[str]:
    return re.findall(rf'<[^>]*\b{name}="([^"]*)"', page.read_text())


def anchors(page: Path) -> set[str]:
    return set(attributes(page, "id"))


def dead(page: Path) -> list[str]:
    """What a page leads to and is not there, an anchor within a page included."""
    found = []
    for link in [*attributes(page, "href"), *attributes(page, "src")]:
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link) or path.endswith("copyright"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.is_file() or (anchor and anchor not in anchors(target)):
            found.append(f"{page.name}: {link}")
    return found


def from_outside(text: str) -> list[str]:
    """What a browser would fetch from somewhere else by itself; a link that a person may follow is none of it."""
    fetched = r"""(?:\bsrc=|<link[^>]*\bhref=|@import\s+|\burl\()\s*["']?(https?:[^"')\s]+|//[^"')\s]+)"""
    return re.findall(fetched, text)


@pytest.mark.parametrize("subject", TOLD)
def test_what_a_store_must_be_told_has_its_page_and_is_in_the_index(pages: Path, subject: str) -> None:
    page = f"{TOLD[subject]}.html"

    assert (pages / page).is_file()
    assert page in attributes(pages / "index.html", "href")


def test_every_page_is_in_the_index(pages: Path) -> None:
    listed = attributes(pages / "index.html", "href")

    assert sorted(listed) == sorted(
        str(page.relative_to(pages)) for page in pages.rglob("*.html") if page.name != "index.html"
    )


def test_every_link_picture_and_anchor_leads_somewhere(pages: Path) -> None:
    assert [link for page in pages.rglob("*.html") for link in dead(page)] == []


def test_nothing_is_fetched_from_outside(pages: Path) -> None:
    found = {path.name: from_outside(path.read_text()) for path in pages.rglob("*") if path.suffix in {".html", ".svg"}}

    assert {name: urls for name, urls in found.items() if urls} == {}


def test_what_programs_read_comes_along(pages: Path) -> None:
    assert (pages / "openapi.json").is_file()
    assert len(list((pages / "contract").iterdir())) == len(list((REPOSITORY / "docs/contract").iterdir()))


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="https://example.org/x.png">',
        '<link rel="stylesheet" href="//example.org/x.css">',
        'src: url("https://example.org/x.woff2")',
        "@import 'http://example.org/x.css'",
    ],
)
def test_a_planted_asset_from_outside_is_found(planted: str) -> None:
    assert len(from_outside(planted)) == 1


def test_a_planted_dead_link_picture_or_anchor_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<a href="gone.html"></a><img src="gone.svg"><a href="#gone"></a><h1 id="here"></h1><a href="#here"></a>'
    )

    assert dead(page) == ["page.html: gone.html", "page.html: #gone", "page.html: gone.svg"]
