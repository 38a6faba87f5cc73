"""The whole store dies, or is told to stop, in the middle of many orders: each ends, and money and goods add up."""

import time
from pathlib import Path

import pytest

from tests.faults.support.appliances import Nursery
from tests.faults.support.order_runs import Orders, orders
from tests.faults.support.scale import SEED, allowed, scaled

pytestmark = [pytest.mark.faults, pytest.mark.promise, pytest.mark.timeout(allowed(300))]

ORDERS = 60  # BACKROOM_FAULT_SCALE=17 makes it a thousand
STOP_SECONDS = 10.0
END_SECONDS = 120.0
FAULTS = (
    ("charge", "timeout", 0.05), ("charge", "decline", 0.05), ("charge", "error_after", 0.05),
    ("create", "decline", 0.05), ("create", "reset", 0.05), ("refund", "garbage", 0.2), ("send", "reset_before", 0.05),
)  # fmt: skip


def all_running(found: Orders) -> None:
    """Every order placed, and all of them under way because nobody takes their money; killed there."""
    found.pay(up=False)
    appliance = found.started()
    found.place(appliance, scaled(ORDERS))
    assert found.ended() == 0
    assert sum(found.sagas().values()) == scaled(ORDERS)
    appliance.kill()
    found.pay(up=True)
    for fault in FAULTS:
        found.plan(*fault)


def finished(found: Orders) -> None:
    """Left alone until the last order has ended, and stopped."""
    appliance = found.started()
    found.until_ended(scaled(ORDERS), allowed(END_SECONDS))
    appliance.signal(15)
    assert appliance.ended() == 0


@pytest.mark.parametrize("own_stock", [True, False], ids=["own stock", "their stock"])
def test_killed_three_times_among_running_orders_each_ends_and_money_and_goods_add_up(
    nursery: Nursery, place: Path, own_stock: bool
) -> None:
    began = time.monotonic()
    with orders(nursery, place, own_stock=own_stock) as found:
        all_running(found)
        for share in (0.25, 0.6):
            appliance = found.started()
            found.until_ended(round(scaled(ORDERS) * share), allowed(END_SECONDS))
            appliance.kill()
        finished(found)

        judged = found.judge(own_stock=own_stock)
        print(
            f"kill -9 three times among {scaled(ORDERS)} orders: {dict(found.sagas())} in "
            f"{time.monotonic() - began:.0f} s; charged {judged['captured']}, given back {judged['refunded']}, "
            f"problems {judged['problems']}, seed {SEED}"
        )


def test_told_to_stop_among_running_orders_it_stops_in_time_and_loses_none(nursery: Nursery, place: Path) -> None:
    with orders(nursery, place, own_stock=True) as found:
        all_running(found)
        found.plan("charge", "hang", 0.1)
        for share in (0.25, 0.6):
            appliance = found.started()
            found.until_ended(round(scaled(ORDERS) * share), allowed(END_SECONDS))
            began = time.monotonic()
            appliance.signal(15)
            code, took = appliance.ended(), time.monotonic() - began
            print(f"SIGTERM among {scaled(ORDERS)} orders, {found.ended()} ended: {took:.2f} s")
            assert (code, took < STOP_SECONDS) == (0, True)
        finished(found)

        found.judge(own_stock=True)
