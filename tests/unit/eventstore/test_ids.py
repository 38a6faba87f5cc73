import re
import uuid

from appliance.eventstore.ids import derived_uuid7, uuid7

MILLISECONDS = 1_795_339_800_123


def test_an_id_is_a_uuid_of_version_7() -> None:
    found = uuid.UUID(uuid7())

    assert found.version == 7
    assert found.variant == uuid.RFC_4122


def test_ids_are_text_that_sorts_by_time() -> None:
    earlier, later = derived_uuid7("b", MILLISECONDS), derived_uuid7("a", MILLISECONDS + 1)

    assert earlier < later
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", earlier)
    assert uuid.UUID(earlier).int >> 80 == MILLISECONDS


def test_ids_are_not_given_twice() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000


def test_a_derived_id_is_the_same_for_the_same_seed_and_time() -> None:
    assert derived_uuid7("536365:0", MILLISECONDS) == derived_uuid7("536365:0", MILLISECONDS)
    assert derived_uuid7("536365:0", MILLISECONDS) != derived_uuid7("536365:1", MILLISECONDS)
