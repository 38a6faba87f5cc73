"""What is tried again waits longer each time, up to a limit, and never for just as long as its neighbour."""

from appliance.sagas.definition import Retry
from appliance.sagas.turn import backoff_ms

RETRY = Retry(attempts=20, first_s=1.0, longest_s=100.0)


def test_waits_double_up_to_the_longest_and_lose_no_more_than_half_to_chance() -> None:
    for attempt, whole_ms in enumerate((1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 100_000, 100_000), 1):
        waits = {backoff_ms(RETRY, attempt) for _ in range(200)}
        assert whole_ms // 2 <= min(waits) <= max(waits) <= whole_ms
        assert len(waits) > 1


def test_a_step_tried_for_ever_waits_for_the_longest() -> None:
    assert backoff_ms(RETRY, 10_000) <= 100_000
