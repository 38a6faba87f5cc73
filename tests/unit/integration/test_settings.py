"""What the settings of a port may say."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.integration.settings import IntegrationSettings, PortSettings


@pytest.mark.parametrize(
    ("adapter", "address"),
    [
        ("rest", "https://pay.example.org:443"),
        ("rest", "http://127.0.0.1:8901"),
        ("rest", "http://[::1]:8901"),
        ("rest", "http://localhost:8901"),
        ("grpc", "grpcs://pay.example.org:443"),
        ("grpc", "grpc://127.0.0.1:8911"),
    ],
)
def test_an_address_that_can_be_called_is_taken(adapter: Any, address: str) -> None:
    assert PortSettings(adapter=adapter, address=address).address == address


@pytest.mark.parametrize(
    ("adapter", "address"),
    [
        ("rest", ""),
        ("rest", "pay.example.org"),
        ("rest", "https://pay.example.org"),
        ("rest", "https://pay.example.org:0"),
        ("rest", "https://pay.example.org:70000"),
        ("rest", "http://pay.example.org:80"),
        ("rest", "http://localhost.evil.com:80"),
        ("rest", "https://user:word@pay.example.org:443"),
        ("rest", "https://pay.example.org:443/path"),
        ("rest", "https://[bad:443"),
        ("rest", "grpcs://pay.example.org:443"),
        ("rest", "file:///etc/passwd"),
        ("grpc", "https://pay.example.org:443"),
        ("grpc", "grpc://pay.example.org:443"),
    ],
)
def test_an_address_that_cannot_or_must_not_be_called_is_refused(adapter: Any, address: str) -> None:
    with pytest.raises(ValidationError, match="address"):
        PortSettings(adapter=adapter, address=address)


@pytest.mark.parametrize("discovery", ["_pay._tcp.example.org", "consul:pay", "srv:"])
def test_a_discovery_that_nobody_knows_is_refused(discovery: str) -> None:
    with pytest.raises(ValidationError, match="discovery"):
        PortSettings(adapter="rest", address="https://pay.example.org:443", discovery=discovery)


def test_without_settings_everything_is_built_in() -> None:
    settings = IntegrationSettings()

    assert {settings.inventory.adapter, settings.payment.adapter, settings.shipping.adapter} == {"local"}
    assert settings.notification.adapter == "local"
