"""Every endpoint there is, in the order of the reference: the one table that server, reference and tests read."""

from __future__ import annotations

from appliance.api.endpoint import Endpoint
from appliance.api.routes import (
    access,
    backups,
    customers,
    devices,
    events,
    fulfilment,
    health,
    imports,
    operations,
    operators,
    orders,
    pricelists,
    products,
    registers,
    reports,
    sagas,
    sales,
    sales_read,
    stock,
    sync,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    *sales.WRITES,
    *sales_read.READS,
    *orders.ENDPOINTS,
    *fulfilment.ENDPOINTS,
    *products.ENDPOINTS,
    *pricelists.ENDPOINTS,
    *stock.ENDPOINTS,
    *customers.ENDPOINTS,
    *registers.ENDPOINTS,
    *reports.ENDPOINTS,
    *events.ENDPOINTS,
    *devices.ENDPOINTS,
    *access.ENDPOINTS,
    *operators.ENDPOINTS,
    *operations.ENDPOINTS,
    *backups.ENDPOINTS,
    *imports.ENDPOINTS,
    *sagas.ENDPOINTS,
    *sync.ENDPOINTS,
    *health.ENDPOINTS,
)

TAGS: dict[str, str] = {
    "sales": "What a till does all day: ring up, void, give back.",
    "orders": "Goods promised to a customer, to be picked up or delivered.",
    "catalogue": "Products, their barcodes, and the prices in force.",
    "stock": "What the book says is on the shelf, and what moved it.",
    "customers": "People the store knows. What identifies them is sealed and can be erased for good.",
    "registers": "Tills and their cash drawers: float, cash in and out, counts, X and Z reports.",
    "reports": "What a business day came to.",
    "log": "The event log: the truth that everything else is a view of.",
    "devices": "Who may speak to the store, and what became of a write that got no answer.",
    "access": "Devices that enrol themselves, operators who sign on, and approvals by a second person.",
    "operators": "Who works here, under which role, and their PINs.",
    "operations": "Views, verification, and what was found wrong.",
    "imports": "Another system's history, booked as if a till had sent it.",
    "sagas": "Work that takes minutes to days, step by step: seen, and steered when it needs a person.",
    "sync": "The way to head office: where it stands, what keeps it, and whether both sides are equal.",
    "health": "For whoever watches the machine. Open, without a token.",
}
