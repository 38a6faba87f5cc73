from typing import Any

from appliance.eventstore.memory import MISSING, STALE, Key, Layer, Memory


def layer(memory: Memory | None = None) -> Layer:
    return Layer({}, memory or Memory())


def test_what_nobody_has_put_is_missing() -> None:
    assert layer().peek(("product", "tea")) is MISSING


def test_a_command_sees_its_own_value_before_its_group_s_and_the_group_s_before_the_store_s() -> None:
    memory = Memory()
    memory.merge({("a",): "store", ("b",): "store", ("c",): "store"}, {})
    seen = Layer({("b",): "group", ("c",): "group"}, memory)
    seen.put(("c",), "own")

    assert [seen.peek((key,)) for key in "abc"] == ["store", "group", "own"]


def test_a_dropped_layer_leaves_no_trace() -> None:
    memory, group = Memory(), dict[Key, Any]()
    refused = Layer(group, memory)

    refused.put(("a",), "never")

    assert group == {}
    assert layer(memory).peek(("a",)) is MISSING


def test_none_is_a_value_that_is_known() -> None:
    memory = Memory()
    memory.merge({("product", "tea"): None}, {})

    assert layer(memory).peek(("product", "tea")) is None


def test_what_went_stale_is_forgotten_by_the_commit() -> None:
    memory = Memory()
    memory.merge({("a",): 1}, {})
    seen = Layer({}, memory)
    seen.stale(("a",))

    assert seen.peek(("a",)) is STALE
    memory.merge(seen.own, {})
    assert layer(memory).peek(("a",)) is MISSING


def test_what_matters_within_a_group_only_is_not_kept() -> None:
    memory = Memory()

    memory.merge({("client_ref", "till-1", "r-1"): ("sale", "s-1")}, {})

    assert layer(memory).peek(("client_ref", "till-1", "r-1")) is MISSING


def test_memory_is_bounded_and_the_oldest_go_first() -> None:
    memory = Memory(facts=10, states=5)

    memory.merge({("fact", n): n for n in range(11)}, {})
    memory.merge({("stream", n): n for n in range(6)}, {})

    assert [n for n in range(11) if layer(memory).peek(("fact", n)) is MISSING] == [0, 1]
    assert [n for n in range(6) if layer(memory).peek(("stream", n)) is MISSING] == [0]


def test_a_lost_group_leaves_nothing_in_memory() -> None:
    memory = Memory()
    memory.merge({("a",): 1, ("stream", "s"): 2}, {})

    memory.clear()

    assert layer(memory).peek(("a",)) is MISSING
    assert layer(memory).peek(("stream", "s")) is MISSING


def test_versions_of_streams_are_kept_but_of_sales_which_end_at_once() -> None:
    memory = Memory()
    memory.merge({}, {"order-1": 3, "sale-1": 1})

    assert memory.versions == {"order-1": 3}


def test_nothing_is_known_of_versions_after_a_lost_group() -> None:
    memory = Memory()
    memory.merge({}, {"order-1": 3})
    memory.clear()

    assert not memory.versions
