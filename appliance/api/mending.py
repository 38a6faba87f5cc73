"""What the store does about a problem by itself, when somebody who may tells it to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from appliance.api.call import Call
from appliance.application.commands_saga import SteerDeadLetter, SteerSaga
from appliance.application.ports import Context
from appliance.domain.refusals import Refusal
from appliance.eventstore.ids import uuid7
from appliance.observability import problem_kinds as kinds
from appliance.queries import dead_letters, sagas

Problem = dict[str, Any]
Fix = Callable[[Call, Problem], Awaitable[str]]
"""Mends a problem, or begins to; answers what it did."""

AT_ONCE = 200  # of a kind: who has more stuck than that asks again
REASON = "asked for on the list of problems"


async def _back_up(call: Call, _: Problem) -> str:
    await call.services.backups.begin()
    return "A backup has begun; GET /backups/current shows how far it is."


async def _rebuild(call: Call, problem: Problem) -> str:
    maintenance = call.services.maintenance
    known = {each["name"] for each in maintenance.projections()}
    names = [each for each in problem["subject"].split(", ") if each in known]
    for name in names:
        await maintenance.rebuild(name)
    return f"Being rebuilt: {', '.join(names) or 'nothing, no such view is here any more'}."


async def _empty_wal(call: Call, _: Problem) -> str:
    call.services.maintenance.purge()
    return "The write-ahead log is being emptied."


async def _make_room(call: Call, _: Problem) -> str:
    gone = await call.services.backups.make_room()
    call.services.maintenance.give_back()
    done = "the write-ahead log is being emptied and leftover tables are dropped; the log is never touched"
    return f"{len(gone)} old backups were given up, {done}."


async def _resume(call: Call, _: Problem) -> str:
    if call.services.sync is not None:
        await call.services.sync.pause(paused=False)
    return "What waits is being sent to head office."


async def _retry_sagas(call: Call, _: Problem) -> str:
    stuck = (await sagas.page(call.services.readers, limit=AT_ONCE, status="stuck"))["items"]
    tried = [SteerSaga(saga_id=each["saga_id"], action="retry", reason=REASON) for each in stuck]
    return await _retried(call, tried, "saga")


async def _retry_letters(call: Call, _: Problem) -> str:
    dead = (await dead_letters.page(call.services.readers, limit=AT_ONCE))["items"]
    tried = [SteerDeadLetter(message_id=each["id"], action="retry", reason=REASON) for each in dead]
    return await _retried(call, tried, "message")


async def _retried(call: Call, commands: list[SteerSaga] | list[SteerDeadLetter], what: str) -> str:
    """Each in a transaction of its own; what cannot be tried again, or is being tried already, is left as it is."""
    done = 0
    for command in commands:
        try:
            await call.services.dispatcher.dispatch(command, _context(call))
        except Refusal as refusal:
            if refusal.status >= 500:  # noqa: PLR2004  the store's fault, and no answer to this one
                raise
        else:
            done += 1
    left = f"; {len(commands) - done} cannot be" if done < len(commands) else ""
    return f"{done} {what}(s) are being tried again{left}."


def _context(call: Call) -> Context:
    return Context(
        command_id=uuid7(),
        occurred_at=call.services.clock(),
        correlation_id=call.request_id,
        device=call.device.device_id,
        operator=None if call.session is None else call.session.operator_id,
        role=call.role,
    )


FIXES: Mapping[str, Fix] = {
    kinds.BACKUP: _back_up,
    kinds.REBUILD: _rebuild,
    kinds.EMPTY_WAL: _empty_wal,
    kinds.MAKE_ROOM: _make_room,
    kinds.RESUME: _resume,
    kinds.RETRY_SAGAS: _retry_sagas,
    kinds.RETRY_LETTERS: _retry_letters,
}
