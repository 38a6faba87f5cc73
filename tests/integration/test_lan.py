"""The store on the network: TLS 1.3 with its own certificate, and nothing that is wrong with it stops selling here."""

import json
import re
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from appliance.config import load
from appliance.errors import SettingsInvalid
from appliance.eventstore.certificate import VALID, Pair, describe, ensure
from appliance.eventstore.store import Paths
from tests.support.command_line import Backroom, backroom_in
from tests.support.running import Running, running

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TLS = '\n[tls]\nhost = "127.0.0.1"\nport = 0\n'


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    backroom = backroom_in(tmp_path, capsys)
    backroom.config.write_text(backroom.config.read_text() + TLS)
    return backroom


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_a_till_that_knows_the_certificate_sells_over_the_network(backroom: Backroom) -> None:
    with running(backroom, "--first-start-catalogue") as store:
        paths = Paths(backroom.data)
        headers = {"Authorization": f"Bearer {store.ready['token']}"}
        url = store.ready["lan_url"]
        answer = httpx.get(f"{url}/api/v1/products", headers=headers, verify=trusting(paths.certificate))
        with pytest.raises(httpx.ConnectError, match=r"self.signed"):
            httpx.get(f"{url}/health")
        fingerprint = store.ready["fingerprint"]

    said = backroom("doctor", "--json").json["checks"]
    assert answer.status_code == 200
    assert fingerprint == describe(paths.certificate).fingerprint
    assert fingerprint in next(each["detail"] for each in said if each["check"] == "certificate")
    assert paths.certificate_key.stat().st_mode & 0o777 == 0o600


def test_nothing_older_than_tls_1_3_is_spoken(backroom: Backroom) -> None:
    with running(backroom) as store:
        old = trusting(Paths(backroom.data).certificate)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{store.ready['lan_url']}/health", verify=old)
        plain = store.ready["lan_url"].replace("https", "http")
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{plain}/health")


def test_the_certificate_stays_the_same(backroom: Backroom) -> None:
    fingerprints = set()
    for _ in range(2):
        with running(backroom) as store:
            fingerprints.add(store.ready["fingerprint"])

    assert len(fingerprints) == 1


@pytest.mark.parametrize("wrong", ["expired", "no certificate", "another key", "gone"])
def test_whatever_is_wrong_with_a_certificate_selling_here_goes_on(
    backroom: Backroom, tmp_path: Path, wrong: str
) -> None:
    own = Pair(tmp_path / "own.crt", tmp_path / "own.key")
    ensure(own, "store-1", NOW - VALID - timedelta(days=2) if wrong == "expired" else NOW)
    if wrong == "no certificate":
        own.certificate.write_text("nothing")
    elif wrong == "another key":
        other = Pair(tmp_path / "other.crt", tmp_path / "other.key")
        ensure(other, "store-1", NOW)
        other.key.replace(own.key)
    elif wrong == "gone":
        own.key.unlink()
    settings = f'certificate = "{own.certificate}"\nkey = "{own.key}"\n'
    backroom.config.write_text(backroom.config.read_text() + settings)

    with running(backroom, "--first-start-catalogue") as store:
        sold = sell(store)

    assert sold.status_code == 201
    assert store.ready["trouble"]


def sell(store: Running) -> httpx.Response:
    products = httpx.get(
        f"{store.ready['url']}/api/v1/products", headers={"Authorization": f"Bearer {store.ready['token']}"}
    ).json()
    body = {
        "register_id": "till-1",
        "currency": "GBP",
        "lines": [{"product_id": products["items"][0]["product_id"]}],
        "tenders": [{"type": "cash", "amount": 100_000}],
    }
    return store.post("/sales", body, "first")


def test_what_openssl_says_of_the_certificate(tmp_path: Path) -> None:
    """Seen by somebody else's eyes: the fingerprint, the names, the end."""
    pair = Pair(tmp_path / "tls.crt", tmp_path / "tls.key")
    ensure(pair, "store-1", NOW)

    command = ["openssl", "x509", "-in", str(pair.certificate), "-noout", "-text", "-fingerprint", "-sha256"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert describe(pair.certificate).fingerprint in said
    assert "IP Address:127.0.0.1" in said
    assert "DNS:localhost" in said
    assert re.search(r"Not After : Nov 2\d .* 2036", said)


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("http", {"host": "0.0.0.0"}),  # noqa: S104  what is refused
        ("tls", {"host": "everywhere"}),
        ("tls", {"certificate": "a.crt"}),
        ("tls", {"key": "a.key"}),
    ],
)
def test_settings_that_would_serve_in_the_clear_or_without_a_key_are_refused(
    section: str, values: dict[str, str]
) -> None:
    with pytest.raises(SettingsInvalid, match=section):
        load(**{section: json.loads(json.dumps(values))})
