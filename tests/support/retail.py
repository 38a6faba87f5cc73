"""A slice of a real retailer's months in a running store, booked the way an import books them."""

from itertools import islice
from pathlib import Path

import msgspec

from appliance.importing.invoices import gather
from appliance.importing.reader import read_rows
from tests.support.api import Shop

MINOR_DIGITS = 2
LINES_AT_ONCE = 500


async def traded(shop: Shop, months: Path, rows: int) -> int:
    """Book the invoices of the first `rows` rows; answers how many there are."""
    contents = gather(islice(read_rows(months), rows), MINOR_DIGITS)
    for batch in contents.batches(LINES_AT_ONCE):
        body = msgspec.json.encode(contents.on_the_wire(batch))
        answer = await shop.post("/imports/sales", body, role=None, local=True)
        assert answer.is_success, answer.text
    return len(contents.invoices)
