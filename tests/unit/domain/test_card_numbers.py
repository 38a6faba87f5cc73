"""Card numbers are found in free text however they are written, and codes that pass the same check are left alone."""

import pytest

from appliance.domain.card_numbers import check_no_card, holds_card
from appliance.domain.refusals import InvalidText
from appliance.domain.refusals_privacy import CardNumberRefused
from appliance.domain.text import check_text

CARD = "4111111111111111"  # a scheme's own number for tests


@pytest.mark.parametrize(
    "text",
    [
        CARD,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111 - 1111 1111\u00a01111",
        "paid with 3782 822463 10005, says she",
        "till 3 4111 1111 1111 1111 09",
        f"x{CARD}y",
        "４１１１１１１１１１１１１１１１",  # noqa: RUF001  figures of full width
        "6304000000000000018",
    ],
)
def test_a_card_s_number_is_found_however_it_is_written(text: str) -> None:
    assert holds_card(text)


@pytest.mark.parametrize(
    "text", ["", "4111111111111112", "0000000000000000", "411111111111", "2026-11-24", "call 030 1234567", "1" * 30]
)
def test_other_figures_are_left_alone(text: str) -> None:
    assert not holds_card(text)


def test_a_phone_number_in_international_form_is_no_card() -> None:
    passing = next(number for tail in range(10) if holds_card(number := f"+49 1512 345678{tail}"))

    check_no_card(passing, "/phone")
    with pytest.raises(CardNumberRefused):
        check_no_card(passing, "/reason")
    with pytest.raises(CardNumberRefused):
        check_no_card(CARD, "/phone")


@pytest.mark.parametrize("at", ["/lines/0/barcode", "/barcodes/2", "/client_ref", "/customer_id", "/recorded_at"])
def test_a_code_is_a_code_whatever_check_it_passes(at: str) -> None:
    check_no_card(CARD, at)


def test_every_text_that_the_domain_checks_is_looked_at_and_never_repeated() -> None:
    with pytest.raises(CardNumberRefused) as refused:
        check_text(f"card {CARD}", "/reason")

    assert refused.value.at == "/reason"
    assert CARD not in f"{refused.value} {refused.value.facts}"
    with pytest.raises(InvalidText):
        check_text("\n", "/reason")
