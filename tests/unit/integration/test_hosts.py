"""Calls go where the settings say, to the address that was looked at, and nowhere else."""

import ipaddress
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.application.outside import NotSent
from appliance.integration.hosts import Endpoint, Hosts
from appliance.integration.settings import PortSettings

PROVIDER = Endpoint("pay.example.org", 443)


def settings(**more: Any) -> PortSettings:
    return PortSettings.model_validate({"adapter": "rest", "address": "https://pay.example.org:443", **more})


def leading_to(*addresses: str) -> Any:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def refused(hosts: Hosts, endpoint: Endpoint = PROVIDER) -> str:
    with pytest.raises(NotSent) as error:
        await hosts.target(endpoint)
    return error.value.code


async def test_the_connection_is_made_to_the_address_that_was_checked() -> None:
    target = await Hosts(settings(), leading_to("203.0.113.5", "203.0.113.6")).target(PROVIDER)

    assert (target.ip, target.endpoint) == ("203.0.113.5", PROVIDER)


async def test_the_store_s_own_network_is_allowed() -> None:
    assert (await Hosts(settings(), leading_to("192.168.1.20")).target(PROVIDER)).ip == "192.168.1.20"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "::1",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "fe80::1%eth0",
        "240.0.0.1",
        "::",
        "224.0.0.1",
    ],
)
async def test_a_name_that_leads_back_to_this_machine_or_its_link_is_refused(address: str) -> None:
    assert await refused(Hosts(settings(), leading_to(address))) == "address-not-allowed"


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    assert await refused(Hosts(settings(), leading_to("203.0.113.5", "127.0.0.1"))) == "address-not-allowed"


async def test_a_name_server_that_changes_its_mind_is_judged_at_each_call() -> None:
    answers = iter([["203.0.113.5"], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return next(answers)

    hosts = Hosts(settings(), rebinding)
    assert (await hosts.target(PROVIDER)).ip == "203.0.113.5"
    assert await refused(hosts) == "address-not-allowed"


async def test_loopback_is_reached_by_name_only_where_the_settings_say_so() -> None:
    assert (await Hosts(settings(loopback=True), leading_to("127.0.0.1")).target(PROVIDER)).ip == "127.0.0.1"


async def test_an_address_that_says_loopback_outright_may_be_it() -> None:
    plain = PortSettings(adapter="rest", address="http://127.0.0.1:8901")

    assert (await Hosts(plain).target(Endpoint("127.0.0.1", 8901))).ip == "127.0.0.1"


async def test_a_host_that_the_settings_do_not_name_is_refused_before_it_is_looked_up() -> None:
    async def nobody_asks(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    hosts = Hosts(settings(hosts=("pay2.example.org", ".shops.example.org")), nobody_asks)

    for host in ("evil.example.com", "pay.example.org.evil.com", "xpay.example.org", "shops.example.org", "127.0.0.1"):
        assert await refused(hosts, Endpoint(host, 443)) == "host-not-allowed"


async def test_hosts_that_the_settings_name_may_be_discovered() -> None:
    hosts = Hosts(settings(hosts=("pay2.example.org", ".shops.example.org")), leading_to("203.0.113.5"))

    for host in ("pay.example.org", "pay2.example.org", "a.shops.example.org"):
        assert (await hosts.target(Endpoint(host, 443))).endpoint.host == host


async def test_without_encryption_a_call_never_leaves_the_machine() -> None:
    plain = PortSettings(adapter="rest", address="http://localhost:8901", hosts=("pay.example.org",))

    assert await refused(Hosts(plain, leading_to("203.0.113.5"))) == "address-not-allowed"


async def test_a_name_that_nobody_knows_is_no_call() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    assert await refused(Hosts(settings(), unknown)) == "name-not-found"
    assert await refused(Hosts(settings(), leading_to())) == "name-not-found"


@given(st.ip_addresses())
async def test_no_address_of_this_machine_or_its_link_is_ever_called(ip: Any) -> None:
    hosts = Hosts(settings(), leading_to(str(ip)))
    try:
        found = ipaddress.ip_address((await hosts.target(PROVIDER)).ip)
    except NotSent:
        return
    ours = {"loopback": found.is_loopback, "link": found.is_link_local, "none": found.is_unspecified}
    assert not [name for name, true in ours.items() if true]
