"""A support bundle tells how a store is, and nothing that anybody would have to keep secret."""

import asyncio
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from appliance.observability import bundle
from tests.support.api import sale, serving, stocked
from tests.support.command_line import Backroom, backroom_in

TOKEN = "bkr_" + "Qx7" * 14 + "q"
SECRETS = {
    "token": TOKEN,
    "session": "bks_" + "Zy8" * 14 + "z",
    "pin": "48271193",
    "name": "Zerubbabel Quux",
    "email": "zq@zanzi.example",
    "phone": "+49 30 77665544",
    "card": "4111 1111 1111 1111",
    "seed": "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
    "key": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
    "password": "hunter2hunter2",
    "street": "Xylophonweg 77",
    "operator": "Quirinius Wopp",
    "word": "Zerubbabel",
}
ADDRESS = {"city": "Berlin", "state": "BE", "country": "DE", "postal_code": "10115"}


@pytest.fixture
def backroom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Backroom:
    return backroom_in(tmp_path, capsys)


async def lived(data: Path) -> None:
    """A store in which somebody is known and something was found wrong."""
    async with serving(data, sagas={"enabled": False}, store={"currency": "GBP"}) as shop:
        await stocked(shop)
        person = {name: SECRETS[name] for name in ("name", "email", "phone")}
        goods = {"lines": [{"product_id": "tea", "quantity": "9"}]}
        assert (await shop.post("/stock/receipts", goods)).status_code == 201
        customer = await shop.post("/customers", person)
        assert customer.status_code == 201
        order = {"customer_id": customer.json()["customer_id"], "items": [{"product_id": "tea", "quantity": "1"}]}
        address = {"street": SECRETS["street"], **ADDRESS}
        assert (await shop.post("/orders", order | {"shipping_address": address})).status_code == 201
        staff = {"operator_id": "q", "name": SECRETS["operator"], "role": "cashier"}
        assert (await shop.post("/operators", staff, role=None, local=True)).status_code == 201
        reason = f"for {SECRETS['name']}, who called from {SECRETS['phone']}"
        dear = sale({"product_id": "tea", "unit_price": "9.00"}, price_override_reason=reason, approved_by="q")
        assert (await shop.post("/sales", dear | {"currency": "GBP"}, role="support")).status_code == 201
        device = {"device_id": "d", "name": f"Till of {SECRETS['operator']}", "role": "cashier"}
        assert (await shop.post("/devices", device, role="support")).status_code == 201
        maintenance: Any = shop.services.maintenance
        await maintenance.note("odder", "x", None, f"{SECRETS['name'].upper()}, {SECRETS['operator']} were here")
        await maintenance.note("odd", SECRETS["email"], None, f"said {SECRETS['token']} to {SECRETS['phone']}")


def read(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        found = {}
        for entry in archive.getmembers():
            file = archive.extractfile(entry)
            assert file is not None
            found[entry.name] = file.read().decode()
        return found


def test_no_planted_secret_is_in_it(backroom: Backroom, tmp_path: Path) -> None:
    asyncio.run(lived(backroom.data))
    log = tmp_path / "backroom.log"
    said = [f"authorization: Bearer {SECRETS['token']}", f"Backroom-Session: {SECRETS['session']}"]
    said += [f"pin={SECRETS['pin']}", f"mail to {SECRETS['email']}", f"call {SECRETS['phone']} now"]
    said += [f"card {SECRETS['card']}", f"nats seed {SECRETS['seed']}", f"key {SECRETS['key']}"]
    said += [f"nats://store:{SECRETS['password']}@hq.example:4222"]
    said += [json.dumps({"event": f"refused {SECRETS['name']}", "by": SECRETS["operator"]}), "quux, zerubbabel: late"]
    log.write_text("\n".join(said))
    target = tmp_path / "bundle.tar.gz"

    backroom.ok("support-bundle", "--out", str(target), "--log", str(log))

    found = read(target)
    whole = "\n".join(found.values())
    assert [name for name, secret in SECRETS.items() if secret.casefold() in whole.casefold()] == []
    assert "zerubbabel" not in whole.casefold()
    assert {"health.json", "metrics.txt"} <= set(found)
    assert json.loads(found["health.json"])["components"]
    assert "backroom_autonomy_days" in found["metrics.txt"]
    assert {"settings.json", "doctor.json", "problems.json", "tables.json", "last-events.json"} <= set(found)
    assert json.loads(found["tables.json"])["events"] > 0
    assert {"position", "stream", "version", "type", "bytes", "recorded_at"} == set(
        json.loads(found["last-events.json"])[0]
    )
    assert target.stat().st_mode & 0o777 == 0o600


def test_fields_that_are_named_for_secrets_are_masked_and_moments_are_not() -> None:
    moment = "2026-11-22T09:30:00.000000Z"

    found = bundle.redacted({"smtp_password": "x", "at": moment, "n": [{"pin": "1234"}], "k": 3})

    assert found == {"smtp_password": "[masked]", "at": moment, "n": [{"pin": "[masked]"}], "k": 3}


def test_names_are_masked_in_free_words_and_measurements_keep_their_numbers() -> None:
    people = frozenset({"quux", "zerubbabel"})

    said = bundle.redacted_text("QUUX was here; Quuxes were not", people)
    measured = bundle.redacted_metrics('backroom_x_bytes{who="Quux"} 209610342400\n', people)

    assert said == "[masked] was here; Quuxes were not"
    assert measured == 'backroom_x_bytes{who="[masked]"} 209610342400\n'
