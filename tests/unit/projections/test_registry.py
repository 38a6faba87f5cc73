"""What every projection promises by its declaration."""

import pytest

from appliance.projections import canonical, registry
from appliance.projections.base import Projection
from appliance.projections.fts import is_fts
from tests.support.folding import fresh
from tests.support.shop import shop_log


def test_no_two_projections_share_a_name_a_table_or_an_index() -> None:
    for declared in (
        [each.name for each in registry.PROJECTIONS],
        [table for each in registry.PROJECTIONS for table in each.tables],
        [index for each in registry.PROJECTIONS for index in each.indexes],
    ):
        assert len(declared) == len(set(declared))


@pytest.mark.parametrize("projection", registry.PROJECTIONS)
def test_every_table_is_strict_and_has_a_key(projection: type[Projection]) -> None:
    db = fresh([projection()])

    for table, statement in projection.tables.items():
        if not is_fts(statement):
            assert "STRICT" in statement
            assert any(row[5] for row in db.execute(f"PRAGMA table_info({table})"))


@pytest.mark.parametrize("projection", registry.PROJECTIONS)
def test_a_projection_works_under_any_suffix(projection: type[Projection]) -> None:
    live, shadow = projection(), projection("__shadow")
    db = fresh([live])
    registry.create_tables(db, shadow, generation=2)

    for each in (live, shadow):
        registry.fold(db, registry.dispatch([each]), shop_log().events, lambda _: None)

    assert list(canonical.dump(db, [live])) == list(canonical.dump(db, [shadow]))

    registry.drop_tables(db, shadow)
    registry.drop_tables(db, live)
    assert db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_each_projection_gets_only_what_it_handles() -> None:
    for event, wanting in registry.dispatch(registry.live()).items():
        assert all(event in projection.handles for projection in wanting)


def test_the_shop_of_these_tests_has_every_event_that_is_folded() -> None:
    seen = {type(each.event) for each in shop_log().events}

    assert seen == {event for each in registry.PROJECTIONS for event in each.handles}
