"""Not waiting for what is only waiting: a store's steady time moves on to whatever is due next."""

from appliance.api.services import Services
from appliance.eventstore.steady import WRITE_ANCHOR
from tests.support.stores import rows

_NEXT = """
    SELECT count(*) FILTER (WHERE state IN ('ready', 'leased')), min(due_ms) FILTER (WHERE state = 'waiting')
    FROM messages WHERE state IN ('ready', 'leased', 'waiting')
"""


def left(services: Services) -> tuple[bool, int | None]:
    """Whether anything is being worked on or due; and in how many steady milliseconds the next message is."""
    [(busy, due)] = rows(services.paths.data, _NEXT)
    now = services.sagas._steady()
    return bool(busy) or (due is not None and due <= now), None if due is None else due - now


async def skip(services: Services, at_most_ms: int | None = None) -> bool:
    """Be there at once where all there is to do is to wait, unless that is longer than told; whether it was so."""
    busy, wait_ms = left(services)
    if busy or wait_ms is None or (at_most_ms is not None and wait_ms > at_most_ms):
        return False
    await move_on(services, wait_ms)
    return True


async def move_on(services: Services, ms: int) -> None:
    """Let so much steady time pass at once; the store's next life goes on from there."""
    steady, news = services.sagas._steady, services.sagas.broker.news
    steady._offset += ms
    await services.writer.run(lambda uow: uow.execute(WRITE_ANCHOR, steady.anchor()))
    with news:
        news.notify_all()
