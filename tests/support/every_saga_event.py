"""One event of every type that a saga's history knows, every field filled."""

from collections.abc import Mapping

from appliance.domain import events_saga as s

AT = 86_400_123
BEGUN = "2026-11-24T09:30:00.000000Z"

EVERY_SAGA_EVENT: Mapping[str, s.SagaEvent] = {
    "saga.started": s.SagaStarted(
        saga_id="o-1",
        definition="order_fulfilment",
        version=1,
        subject="o-1",
        input={"order_id": "o-1", "total": 798, "items": [{"product_id": "84029E", "quantity": "2"}]},
        next="validate_order",
        at_ms=AT,
    ),
    "saga.step_completed": s.SagaStepCompleted(
        saga_id="o-1",
        step="process_payment",
        result={"transaction_id": "t-1", "amount": 798},
        next="create_shipment",
        at_ms=AT,
        attempt=2,
        started_at=BEGUN,
        found=True,
        skipped=True,
        note="paid by hand",
    ),
    "saga.step_waiting": s.SagaStepWaiting(
        saga_id="o-1", step="pick", at_ms=AT, escalate_after_ms=3_600_000, timeout_after_ms=604_800_000
    ),
    "saga.escalated": s.SagaEscalated(saga_id="o-1", step="pick", at_ms=AT),
    "saga.step_held": s.SagaStepHeld(
        saga_id="o-1", step="process_payment", code="breaker_open", detail="5 failures in a row", at_ms=AT
    ),
    "saga.retry_scheduled": s.SagaRetryScheduled(
        saga_id="o-1",
        step="process_payment",
        attempt=1,
        code="timeout",
        detail="no answer within 60 s",
        delay_ms=1_000,
        at_ms=AT,
        undoing=True,
        unknown=True,
        started_at=BEGUN,
    ),
    "saga.compensation_started": s.SagaCompensationStarted(
        saga_id="o-1",
        step="process_payment",
        code="card_declined",
        reason="The card was declined.",
        next="reserve_inventory",
        at_ms=AT,
        attempt=5,
        unknown=True,
    ),
    "saga.step_undone": s.SagaStepUndone(
        saga_id="o-1",
        step="reserve_inventory",
        result={"reference": "r-1"},
        next="validate_order",
        at_ms=AT,
        attempt=3,
        started_at=BEGUN,
        skipped=True,
        note="released by hand",
    ),
    "saga.stuck": s.SagaStuck(
        saga_id="o-1",
        step="process_payment",
        code="refused",
        detail="The refund was refused.",
        at_ms=AT,
        undoing=True,
        refused=True,
    ),
    "saga.cancel_requested": s.SagaCancelRequested(saga_id="o-1", reason="found it cheaper", at_ms=AT),
    "saga.operator_acted": s.SagaOperatorActed(
        saga_id="o-1", step="process_payment", action="retry", reason="new card", at_ms=AT, run=2, operator="anna"
    ),
    "saga.completed": s.SagaCompleted(saga_id="o-1", at_ms=AT),
    "saga.compensated": s.SagaCompensated(saga_id="o-1", reason="The card was declined.", at_ms=AT),
}
