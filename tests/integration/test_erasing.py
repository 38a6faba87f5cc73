"""An erasure, end to end: asked for over HTTP, and then looked for byte by byte, here and at head office."""

import base64
import contextlib
import json
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.api.app import create_app
from appliance.bootstrap import opened
from appliance.config import ScrubSettings, SyncSettings, load
from appliance.eventstore import escrow
from appliance.sync import subjects
from tests.support.api import Shop, stocked
from tests.support.commanding import Headquarters, headquarters
from tests.support.fulfilling import order, prepared, until
from tests.support.head_office import HeadOffice, head_office
from tests.support.polling import settled
from tests.support.syncing import MACHINE, STORE

PERSON = {"name": "Zerubbabel Quux", "email": "zq@zanzi.example", "phone": "+49 30 77 66 55 44"}
ADDRESS = {
    "street": "Xylophonweg 77",
    "city": "Quedlinburgo",
    "state": "",
    "country": "DE",
    "postal_code": "06484-x",
}
WORDS = ("zerubbabel", "quux", "zanzi", "77 66 55 44", "77665544", "xylophonweg", "quedlinburgo", "06484-x")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    with head_office(tmp_path / "hq", STORE) as found:
        escrow.make_pair(tmp_path / "keys.pem", tmp_path / "keys.pub")
        yield found


def store_of(office: HeadOffice, folder: Path) -> Any:
    """A store that works on orders and sends copies of its keys."""
    given: dict[str, Any] = {"url": office.natsd.url, "credentials": office.folder.seed(STORE)}
    return opened(
        load(
            data_dir=folder / "data",
            machine_id=MACHINE,
            scrub=ScrubSettings(enabled=False),
            sync=SyncSettings(**given | {"keys_for": folder / "keys.pub"}),
        )
    )


def remains(folder: Path, key: bytes) -> list[str]:
    """Which files hold a word of the person, or their key, however it is written."""
    forms = (key, key.hex().encode(), base64.b64encode(key), *(word.encode() for word in WORDS))
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        stored = path.read_bytes()
        if key in stored or any(form.lower() in stored.lower() for form in forms[1:]):
            found.append(str(path.relative_to(folder)))
    return found


async def bought(shop: Shop, customer: str) -> str:
    """A delivery to them, carried out to its end; and one that is cancelled under way."""
    body = {"customer_id": customer, "items": [{"product_id": "tea", "quantity": "1"}], "shipping_address": ADDRESS}
    placed = await shop.post("/orders", body)
    assert placed.status_code == 201, placed.text
    order_id = str(placed.json()["order_id"])
    pickup = await order(shop, customer, kind="pickup")
    await shop.post(f"/orders/{pickup}/cancel", {"reason": "asked to"})
    await until(shop, pickup, "cancelled")
    await until(shop, order_id, "confirmed")
    return order_id


async def copy_at(hq: Headquarters, customer: str) -> list[bytes]:
    """Every message that head office keeps of the key's, its history included."""
    subject = subjects.bucket_subject(subjects.KEYS_BUCKET, f"{STORE}.{customer}")
    stream = subjects.bucket_stream(subjects.KEYS_BUCKET)
    info = await hq.js.client.request(
        f"$JS.API.STREAM.INFO.{stream}", json.dumps({"subjects_filter": subject}).encode(), timeout=30
    )
    kept = (json.loads(info.data)["state"].get("subjects") or {}).get(subject, 0)
    last = await hq.js.client.request(f"$JS.API.DIRECT.GET.{stream}.{subject}", b"", timeout=30)
    return [last.data] * kept


async def begun(shop: Shop, path: str, read: str) -> dict[str, Any]:
    """Begin slow work, and wait for its end."""
    assert (await shop.post(path)).status_code == 202
    found: dict[str, Any] = {}

    async def done() -> bool:
        found.update((await shop.get(read)).json())
        return bool(found["status"] != "running")

    await settled(done)
    return found


async def test_after_an_erasure_no_byte_of_the_person_or_their_key_is_left_anywhere(
    office: HeadOffice, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "backroom")
    data = tmp_path / "data"
    async with headquarters(office) as hq, store_of(office, tmp_path) as services:
        # Given somebody who is known, was written to, was searched for and was copied to head office
        shop = await stocked(Shop(services, create_app(services)))
        await prepared(shop)
        customer = str((await shop.post("/customers", PERSON)).json()["customer_id"])
        order_id = await bought(shop, customer)
        await shop.get("/customers?query=zerub")
        key = key_of(data, customer)

        async def copied() -> bool:
            return bool(await copy_at(hq, customer))

        await settled(copied)
        assert remains(data, key)

        # When they ask to be forgotten
        assert (await shop.send("DELETE", f"/customers/{customer}")).status_code == 200

        # Then it is gone here, soon, and from what is copied from now on
        async def forgotten() -> bool:
            return not remains(data, key)

        await settled(forgotten)
        backup = await begun(shop, "/backups", "/backups/current")
        assert (backup["status"], remains(data, key)) == ("done", [])

        # and at head office, where one mark that it was deleted is all there is
        async def unwrapped() -> bool:
            return all(not body for body in await copy_at(hq, customer))

        await settled(unwrapped)
        assert len(await copy_at(hq, customer)) <= 1

        # and the log is whole, and its views made anew say so
        assert (await begun(shop, "/verify", "/verify"))["status"] == "clean"
        await services.maintenance.rebuild(None)

        async def rebuilt() -> bool:
            return all(each["progress"] is None for each in (await shop.get("/projections")).json()["items"])

        await settled(rebuilt)
        read = (await shop.get(f"/customers/{customer}")).json()
        sold = (await shop.get(f"/orders/{order_id}")).json()
        assert (read["name"], read["email"], read["phone"], read["erased"]) == (None, None, None, True)
        assert (sold["shipping_address"], sold["customer"]["name"]) == (None, None)

    # and after a stop, too
    assert remains(data, key) == []
    assert not any(word in caplog.text.lower() for word in WORDS)


def key_of(data: Path, customer: str) -> bytes:
    """The key as it stands in the file."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'keys.db'}?mode=ro", uri=True)) as db:
        return bytes(db.execute("SELECT key FROM subject_keys WHERE subject = ?", (customer,)).fetchone()[0])
