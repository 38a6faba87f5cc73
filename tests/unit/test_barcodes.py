"""What a scanned code may stand for."""

import pytest
from biip.checksums import gs1_price_weight_check_digit, gs1_standard_check_digit
from biip.rcn import RcnRegion

from appliance.barcodes import REGIONS, gtin_error, scan


def with_check_digit(payload: str) -> str:
    return f"{payload}{gs1_standard_check_digit(payload)}"


@pytest.mark.parametrize(
    ("code", "gtin"),
    [
        ("96385074", "00000096385074"),
        ("042100005264", "00042100005264"),
        ("4006381333931", "04006381333931"),
        ("14006381333938", "14006381333938"),
        ("04252614", "00042100005264"),  # UPC-E is short for a UPC-A
    ],
)
def test_a_gtin_of_any_length_is_one_number(code: str, gtin: str) -> None:
    scanned = scan(code)

    assert (scanned.gtin, scanned.error) == (gtin, None)
    assert scanned.keys[0] == code
    assert gtin in scanned.keys


def test_every_form_of_a_gtin_is_tried_the_written_one_first() -> None:
    assert scan("0042100005264").keys == ("0042100005264", "00042100005264", "042100005264")


@pytest.mark.parametrize("code", ["", "85123A", "85123a", "POST", "71053", "12345678901", "DCGSSBOY", "٣" * 13])
def test_a_house_code_is_kept_as_written(code: str) -> None:
    scanned = scan(code, "gb")

    assert (scanned.keys, scanned.gtin, scanned.error) == ((code,), None, None)


@pytest.mark.parametrize("code", ["042100005265", "4006381333932", "14006381333939"])
def test_a_wrong_check_digit_is_said(code: str) -> None:
    assert "check digit" in (gtin_error(code) or "")
    assert scan(code).keys == (code,)


def test_eight_digits_are_never_judged_in_a_definition() -> None:
    assert gtin_error("12345678") is None


def test_a_price_is_taken_out_of_an_american_label() -> None:
    check = gs1_price_weight_check_digit("0499")

    scanned = scan(with_check_digit(f"212345{check}0499"), "us")

    assert scanned.price == "4.99"
    assert with_check_digit("21234500000") in scanned.base_keys


@pytest.mark.parametrize("region", ["us", "gb"])
def test_a_label_whose_price_is_misread_has_no_price(region: str) -> None:
    prefix = {"us": "0212345", "gb": "2012345"}[region]
    right = gs1_price_weight_check_digit("0499")

    scanned = scan(with_check_digit(f"{prefix}{(right + 1) % 10}0499"), region)

    assert (scanned.price, scanned.base_keys) == (None, ())
    assert "check digit" in (scanned.error or "")


def test_a_count_is_taken_out_of_a_german_label() -> None:
    check = gs1_price_weight_check_digit("00012")

    assert scan(with_check_digit(f"251234{check}00012"), "de").quantity == "12"


def test_without_a_region_a_label_is_a_plain_number() -> None:
    scanned = scan(with_check_digit("201234560199"))

    assert (scanned.price, scanned.quantity, scanned.base_keys) == (None, None, ())


def test_the_regions_are_those_whose_rules_there_are() -> None:
    assert {region.value for region in RcnRegion} | {"us"} == REGIONS


@pytest.mark.parametrize("region", sorted(REGIONS))
@pytest.mark.parametrize("length", [8, 12, 13, 14])
def test_no_code_of_digits_breaks_a_scan(length: int, region: str) -> None:
    for seed in range(0, 10**8, 1_234_577):
        payload = f"2{seed:013d}"[: length - 1]
        scan(with_check_digit(payload), region)
        scan(f"{seed:0{length}d}", region)
