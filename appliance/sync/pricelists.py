"""Price lists from head office's CATALOGUE bucket: fetched, checked as a whole, staged part by part, put in force.

A manifest under `<common or store>.pricelists.<version>` names the keys of its parts. Nothing of a list enters the log
before all of it has been checked; each part is then a short transaction of its own between the sales, and the list is
in force with the last one. A list with a defect is refused with the reason as an event; prices stay as they are. A list
whose parts are not all there yet waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast

from pydantic import ValidationError

from appliance.application.commands_hq import ActivatePrices, RefusePrices, StagePrices
from appliance.application.ports import Context, Outcome, UnitOfWork
from appliance.domain import product as products
from appliance.domain.calendar import utc_text
from appliance.domain.events import ListPrice, PriceListActivated, PriceListStaged
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import GivenTwice, Refusal
from appliance.eventstore.ids import uuid7
from appliance.schemas import hq_pricelists as s
from appliance.sync import subjects
from appliance.sync.bucket import Contents, scope_of
from appliance.sync.connection import Session
from appliance.sync.headquarters import Headquarters
from appliance.sync.pricelists_in_force import check_same
from appliance.sync.subscriber import NOT_NOW, Store, StoreNotReady

MANIFESTS = "pricelists."
MAX_DETAIL = 500
MOST_BREATH_SECONDS = 0.2  # between two parts, else as long again as the last one took
_log = logging.getLogger("backroom.sync")
_ACTIVE = "SELECT version FROM pricelists WHERE activated_position IS NOT NULL"
_REFUSED = "SELECT fingerprint FROM hq_refusals WHERE kind = 'pricelist' AND key = ?"


class Unusable(Refusal):
    """A list with a defect; `reason` is a stable code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Incomplete(Exception):
    """A part is not there yet."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list as it lies at head office."""

    key: str
    manifest: bytes
    parts: Sequence[bytes]

    @property
    def fingerprint(self) -> str:
        """Names these very bytes."""
        whole = sha256(self.manifest)
        for each in self.parts:
            whole.update(b"\n" + sha256(each).digest())
        return whole.hexdigest()


@dataclass(slots=True)
class Lists:
    """What is known of head office's lists, for people and metrics."""

    waiting: dict[str, str] = field(default_factory=dict)  # manifest's key -> the part that is missing
    activated: int = 0
    refused: int = 0


