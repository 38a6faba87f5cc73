"""A short, eventful life of a shop: every kind of event that a projection folds, at least once."""

from typing import Any

from appliance.domain import events as e
from appliance.domain import events_access as access
from appliance.domain import events_hq as hq
from tests.support.every_saga_event import EVERY_SAGA_EVENT
from tests.support.folding import DATE, Log, line, sealed
from tests.support.fulfilled import live_of_orders


def shop_log() -> Log:
    """Two products, two registers, two customers; a sale voided, one refunded; a Z; an order; one customer erased."""
    log = Log()
    _catalogue(log)
    _registers(log)
    _customers_and_orders(log)
    for event in EVERY_SAGA_EVENT.values():  # no saga's real life, but a fold takes every fact as it comes
        log.add(f"saga-{event.saga_id}", event)
    _operators(log)
    _head_office(log)
    return log


def _head_office(log: Log) -> None:
    for product in ("tea", "jam"):
        log.add(f"product-{product}", hq.ProductRecalled(product_id=product, recall_id="r-1", reason="glass"))
    log.add("product-tea", hq.RecallLifted(product_id="tea", recall_id="r-1"))
    for register in ("till-1", "till-2"):
        log.add(f"register-{register}", hq.RegisterShut(register_id=register, reason="audit"))
    log.add("register-till-2", hq.RegisterReopened(register_id="till-2"))
    log.add("stock-pie", hq.StockTransferred(product_id="pie", quantity="2", transfer_id="t-1", other_store="store-2"))
    refused: dict[str, Any] = {"reason": "invalid-policy", "detail": "no", "fingerprint": "ab"}
    log.add("settings", hq.SettingsRefused(scope="store", key="store.day_roll_hour", **refused))
    for hour in (3, None, 4):
        log.add("settings", hq.SettingsChanged(scope="common", key="store.day_roll_hour", value=hour))
    for version in ("autumn", "winter"):
        key = f"common.pricelists.{version}"
        log.add("pricelist-refusals", hq.PriceListRefused(version=version, key=key, **refused))


def _catalogue(log: Log) -> None:
    for product, codes in (("tea", ("5000112637922",)), ("jam", ("5000112637939", "20000001"))):
        log.add(
            f"product-{product}",
            e.ProductDefined(
                product_id=product,
                name=product.title(),
                kind="stocked",
                tax_code="standard",
                barcodes=codes,
                price="1.20",
            ),
        )
    prices = (e.ListPrice(product_id="tea", price="1.50"), e.ListPrice(product_id="jam", price="2.10"))
    log.add("pricelist-autumn", e.PriceListStaged(version="autumn", part=1, prices=prices))
    activated = e.PriceListActivated(version="autumn", valid_from=f"{DATE}T00:00:00.000000Z", parts=1, products=2)
    log.add("pricelist-autumn", activated)
    log.add("stock-tea", e.StockReceived(product_id="tea", quantity="12", reference="note 7"))
    log.add("stock-jam", e.StockCounted(product_id="jam", counted="3", book="0", variance="3"))
    log.add("stock-jam", e.StockAdjusted(product_id="jam", quantity="-0.5", reason="broken"))


def _registers(log: Log) -> None:
    for register in ("till-1", "till-2"):
        log.add(f"register-{register}", e.RegisterAdded(register_id=register, name=register.upper()))
    log.add("register-till-1", opened("till-1"))
    log.sale("s-1", line("tea", "2", 300), line("jam", "1", 210, number=2, rate="0"), client_ref="t1/0001")
    voided = log.sale("s-2", line("jam", "3", 630), register_id="till-2", customer_id="ann")
    log.void(voided)
    part = line("tea", "1", 150)
    log.sale("s-3", line("tea", "3", 450), tenders=(e.Tender(type="card", amount=450),), rounding=0)
    log.refund("r-1", part, sale_id="s-3")
    log.refund("r-2", line("jam", "0.5", 105), register_id="till-2", restock=False)
    log.add("register-till-1", e.DrawerPaidIn(register_id="till-1", session=1, amount=500, reason="change"))
    log.add("register-till-1", e.DrawerPaidOut(register_id="till-1", session=1, amount=120, reason="milk"))
    log.add("register-till-1", e.DrawerCounted(register_id="till-1", session=1, counted=5_740))
    log.add("register-till-1", closed("till-1"))
    log.sale("s-4", line("tea", "1", 150))


def _customers_and_orders(log: Log) -> None:
    for customer, name in (("ann", "Ann Lee"), ("bob", "Bob Ray")):
        personal = sealed(customer, name=name, email=f"{customer}@example.com", phone="0123")
        log.add(f"customer-{customer}", e.CustomerRegistered(customer_id=customer, personal=personal, country="GB"))
    log.add("order-o-1", ordered("o-1", "ann"))
    log.add("order-o-2", ordered("o-2", "bob"))
    live_of_orders(log, "o-2")
    log.add("order-o-2", e.OrderCancelled(order_id="o-2", reason="changed their mind"))
    log.add("customer-bob", e.CustomerErased(customer_id="bob", reason="asked for it"))


def _operators(log: Log) -> None:
    for operator in ("anna", "carl"):
        log.add(f"operator-{operator}", access.OperatorAdded(operator_id=operator, name=operator, role="cashier"))
    changed = access.OperatorRoleChanged(operator_id="anna", role="supervisor", before="cashier")
    log.add("operator-anna", changed)
    log.add("operator-anna", access.OperatorPinSet(operator_id="anna"))
    log.add("operator-carl", access.OperatorDisabled(operator_id="carl"))


def opened(register_id: str, session: int = 1) -> e.DrawerOpened:
    """A drawer opened with 50.00 in it."""
    return e.DrawerOpened(register_id=register_id, session=session, opening_float=5_000, business_date=DATE)


def closed(register_id: str, session: int = 1, after_position: int = 0) -> e.DrawerClosed:
    """A Z; the fold takes its sums from the documents, so those here are only carried."""
    return e.DrawerClosed(
        register_id=register_id,
        session=session,
        after_position=after_position,
        business_date=DATE,
        opening_float=5_000,
        paid_in=500,
        paid_out=120,
        sales_count=2,
        sales_amount=960,
        refunds_count=1,
        refunds_amount=150,
        voids_count=0,
        voids_amount=0,
        tenders=(e.TenderTotal(type="cash", count=2, amount=360),),
        expected=5_740,
        counted=5_740,
        difference=0,
    )


def ordered(order_id: str, customer_id: str) -> e.OrderCreated:
    """An order of two jars, to be delivered."""
    return e.OrderCreated(
        order_id=order_id,
        customer_id=customer_id,
        kind="delivery",
        items=(e.OrderItem(product_id="jam", name="Jam", quantity="2", unit_price="2.10", amount=420),),
        total=420,
        currency="GBP",
        business_date=DATE,
        address=sealed(customer_id, street="1 High Street", city="Leeds", country="GB", postal_code="LS1 1AA"),
    )
