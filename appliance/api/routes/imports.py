"""Imports: a whole other system's invoices, over the control socket only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint
from appliance.api.reply import Reply, encode
from appliance.api.roles import ADMINISTRATION, OVERSIGHT
from appliance.application.ports import UnitOfWork
from appliance.domain.refusals import UnknownTaxCode
from appliance.eventstore.jobs import Job
from appliance.importing.batch import Batch, Result, Results, Standing
from appliance.importing.booking import Booker, Transact
from appliance.queries.totals import totals
from appliance.schemas import imports as s

_decode = msgspec.json.Decoder(Batch).decode


async def book_sales(call: Call) -> Reply:
    """Book a batch of invoices; every invoice is repeatable by its own number, whatever the request's key."""
    services = call.services
    booker = Booker(services.dispatcher, _transact(call), services.fingerprint_secret)
    # The declared model has checked the body; this reads it again into what costs less to work with.
    return Reply(encode(Results(results=await booker.book(_decode(call.raw)))))


async def standing(call: Call) -> Reply:
    """What the store holds, for the end of an import's reconciliation."""
    policy = call.services.dispatcher.policy
    found = await totals(call.services.readers)
    return Reply(
        encode(
            Standing(
                currency=policy.currency.code, exponent=policy.currency.exponent, timezone=policy.timezone.key, **found
            )
        )
    )


def _transact(call: Call) -> Transact:
    """Queue at once, in the order of the calls: a batch's order is the order of the log."""
    writer = call.services.writer

    def transact(work: Callable[[UnitOfWork], Result]) -> Awaitable[Result]:
        job = Job.for_loop(work)
        writer.submit(job)
        answer: Awaitable[Result] = job.future
        return answer

    return transact


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/imports/sales",
        operation="get_import_standing",
        summary="Read what the store holds in all",
        tag="imports",
        handler=standing,
        roles=OVERSIGHT,
        answer=s.Standing,
        views=("day_totals", "documents"),
    ),
    Endpoint(
        method="POST",
        path=f"{PREFIX}/imports/sales",
        operation="import_sales",
        summary="Book invoices of another system",
        description=(
            "Over the control socket only. Each invoice is booked once, by its number: sent again it answers"
            " `already_booked`, sent with other rows `booked_differently`."
        ),
        tag="imports",
        handler=book_sales,
        local=True,
        roles=ADMINISTRATION,
        body=s.SalesBatch,
        answer=s.SalesImported,
        errors=(UnknownTaxCode,),
        idempotent=True,
    ),
)
