"""Spans reach a real OTLP/HTTP receiver and continue the trace that a till began."""

import importlib

import pytest

from appliance.errors import SettingsInvalid
from appliance.observability import tracing
from tests.support.traces import receiver

TRACE = "0af7651916cd43dd8448eb211c80319c"
TILL = f"00-{TRACE}-b7ad6b7169203331-01"


def test_spans_are_one_trace_from_the_tills_own() -> None:
    with receiver() as found:
        made = tracing.open_tracing(found.url, 1.0, "backroom", "1", "store-1")
        with made.span("api", TILL, kind="server") as outer, made.span("call", outer, kind="client"):
            pass
        made.close()

    by_name = {span.name: span for span in found.spans}
    assert {span.trace for span in found.spans} == {TRACE}
    assert by_name["api"].parent == "b7ad6b7169203331"
    assert by_name["call"].parent == by_name["api"].span_id


def test_without_the_extra_what_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(SettingsInvalid) as raised:
        tracing.open_tracing("http://127.0.0.1:1/v1/traces", 1.0, "backroom", "1", "store-1")
    assert "backroom[otel]" in raised.value.detail
