"""A busy shop under the recorder: `python -m tests.faults.support.recorded_shop DATA SALES TILLS PLANT`.

Every answer a till gets is appended to DATA/acks the moment it has it, so the record has both in one order.
"""

import os
import sys
import threading
from pathlib import Path

from appliance.application import commands as c
from appliance.eventstore import checkpoints, connection
from tests.faults.support import shop
from tests.faults.support.plants import planted

SMALL_WAL_PAGES = 120  # so that a short run sees the WAL moved and begun again


def main(data: Path, sales: int, tills: int, plant: str) -> None:
    """Sell, with a customer every ten sales, a void every seven, and checkpoints in between."""
    connection.AUTOCHECKPOINT_PAGES = SMALL_WAL_PAGES
    checkpoints.IDLE_SECONDS = 0.0
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    acks = os.open(data / "acks", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with planted(plant), shop.opened(data) as open_shop:
        threads = [
            threading.Thread(target=_till, args=(open_shop, acks, range(till, sales, tills))) for till in range(tills)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _till(open_shop: shop.Shop, acks: int, numbers: range) -> None:
    for number in numbers:
        reference = f"r-{number}"
        sold = open_shop.sell(reference)
        _ack(acks, reference, sold.outcome.events[-1].position)
        if number % 7 == 3:
            void = c.VoidSale(sale_id=sold.outcome.ids["sale_id"], register_id=shop.REGISTER, reason="wrong item")
            _ack(acks, f"void-{number}", open_shop.ask(void, f"void-{number}").outcome.events[-1].position)
        if number % 10 == 5:
            personal = open_shop.store.vault.seal(f"c-{number}", {"name": f"Customer {number}"})
            customer = c.RegisterCustomer(customer_id=f"c-{number}", personal=personal)
            _ack(acks, f"c-{number}", open_shop.ask(customer, f"c-{number}").outcome.events[-1].position)


def _ack(acks: int, reference: str, position: int) -> None:
    os.write(acks, f"{reference} {position}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