class PriceLists:
    """Takes what the bucket holds; a callback of its reader."""

    def __init__(self, store: Store) -> None:
        self.lists = Lists()
        self._store = store
        self._manifests: dict[str, bytes] = {}
        self._same: dict[str, bytes] = {}  # manifests of lists in force that were compared with them

    def keep(self, key: str) -> bool:
        """Whether the body is a manifest; parts are fetched when they are needed."""
        scoped = scope_of(key, self._store.store_id)
        return scoped is not None and scoped[1].startswith(MANIFESTS)

    async def __call__(self, session: Session, contents: Contents) -> None:
        """Take up every list that is new, has changed, or has waited for what came now."""
        if contents.whole:
            self._manifests.clear()
        touched = self._note(contents)
        hq = Headquarters(session, self._store.store_id)
        try:
            active = await self._store.writer.run(lambda uow: {version for (version,) in uow.query(_ACTIVE)})
            for key in sorted(touched & self._manifests.keys()):
                await self._consider(hq, key, active)
        except NOT_NOW as error:
            raise StoreNotReady(error.detail) from error

    def _note(self, contents: Contents) -> set[str]:
        """The manifests that something has become of."""
        touched = {key for key, missing in self.lists.waiting.items() if missing in contents.values}
        for key, value in contents.values.items():
            if self.keep(key):
                touched.add(key)
                self._manifests.pop(key, None)
                self.lists.waiting.pop(key, None)
                if value.body is not None:
                    self._manifests[key] = value.body
            else:
                touched |= {manifest for manifest, body in self._manifests.items() if key.encode() in body}
        return touched

    async def _consider(self, hq: Headquarters, key: str, active: set[str]) -> None:
        body = self._manifests[key]
        try:
            manifest = self._manifest(key, body)
        except Unusable as unusable:
            await self._refuse(Fetched(key, body, ()), None, unusable)
            return
        in_force = manifest.version in active
        if in_force and self._same.get(key) == body:
            return
        try:
            fetched = Fetched(key, body, await self._fetch(hq, manifest, key))
        except Incomplete as missing:
            if not in_force:  # a list in force needs its parts no more
                self.lists.waiting[key] = str(missing)
            return
        if not await self._is_refused(fetched):
            await (self._compare if in_force else self._load)(fetched, manifest)

    def _manifest(self, key: str, body: bytes) -> s.Manifest:
        if len(body) > s.MAX_MANIFEST_BYTES:
            raise Unusable("too-large", f"The manifest has {len(body)} bytes.")
        try:
            found = s.Manifest.model_validate_json(body)
        except ValidationError as error:
            raise Unusable("manifest-invalid", _where(error)) from error
        for each in found.keys:
            if scope_of(each, self._store.store_id) is None:
                raise Unusable("foreign-part", f"{each} is no key that this store may read.")
        if len(set(found.keys)) != len(found.keys):
            raise Unusable("duplicate-part", "A part is named twice.")
        if not key.endswith(f".{MANIFESTS}{found.version}"):
            raise Unusable("wrong-version", f"The manifest under {key} says it is {found.version}.")
        return found

    async def _fetch(self, hq: Headquarters, manifest: s.Manifest, key: str) -> list[bytes]:
        parts = []
        for each in manifest.keys:
            entry = await hq.entry(subjects.CATALOGUE_BUCKET, each)
            if not entry.revision or not entry.value:
                raise Incomplete(each)
            parts.append(entry.value)
        self.lists.waiting.pop(key, None)
        return parts

    async def _load(self, fetched: Fetched, manifest: s.Manifest) -> None:
        try:
            staged, activated = await asyncio.to_thread(check, fetched, manifest, self._store.dispatcher.policy)
            for each in staged:
                began = time.monotonic()
                await self._do(StagePrices(version=each.version, part=each.part, prices=each.prices))
                await asyncio.sleep(min(time.monotonic() - began, MOST_BREATH_SECONDS))  # tills go first
            await self._do(
                ActivatePrices(
                    version=activated.version,
                    valid_from=activated.valid_from,
                    parts=activated.parts,
                    products=activated.products,
                )
            )
        except NOT_NOW:
            raise
        except Refusal as refusal:
            await self._refuse(fetched, manifest.version, refusal)
            return
        self.lists.activated += 1
        self._same[fetched.key] = fetched.manifest

    async def _compare(self, fetched: Fetched, manifest: s.Manifest) -> None:
        """Refuse what is under a version in force and is another list; seen once, the same bytes are not read again."""
        try:
            staged, activated = await asyncio.to_thread(check, fetched, manifest, self._store.dispatcher.policy)
            await check_same(self._store.writer, staged, activated)
        except NOT_NOW:
            raise
        except Refusal as refusal:
            await self._refuse(fetched, manifest.version, refusal)
        else:
            self._same[fetched.key] = fetched.manifest

    async def _refuse(self, fetched: Fetched, version: str | None, refusal: Refusal) -> None:
        reason = refusal.reason if isinstance(refusal, Unusable) else refusal.code
        detail = f"{refusal.at}: {refusal.detail}" if refusal.at else refusal.detail
        command = RefusePrices(
            key=fetched.key,
            version=version,
            fingerprint=fetched.fingerprint,
            reason=reason,
            detail=detail[:MAX_DETAIL],
        )
        if (await self._do(command)).events:
            self.lists.refused += 1
            _log.warning("sync: head office's price list %s is refused: %s (%s)", fetched.key, command.detail, reason)

    async def _is_refused(self, fetched: Fetched) -> bool:
        rows = await self._store.writer.run(lambda uow: uow.query(_REFUSED, (fetched.key,)))
        return bool(rows) and rows[0][0] == fetched.fingerprint

    async def _do(self, command: object) -> Outcome:
        context = Context(command_id=uuid7(), occurred_at=self._store.clock(), role="hq", device="hq")

        def work(uow: UnitOfWork) -> Outcome:
            return self._store.run(command, uow, context)

        return await self._store.writer.run(work)


def check(
    fetched: Fetched, manifest: s.Manifest, policy: StorePolicy
) -> tuple[list[PriceListStaged], PriceListActivated]:
    """The events of a list that has no defect. Raises Refusal for the first one found."""
    digest = sha256()
    for body in fetched.parts:
        digest.update(body)
    if digest.hexdigest() != manifest.sha256:
        raise Unusable("checksum", "The parts do not have the checksum that the manifest gives.")
    prices: list[ListPrice] = []
    codes: dict[str, str] = {}
    for number, body in enumerate(fetched.parts, start=1):
        for each in _part(body, number, manifest).prices:
            for code in each.barcodes:
                if codes.setdefault(code, each.product_id) != each.product_id or each.barcodes.count(code) > 1:
                    raise GivenTwice(f"The barcode {code} stands for {codes[code]} and for {each.product_id}.")
            prices.append(ListPrice(product_id=each.product_id, price=each.price))
    *staged, activated = products.price_list(manifest.version, utc_text(manifest.valid_from), prices, policy)
    return cast("list[PriceListStaged]", staged), cast("PriceListActivated", activated)


def _part(body: bytes, number: int, manifest: s.Manifest) -> s.Part:
    if len(body) > s.MAX_PART_BYTES:
        raise Unusable("too-large", f"Part {number} has {len(body)} bytes; {s.MAX_PART_BYTES} is the most.")
    try:
        part = s.Part.model_validate_json(body)
    except ValidationError as error:
        raise Unusable("part-invalid", f"Part {number}: {_where(error)}") from error
    if (part.version, part.part) != (manifest.version, number):
        raise Unusable("wrong-part", f"Part {number} says it is part {part.part} of {part.version}.")
    return part


def _where(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    return f"/{'/'.join(str(each) for each in first['loc'])}: {first['msg']}"
