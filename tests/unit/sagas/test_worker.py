"""Threads that wait for work go home at once when there is to be none."""

import threading
from queue import Empty

import pytest

from appliance.sagas.worker import _Waiting

AN_HOUR, LONG_SECONDS = 3_600.0, 40.0


def test_who_waits_is_sent_home() -> None:
    waiting, gone = _Waiting(), threading.Event()

    def thread() -> None:
        with pytest.raises(Empty):
            waiting.get(timeout=AN_HOUR)
        gone.set()

    threading.Thread(target=thread, daemon=True).start()
    waiting.send_home()

    assert gone.wait(LONG_SECONDS)


def test_what_nobody_took_can_still_be_fetched_to_be_given_back() -> None:
    waiting = _Waiting()
    waiting.put(1)
    waiting.send_home()

    with pytest.raises(Empty):
        waiting.get(timeout=AN_HOUR)
    assert waiting.get_nowait() == 1


def test_until_then_work_is_handed_out_by_its_priority() -> None:
    waiting = _Waiting()
    for priority in (2, 1):
        waiting.put(priority)

    assert [waiting.get(timeout=AN_HOUR), waiting.get(timeout=AN_HOUR)] == [1, 2]
    with pytest.raises(Empty):
        waiting.get(timeout=0.0)
