"""The order cache forgets what a commit changes, and never remembers what has changed meanwhile."""

import asyncio

from appliance.api.cache import OrderCache, Served
from appliance.api.feed import CommitFeed
from appliance.domain import events as e
from appliance.eventstore.head import Head
from tests.support.folding import Log

ANN, BOB = Served(b'"v1"', b"{}", "ann"), Served(b'"v1"', b"{}", "bob")


def filled(limit: int = 10) -> OrderCache:
    cache = OrderCache(limit)
    cache.put("o-1", ANN, cache.ticket)
    cache.put("o-2", BOB, cache.ticket)
    return cache


def test_what_was_served_is_served_again_and_counted() -> None:
    cache = filled()

    assert (cache.get("o-1"), cache.get("o-9")) == (ANN, None)
    assert (cache.hits, cache.misses) == (1, 1)


def test_a_cancelled_order_is_forgotten_and_the_others_are_not() -> None:
    cache, log = filled(), Log()
    log.add("order-o-1", e.OrderCancelled(order_id="o-1", reason=""))

    cache.committed(log.events)

    assert (cache.get("o-1"), cache.get("o-2")) == (None, BOB)


def test_a_customers_orders_are_forgotten_with_the_customer() -> None:
    cache, log = filled(), Log()
    log.add("customer-bob", e.CustomerErased(customer_id="bob"))

    cache.committed(log.events)

    assert (cache.get("o-1"), cache.get("o-2")) == (ANN, None)


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    cache, log = OrderCache(), Log()
    log.add("order-o-1", e.OrderCancelled(order_id="o-1", reason=""))
    ticket = cache.ticket

    cache.committed(log.events)
    cache.put("o-1", ANN, ticket)

    assert cache.get("o-1") is None


def test_the_least_recently_used_goes_first() -> None:
    cache = filled(limit=2)
    cache.get("o-1")

    cache.put("o-3", ANN, cache.ticket)

    assert (cache.get("o-1"), cache.get("o-2"), cache.get("o-3")) == (ANN, None, ANN)


def test_everything_can_be_forgotten() -> None:
    cache = filled()
    ticket = cache.ticket

    cache.clear()
    cache.put("o-1", ANN, ticket)

    assert cache.get("o-1") is None


def head(position: int) -> Head:
    return Head(1, position, b"")


async def test_news_that_came_before_the_question_are_not_waited_for() -> None:
    feed = CommitFeed(asyncio.get_running_loop(), OrderCache(), 3)
    feed.committed(head(4), ())

    await asyncio.wait_for(feed.news(3), 1)


async def test_a_commit_wakes_everybody_who_waits() -> None:
    feed = CommitFeed(asyncio.get_running_loop(), OrderCache(), 3)
    waiting = [feed.news(3), feed.news(3)]

    await asyncio.to_thread(feed.committed, head(4), ())

    await asyncio.wait_for(asyncio.gather(*waiting), 1)
    assert feed._waiting == set()


async def test_who_no_longer_waits_is_forgotten() -> None:
    feed = CommitFeed(asyncio.get_running_loop(), OrderCache(), 3)
    waiting = feed.news(3)

    waiting.cancel()
    await asyncio.sleep(0)

    assert feed._waiting == set()
