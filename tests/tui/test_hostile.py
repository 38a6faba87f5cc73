import random
import unicodedata

from tests.support.api import Shop
from tests.support.consoles import console
from tui.screens.stock import Stock
from tui.widgets.table import MOST_ROWS, Row
from tui.words import clean, wide

SEED = 20_261_124
MANY = 20_000
PIECES = (
    "[bold]", "[/]", "[red", "]", "[@click=app.quit]x[/]", "\x1b[31m", "\x1b]0;owned\x07", "\x9b2J", "\u202e", "\u2066",
    "\u200f", "\x00", "\r\n", "\t", "\ud800", "\ufeff", "e\u0301" * 40, "👩‍👩‍👧‍👦",
    "漢字", "a" * 500, "$variable", "{0}", "{name}",
    "%s", "\\[", "\x7f", "\u2028", "<script>", "\U000e0041", "🇩🇪", "()", "''",
)  # fmt: skip


def _hostile(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))


def test_twenty_thousand_hostile_texts_become_one_safe_line() -> None:
    rng = random.Random(SEED)
    for _ in range(MANY):
        text = clean(_hostile(rng))
        assert not any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} for each in text), ascii(text)
        assert "\u202e" not in text
        assert wide(text) >= 0


async def test_tables_and_answers_show_twenty_thousand_hostile_texts_as_text(shop: Shop) -> None:
    rng = random.Random(SEED)
    async with console(shop) as at:
        room = await at.go("stock")
        assert isinstance(room, Stock)
        for _ in range(MANY // MOST_ROWS // 2):
            rows = [Row(str(n), (_hostile(rng), _hostile(rng), "1", "0", "1")) for n in range(MOST_ROWS)]
            room.table.show(rows)
            room.tell(_hostile(rng))
            await at.pilot.pause()
            assert "\x1b" not in at.text
            painted = [room.table._strip(each.cells, "") for each in rows]  # those further down as well
            assert {each.cell_length for each in painted} == {room.table.size.width}
            assert not any("\x1b" in each.text or "\u202e" in each.text for each in painted)
        room.table.show([Row("1", ("[bold]Tea[/] [@click=app.quit]x", "{name}", "1", "0", "1"))])

        await at.shows("[bold]Tea[/]")


async def test_a_hostile_product_walks_through_every_room(shop: Shop) -> None:
    body = {"name": "[red]Tee[/] \u202egnp.exe 漢字", "tax_code": "standard", "price": "1", "barcodes": ["96385074"]}
    assert (await shop.put("/products/odd", body)).status_code == 201
    async with console(shop) as at:
        await at.go("stock")
        await at.scan("96385074")
        await at.shows("[red]Tee[/]", "Nothing has moved it yet")
        await at.go("sale")
        await at.scan("96385074")
        await at.shows("[red]Tee[/]", "Total 1.00")
