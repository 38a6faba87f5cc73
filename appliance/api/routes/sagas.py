"""Sagas and dead letters: seen by everybody who works here, steered by who is answerable for the store."""

from __future__ import annotations

from appliance.api.call import Call
from appliance.api.endpoint import PREFIX, Endpoint, Handler
from appliance.api.parameters import CURSOR, LIMIT, Choice
from appliance.api.refusals import InvalidParameter
from appliance.api.reply import Reply, encode
from appliance.api.roles import SELLING, STEERING
from appliance.application.commands_saga import SteerDeadLetter, SteerSaga
from appliance.application.ports import Outcome
from appliance.domain.refusals import InvalidText
from appliance.errors import BadCursor
from appliance.queries import dead_letters, sagas
from appliance.sagas.operating import DeadLetterNotFound, DeadLetterOfSaga, SagaNotFound, SagaNotSteerable
from appliance.schemas import sagas as s
from appliance.schemas.common import Listing

STATUSES = ("running", "waiting", "compensating", "stuck", "completed", "compensated")
MAX_DIGITS = 18


async def page(call: Call) -> Reply:
    """Sagas newest first."""
    query = call.query
    found = await sagas.page(
        call.services.readers, limit=query["limit"], status=query["status"], cursor=query["cursor"]
    )
    return Reply(encode(found))


async def get(call: Call) -> Reply:
    """One saga with its story."""
    saga_id = call.path["saga_id"]
    found = await sagas.get(call.services.readers, saga_id)
    if found is None:
        raise SagaNotFound(f"There is no saga {saga_id[:64]!r}.")
    return call.read(found, found.pop("events"))


async def letters(call: Call) -> Reply:
    """Dead letters newest first."""
    query = call.query
    return Reply(encode(await dead_letters.page(call.services.readers, limit=query["limit"], cursor=query["cursor"])))


def _presented(outcome: Outcome) -> bytes:
    return encode(dict(outcome.ids))


def _steering(action: str) -> Handler:
    async def steer(call: Call) -> Reply:
        body: s.Steer = call.body
        command = SteerSaga(saga_id=call.path["saga_id"], action=action, reason=body.reason, operator=body.operator)
        return call.written(await call.dispatch(command), _presented, tagged=False)

    return steer


async def letter(call: Call) -> Reply:
    """One message that gave up."""
    message_id = _message_id(call)
    found = await dead_letters.get(call.services.readers, message_id)
    if found is None:
        raise DeadLetterNotFound(f"There is no dead letter {message_id}.")
    return Reply(encode(found))


def _message_id(call: Call) -> int:
    given = call.path["message_id"]
    if not given.isascii() or not given.isdigit() or len(given) > MAX_DIGITS:
        raise InvalidParameter("The id of a dead letter is a number.", at="/message_id")
    return int(given)


def _steering_letter(action: str) -> Handler:
    async def steer(call: Call) -> Reply:
        body: s.SteerLetter = call.body
        message_id = _message_id(call)
        command = SteerDeadLetter(message_id=message_id, action=action, reason=body.reason, operator=body.operator)
        return call.written(await call.dispatch(command), _presented, tagged=False)

    return steer


def _steer_endpoint(action: str, summary: str, description: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"{PREFIX}/sagas/{{saga_id}}/{action}",
        operation=f"{action}_saga",
        summary=summary,
        description=description,
        tag="sagas",
        handler=_steering(action),
        roles=STEERING,
        body=s.Steer,
        answer=s.SagaSteered,
        errors=(SagaNotFound, SagaNotSteerable, InvalidText),
        idempotent=True,
    )


def _letter_endpoint(action: str, summary: str, description: str) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"{PREFIX}/dead-letters/{{message_id}}/{action}",
        operation=f"{action}_dead_letter",
        summary=summary,
        description=description,
        tag="sagas",
        handler=_steering_letter(action),
        roles=STEERING,
        body=s.SteerLetter,
        answer=s.DeadLetterSteered,
        errors=(DeadLetterNotFound, DeadLetterOfSaga, SagaNotFound, SagaNotSteerable, InvalidText),
        idempotent=True,
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path=f"{PREFIX}/sagas",
        operation="list_sagas",
        summary="List sagas",
        description="Newest first. What needs a person is `stuck`; what waits for one is `waiting`.",
        tag="sagas",
        handler=page,
        roles=SELLING,
        answer=Listing[s.SagaSummary],
        query=(
            Choice(name="status", description="In one state only.", example="stuck", words=STATUSES),
            LIMIT,
            CURSOR,
        ),
        errors=(BadCursor,),
        views=("sagas",),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/sagas/{{saga_id}}",
        operation="get_saga",
        summary="Read a saga, step by step",
        tag="sagas",
        handler=get,
        roles=SELLING,
        answer=s.Saga,
        errors=(SagaNotFound,),
        views=("sagas",),
        etag=True,
    ),
    _steer_endpoint(
        "retry", "Try a saga's step again, now",
        "Under the key it had, unless it was refused for good: then under a new one.",
    ),
    _steer_endpoint(
        "compensate", "Turn a saga round", "All that was done is taken back; a call under way is heard out first."
    ),
    _steer_endpoint(
        "skip", "Take a saga's step for done", "Nobody is called: for what people have seen to themselves."
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/dead-letters",
        operation="list_dead_letters",
        summary="List messages that gave up",
        tag="sagas",
        handler=letters,
        roles=SELLING,
        answer=Listing[s.DeadLetter],
        query=(LIMIT, CURSOR),
        errors=(BadCursor,),
    ),
    Endpoint(
        method="GET",
        path=f"{PREFIX}/dead-letters/{{message_id}}",
        operation="get_dead_letter",
        summary="Read a message that gave up",
        tag="sagas",
        handler=letter,
        roles=SELLING,
        answer=s.DeadLetter,
        errors=(DeadLetterNotFound,),
    ),
    _letter_endpoint("retry", "Work on a message again", "One of a saga retries the saga."),
    _letter_endpoint("discard", "Give a message up", "One of a saga cannot be: decide about the saga instead."),
)  # fmt: skip
