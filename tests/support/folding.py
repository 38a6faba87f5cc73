"""Events as a log would hold them, and folding them into a database of their own."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from appliance.application.ports import Recorded
from appliance.domain import events as e
from appliance.projections import registry
from appliance.projections.base import Projection

DATE = "2026-11-22"


def opener(sealed: e.Sealed) -> dict[str, str] | None:
    """Opens what `sealed` made."""
    opened: dict[str, str] = json.loads(sealed.ciphertext)
    return opened


def nothing_opens(_: e.Sealed) -> dict[str, str] | None:
    """The keys are gone."""
    return None


def sealed(subject: str, **fields: str) -> e.Sealed:
    """Personal data under a seal that any test can open."""
    return e.Sealed(subject=subject, key_id="k", nonce="n", ciphertext=json.dumps(fields))


@dataclass
class Log:
    """A log in memory: it numbers what is added as the event store would."""

    events: list[Recorded] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def add(self, stream_id: str, *events: e.Event, at: str | None = None) -> Recorded:
        """Record the events at the end of a stream; returns the last."""
        for event in events:
            position = len(self.events) + 1
            version = self.versions[stream_id] = self.versions.get(stream_id, 0) + 1
            moment = at or f"{DATE}T09:{position // 60 % 60:02d}:{position % 60:02d}.000000Z"
            self.events.append(
                Recorded(
                    position=position,
                    stream_id=stream_id,
                    version=version,
                    type="",
                    occurred_at=moment,
                    recorded_at=moment,
                    metadata={},
                    event=event,
                    incarnation=1,
                )
            )
        return self.events[-1]

    def receipt(self, register_id: str) -> str:
        """The register's next receipt number."""
        number = self.numbers[register_id] = self.numbers.get(register_id, 0) + 1
        return f"{register_id}-1-{number}"

    def sale(self, sale_id: str, *lines: e.SaleLine, register_id: str = "till-1", **fields: Any) -> e.SaleCompleted:
        """Record a sale of the lines, paid in cash to the penny unless told otherwise."""
        document = {"client_ref": None, **self._document(register_id, lines, fields)}
        event = e.SaleCompleted(sale_id=sale_id, **document)
        self.add(f"sale-{sale_id}", event)
        return event

    def void(self, sale: e.SaleCompleted, **fields: Any) -> e.SaleVoided:
        """Record that a sale was undone."""
        document = self._document(sale.register_id, sale.lines, {"tenders": sale.tenders, **fields})
        event = e.SaleVoided(sale_id=sale.sale_id, voided_receipt=sale.receipt_number, reason="wrong item", **document)
        self.add(f"sale-{sale.sale_id}", event)
        return event

    def refund(
        self, refund_id: str, *lines: e.SaleLine, sale_id: str | None = None, register_id: str = "till-1", **fields: Any
    ) -> e.RefundCompleted:
        """Record money given back for the lines."""
        fields = {"reason": "broken", "client_ref": None, **self._document(register_id, lines, fields)}
        event = e.RefundCompleted(refund_id=refund_id, sale_id=sale_id, **fields)
        self.add(f"sale-{sale_id}" if sale_id else f"refund-{refund_id}", event)
        return event

    def _document(self, register_id: str, lines: Sequence[e.SaleLine], fields: dict[str, Any]) -> dict[str, Any]:
        total = sum(line.amount for line in lines)
        return {
            "register_id": register_id,
            "receipt_number": self.receipt(register_id),
            "business_date": DATE,
            "local_time": f"{DATE}T10:30:00+01:00",
            "clock_trusted": True,
            "currency": "GBP",
            "lines": tuple(lines),
            "tenders": (e.Tender(type="cash", amount=total),),
            "total": total,
            **fields,
        }


def line(  # a line in few words; the ones that matter to a test are named there
    product_id: str, quantity: str = "1", amount: int = 120, *, number: int = 1, rate: str = "20", **fields: Any
) -> e.SaleLine:
    """A sale line with one inclusive tax."""
    tax = amount - amount * 100 // (100 + int(rate))
    return e.SaleLine(
        line=number,
        product_id=product_id,
        name=product_id.title(),
        quantity=quantity,
        unit_price="1.20",
        amount=amount,
        tax=(e.TaxPart(code="standard", rate=rate, inclusive=True, base=amount - tax, amount=tax),),
        **{"stocked": True, **fields},
    )


def fresh(projections: Iterable[Projection]) -> sqlite3.Connection:
    """A database in memory with the projections' empty tables."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    for projection in projections:
        registry.create_tables(db, projection)
    return db


def folded(
    projection: Projection, events: Sequence[Recorded], *, batch: int = 1_000, opens: Any = opener
) -> sqlite3.Connection:
    """A database with the projection's tables after the events, applied so many at a time."""
    db = fresh([projection])
    wanting = registry.dispatch([projection])
    for start in range(0, len(events), batch):
        registry.fold(db, wanting, events[start : start + batch], opens)
    return db


def rows(db: sqlite3.Connection, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """What the query answers."""
    return db.execute(sql, parameters).fetchall()
