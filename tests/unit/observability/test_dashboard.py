"""The dashboard's picture shows every panel, with what Prometheus would answer."""

import json
import math
from typing import Any

import pytest

from appliance.observability.dashboard import draw, evaluate, main, said
from tests.support.source_tree import REPOSITORY

GRAFANA = REPOSITORY / "packaging/grafana"
PICTURE = REPOSITORY / "docs/pictures/dashboard.svg"


def recording(**series: list[float | None]) -> dict[str, Any]:
    return {"scrape_seconds": 30, "scrapes": 3, "series": series}


def test_the_picture_is_what_the_code_draws() -> None:
    assert main(["--check", str(GRAFANA), str(PICTURE)]) == 0, "see appliance/observability/dashboard.py"


def test_every_panel_is_in_the_picture_and_the_recording_answers_all_but_those_of_providers() -> None:
    dashboard, kept = (json.loads((GRAFANA / name).read_text()) for name in ("store.json", "recorded.json"))
    drawn = draw(dashboard, kept)
    silent = [
        panel["title"]
        for panel in dashboard["panels"]
        if f">{panel['title']}<" not in drawn or not evaluate(panel["targets"][0]["expr"], kept)
    ]

    assert silent == ["Provider breakers", "Calls outside"]
    assert drawn.count("No data") == len(silent)


def test_a_rate_is_between_the_first_and_the_last_of_its_window() -> None:
    assert evaluate("rate(sold[1m])", recording(sold=[0, 30, 90, 90])) == {(): [None, 1.0, 1.5, 1.0]}


def test_a_series_that_begins_late_has_a_rate_from_its_second_scrape() -> None:
    assert evaluate("rate(sold[1m])", recording(sold=[None, 30, 90])) == {(): [None, None, 2.0]}


def test_a_sum_keeps_the_labels_it_is_by() -> None:
    found = evaluate("sum by (status) (asked)", {**recording(), "series": {"asked;route=a;status=200": [1, 2]}})

    assert found == {(("status", "200"),): [1, 2]}


def test_a_quantile_lies_within_the_bucket_that_holds_it() -> None:
    series = {"took;le=1.0": [0, 50], "took;le=2.0": [0, 100], "took;le=+Inf": [0, 100]}

    found = evaluate("histogram_quantile(0.75, sum by (le) (took))", {**recording(), "series": series})

    assert found[()][0] is None
    assert math.isclose(found[()][1] or 0, 1.5)


def test_a_form_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        evaluate("topk(3, asked)", recording())


@pytest.mark.parametrize(
    ("value", "unit", "most", "words"),
    [(0.002, "s", 0.01, "2 ms"), (2, "s", 30, "2 s"), (2**31, "bytes", 2**32, "2 GiB"), (7, "short", 9, "7")],
)
def test_an_axis_is_labelled_in_its_unit(value: float, unit: str, most: float, words: str) -> None:
    assert said(value, unit, most) == words
