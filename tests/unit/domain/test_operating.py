"""What head office may set of a box's work, within which bounds; and why it may not set the rest."""

from typing import Any

import pytest

from appliance.config import Settings
from appliance.domain import operating, policies
from appliance.domain.operating import Between, OneOf
from appliance.domain.refusals_hq import InvalidPolicy, NotAPolicy
from appliance.reloading import APPLY
from appliance.settings_in_force import KEYS, overlaid
from appliance.settings_reach import RELOADED, at_once, keys, value

OWN = Settings.model_construct()
POLICY = OWN.policy()
PER_ADDRESS = "limits.connections_per_address"  # a number
SECRET_OR_PLACE = ("address", "ca", "certificate", "credentials", "directory", "file", "host", "key", "port", "url")


@pytest.mark.parametrize("key", list(keys(Settings)))
def test_every_setting_is_head_office_s_or_the_box_s_for_a_reason(key: str) -> None:
    assert (key in policies.KEYS) is (operating.why_not(key) is None)


@pytest.mark.parametrize("key", sorted(KEYS & set(policies.KEYS)))
def test_what_head_office_sets_takes_no_new_start_and_is_no_place_and_no_secret(key: str) -> None:
    assert at_once(key)
    assert key.rpartition(".")[2].rpartition("_")[2] not in SECRET_OR_PLACE or key == PER_ADDRESS


@pytest.mark.parametrize("key", sorted(operating.CHECKS))
def test_what_head_office_may_say_is_always_good_for_the_box(key: str) -> None:
    check = operating.CHECKS[key]
    least_and_most: list[Any] = [check.least, check.most] if isinstance(check, Between) else list(check.options)
    for each in least_and_most:
        policies.changed(POLICY, key, each)
        assert value(overlaid(OWN, {key: each}), key) == each


def test_every_section_that_a_running_store_takes_over_is_applied() -> None:
    assert {*APPLY, "integration"} == RELOADED


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("limits.connections", 10),
        ("limits.connections", 100.0),
        ("limits.connections", True),
        ("limits.device_per_second", 0.001),
        ("limits.receive_seconds", "5"),
        ("orders.pick_days", float("inf")),
        ("orders.pick_days", float("nan")),
        ("orders.collect_days", [7]),
        ("orders.tender", "cash"),
        ("logging.level", "silent"),
        ("logging.level", {"level": "info"}),
    ],
)
def test_what_would_keep_a_store_from_selling_is_refused_in_plain_words(key: str, wrong: Any) -> None:
    with pytest.raises(InvalidPolicy, match=r"It must be (a|one of) .*, not "):
        policies.changed(POLICY, key, wrong)


@pytest.mark.parametrize(
    ("key", "because"),
    [
        ("tls.certificate", "decided on the machine"),
        ("sync.credentials", "as whom the store speaks"),
        ("integration.payment.token_file", "with which secret"),
        ("sagas.threads", "it takes a new start"),
        ("backup.keep", "never comes back"),
        ("store.currency", "stands in its log"),
    ],
)
def test_what_is_the_box_s_own_is_refused_with_the_reason(key: str, because: str) -> None:
    with pytest.raises(NotAPolicy, match=because):
        policies.changed(POLICY, key, 1)


def test_what_is_no_setting_at_all_is_refused() -> None:
    with pytest.raises(NotAPolicy, match=r"policies that head office may set\.$"):
        policies.changed(POLICY, "limits.connections.more", 1)


def test_a_value_that_this_program_cannot_use_any_more_is_passed_over() -> None:
    own = overlaid(OWN, {"limits.connections": "many", "nothing.here": 1, "logging.level": "debug"})

    assert (own.limits.connections, own.logging.level) == (1_024, "debug")
    assert isinstance(operating.CHECKS["logging.level"], OneOf)
