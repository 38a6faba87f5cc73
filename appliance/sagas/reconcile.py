"""At every start: no saga goes on without the code it was begun with, and none lives without a message."""

from __future__ import annotations

from appliance.errors import StoreError
from appliance.eventstore.unit_of_work import UnitOfWork
from appliance.sagas.claims import give_back_orphans, park_unheard, unpark
from appliance.sagas.course import Course
from appliance.sagas.turn import ACTOR, QUEUE

_IN_FLIGHT = """
    SELECT definition, version, count(*), min(saga_id) FROM sagas
    WHERE status NOT IN ('completed', 'compensated') GROUP BY definition, version ORDER BY definition, version
"""
_ORPHANS = """
    SELECT saga_id FROM sagas WHERE status IN ('running', 'waiting', 'compensating') AND NOT EXISTS (
      SELECT 1 FROM messages WHERE saga = sagas.saga_id AND state IN ('ready', 'waiting', 'leased'))
    ORDER BY position
"""
_DEAD = "SELECT id FROM messages WHERE saga = ?"
FINDING = "INSERT INTO findings(found_at, kind, subject, position, detail) VALUES (?,?,?,?,?)"


class DefinitionMissing(StoreError):
    """Raised at the start, before anything is changed."""

    code = "saga-definition-missing"
    title = "A saga under way has no code here"
    hint = "Start the version of Backroom that began it, or one that still knows it; nothing was changed."
    status = 500


def recover(uow: UnitOfWork, course: Course, actors: set[str], queues: set[str], stamp: str) -> None:
    """All that a start does before anybody works. Raises DefinitionMissing, and then nothing is changed."""
    check_definitions(uow, course)
    _, given_up = give_back_orphans(uow, stamp)
    for row in given_up:
        if row.saga is not None:
            course.give_up(uow, row.saga, "dead", "the process died every time while it ran")
    unpark(uow, actors, queues)
    park_unheard(uow, queues, stamp)
    mend(uow, stamp)


def check_definitions(uow: UnitOfWork, course: Course) -> None:
    """Refuse to go on where a saga that has not ended goes by a definition, or a version of it, without code."""
    missing = [
        f"{count} of {name} version {version} (such as {example})"
        for name, version, count, example in uow.query(_IN_FLIGHT)
        if (name, version) not in course.definitions
    ]
    if missing:
        detail = f"There are sagas under way that this program does not know: {'; '.join(missing)}."
        raise DefinitionMissing(detail, missing=missing)


def mend(uow: UnitOfWork, stamp: str) -> int:
    """Give every living saga without a message one, marked as perhaps begun, and say so; answers how many."""
    orphans = [saga_id for (saga_id,) in uow.query(_ORPHANS)]
    for saga_id in orphans:
        for (message,) in uow.query(_DEAD, (saga_id,)):
            uow.messages.remove(message, saga_id)
        detail = "It was neither ended nor held a message; it goes on."
        uow.execute(FINDING, (stamp, "saga-without-message", saga_id, uow.position, detail))
        uow.messages.add(
            QUEUE, ACTOR, b"", saga_id, delay_ms=0, priority=0, position=uow.position, stamp=stamp, deliveries=1
        )
    return len(orphans)
