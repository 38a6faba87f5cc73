"""Over TLS: the provider has to prove its name, also when the connection is made to an address that was checked."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.application.outside import Charged, Found, NotSent
from appliance.eventstore.clock import system_clock
from appliance.integration.settings import IntegrationSettings
from appliance.integration.switchboard import Surroundings
from appliance.sandbox.faults import Plan
from appliance.sandbox.ledger import Ledger
from appliance.sandbox.over_grpc import GrpcServer
from appliance.sandbox.providers import Providers
from tests.support.certificates import certificates
from tests.support.outside import connected, ended

HOST = "pay.example.org"
ANSWER = b'{"key": "k", "state": "absent"}'


def certificate(folder: Path, name: str) -> Path:
    """A certificate for one name that vouches for itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def provider(pem: Path) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A provider that knows no key; what it was asked is noted."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(ANSWER) + ANSWER)
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()


async def to_loopback(host: str, port: int) -> Sequence[str]:
    assert not host.replace(".", "").isdecimal()
    return [str(ipaddress.ip_address("127.0.0.1"))]


async def asked_over_tls(port: int, ca: Path | None, token: Path | None = None) -> Found | NotSent:
    address = f"https://{HOST}:{port}"
    payment = {"adapter": "rest", "address": address, "loopback": True, "ca_file": ca, "token_file": token}
    settings = IntegrationSettings.model_validate({"payment": payment})
    async with connected(settings, Surroundings(resolve=to_loopback)) as board:
        end: Found | NotSent = await ended(board.outside.payment.query("k"))
        return end


async def test_a_provider_that_proves_its_name_is_spoken_to_by_that_name(tmp_path: Path) -> None:
    pem = certificate(tmp_path, HOST)
    (tmp_path / "token").write_text("tok-1\n")
    async with provider(pem) as (port, asked):
        assert await asked_over_tls(port, pem, tmp_path / "token") == Found("absent")

    assert f"host: {HOST}:{port}".encode() in asked[0].lower()
    assert b"authorization: bearer tok-1" in asked[0].lower()


@pytest.mark.parametrize("trusted", [True, False])
async def test_another_name_or_a_certificate_nobody_knows_is_told_nothing(tmp_path: Path, trusted: bool) -> None:
    pem = certificate(tmp_path, "other.example.org" if trusted else HOST)
    async with provider(pem) as (port, asked):
        end = await asked_over_tls(port, pem if trusted else None)

    assert isinstance(end, NotSent)
    assert asked == []


# --- gRPC ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def sandbox_over_tls(folder: Path) -> AsyncIterator[tuple[int, Ledger]]:
    """The sandbox's payment provider with a certificate for localhost, signed by an authority of its own."""
    made, ledger = certificates(folder), Ledger(":memory:")
    pair = made.key.read_bytes(), made.certificate.read_bytes()
    server = GrpcServer("payment", Providers(ledger, Plan(), system_clock), certificate=pair)
    await server.start()
    try:
        yield server.port, ledger
    finally:
        await server.stop()
        ledger.close()


async def charged_over_tls(host: str, port: int, ca: Path) -> Charged | NotSent:
    payment = {"adapter": "grpc", "address": f"grpcs://{host}:{port}", "loopback": True, "ca_file": ca}
    settings = IntegrationSettings.model_validate({"payment": payment})
    async with connected(settings, Surroundings(resolve=to_loopback)) as board:
        end: Charged | NotSent = await ended(board.outside.payment.charge("k", "o-1", 1299, "EUR"))
        return end


async def test_a_charge_goes_through_grpc_over_tls_to_who_proves_its_name(tmp_path: Path) -> None:
    async with sandbox_over_tls(tmp_path) as (port, ledger):
        charged = await charged_over_tls("localhost", port, tmp_path / "ca.pem")

        assert isinstance(charged, Charged)
        assert charged.amount == 1299
        assert [answer["amount"] for _, answer in ledger.done("charge")] == [1299]


@pytest.mark.parametrize(
    ("host", "ca", "words"),
    [("localhost", "other/ca.pem", "certificate is not believed"), (HOST, "ca.pem", f"not valid for '{HOST}'")],
    ids=["signed by nobody we know", "another name"],
)
async def test_over_grpc_too_an_unproven_name_is_told_nothing_and_said_in_plain_words(
    tmp_path: Path, host: str, ca: str, words: str
) -> None:
    certificates(tmp_path / "other")
    async with sandbox_over_tls(tmp_path) as (port, ledger):
        end = await charged_over_tls(host, port, tmp_path / ca)

        assert isinstance(end, NotSent)
        assert words in end.detail
        assert ledger.calls() == []
