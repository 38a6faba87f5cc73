"""Given a register, when its drawer is opened, used and closed, then the Z report adds up."""

import pytest

from appliance.application.commands import (
    AddRegister,
    CloseDrawer,
    Command,
    CountDrawer,
    GivenTender,
    OpenDrawer,
    PayIn,
    PayOut,
    RefundSale,
    RingUpSale,
    RungUpLine,
    VoidSale,
)
from appliance.domain import refusals as r
from appliance.errors import StaleVersion
from tests.support.fake_uow import shop
from tests.support.rung_up import sale

OPEN = OpenDrawer(register_id="till-1", opening_float=100_00)
CLOSE = CloseDrawer(register_id="till-1", counted=103_00)
BY_CARD = RingUpSale(
    sale_id="s-card",
    register_id="till-1",
    currency="GBP",
    lines=(RungUpLine(product_id="mug"),),
    tenders=(GivenTender(type="card", amount=400),),
)


def test_a_drawer_session_begins_with_its_float() -> None:
    event = shop().event(OPEN, operator="ben")

    assert (event.session, event.opening_float, event.business_date, event.operator) == (1, 10_000, "2026-11-23", "ben")


def test_a_z_report_adds_up() -> None:
    store = shop().given(
        OPEN,
        sale("s-1", tea="2"),
        sale("s-2", mug="1"),
        BY_CARD,
        VoidSale(sale_id="s-2", register_id="till-1", reason="mistake"),
        RefundSale(
            sale_id="s-1",
            refund_id="r-1",
            register_id="till-1",
            lines=None,
            tenders=(GivenTender(type="cash", amount=500),),
            reason="broken",
        ),
        PayIn(register_id="till-1", amount=50_00, reason="coins"),
        PayOut(register_id="till-1", amount=20_00, reason="window cleaner"),
    )

    z = store.event(CloseDrawer(register_id="till-1", counted=129_00, reason="a pound short", operator="zoe"))

    assert (z.sales_count, z.sales_amount, z.voids_count, z.voids_amount) == (3, 1300, 1, 400)
    assert (z.refunds_count, z.refunds_amount, z.paid_in, z.paid_out) == (1, 500, 5000, 2000)
    assert {each.type: (each.count, each.amount) for each in z.tenders} == {"card": (1, 400), "cash": (4, 0)}
    assert (z.expected, z.counted, z.difference, z.reason, z.operator) == (13_000, 12_900, -100, "a pound short", "zoe")


def test_everything_falls_into_exactly_one_z() -> None:
    store = shop().given(sale("s-0", tea="1"), OPEN, sale("s-1", tea="1"))
    first, closed_at = store.event(CLOSE), len(store.log.events)
    store.given(sale("s-2", tea="1"), OPEN, sale("s-3", tea="1"))

    second = store.event(CLOSE)

    assert (first.sales_count, first.after_position) == (2, 0)
    assert (second.sales_count, second.session, second.after_position) == (2, 2, closed_at)


def test_another_tills_sales_are_not_in_the_report() -> None:
    store = shop().given(AddRegister(register_id="till-2", name="Till 2"), OPEN, sale("s-1", tea="1"))
    store.given(sale("s-2", tea="1", register_id="till-2"))

    assert store.event(CLOSE).sales_count == 1


def test_a_drawer_is_opened_once() -> None:
    with pytest.raises(r.DrawerAlreadyOpen):
        shop().given(OPEN).when(OPEN)


@pytest.mark.parametrize(
    "command",
    [
        CLOSE,
        PayIn(register_id="till-1", amount=1, reason="coins"),
        PayOut(register_id="till-1", amount=1, reason="milk"),
        CountDrawer(register_id="till-1", counted=1),
    ],
)
def test_a_closed_drawer_is_left_alone(command: Command) -> None:
    for store in (shop(), shop().given(OPEN, CLOSE)):
        with pytest.raises(r.DrawerNotOpen):
            store.when(command)


def test_a_count_changes_nothing() -> None:
    store = shop().given(OPEN, CountDrawer(register_id="till-1", counted=99_00))

    assert store.event(CLOSE).expected == 10_000


@pytest.mark.parametrize(
    "command",
    [
        OpenDrawer(register_id="till-1", opening_float=-1),
        PayIn(register_id="till-1", amount=0, reason="coins"),
        PayIn(register_id="till-1", amount=1, reason=""),
        PayOut(register_id="till-1", amount=-1, reason="milk"),
        PayOut(register_id="till-1", amount=10**13, reason="yacht"),
        CountDrawer(register_id="till-1", counted=-1),
        CloseDrawer(register_id="till-1", counted=-1),
        CloseDrawer(register_id="till-1", counted=1, reason="x" * 501),
    ],
)
def test_absurd_cash_is_refused(command: Command) -> None:
    store = shop() if isinstance(command, OpenDrawer) else shop().given(OPEN)

    with pytest.raises(r.Invalid):
        store.when(command)


def test_a_register_nobody_added_is_not_found() -> None:
    with pytest.raises(r.RegisterNotFound):
        shop().when(OpenDrawer(register_id="till-9", opening_float=0))


def test_a_register_is_added_renamed_and_left_alone() -> None:
    store = shop()

    added = store.when(AddRegister(register_id="till-2", name="Back"))
    same = store.when(AddRegister(register_id="till-2", name="Back"))
    renamed = store.when(AddRegister(register_id="till-2", name="Front"))

    assert [(each.status, len(each.events)) for each in (added, same, renamed)] == [(201, 1), (200, 0), (200, 1)]


def test_a_drawer_is_not_opened_from_a_stale_view() -> None:
    with pytest.raises(StaleVersion):
        shop().when(OpenDrawer(register_id="till-1", opening_float=0, expected_version=4))
