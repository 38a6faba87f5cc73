"""The whole way down: commands, price lists, policies, and the copies of keys; parts of one link, told as one value."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from appliance.domain.refusals import Refusal
from appliance.eventstore.clock import rfc3339
from appliance.eventstore.escrow import Recipient
from appliance.queries import headquarters as queries
from appliance.queries.pool import Pool
from appliance.sync import subjects
from appliance.sync.ages import Ages
from appliance.sync.bucket import BucketReader
from appliance.sync.connection import Part, Session
from appliance.sync.handover import Handover
from appliance.sync.keys import KeyCopies
from appliance.sync.pricelists import PriceLists
from appliance.sync.settings import Settings
from appliance.sync.subscriber import Store, StoreNotReady, Subscriber, Tally
from appliance.sync.troubles import SyncTrouble

SETTINGS_WHOLE_SECONDS = 300.0  # few and small
CATALOGUE_WHOLE_SECONDS = 3600.0  # some megabytes
COMMANDS, KEYS = "commands", "keys"  # parts of the way down; the others are called as their buckets
_log = logging.getLogger("backroom.sync")
KEYS_WHOLE_SECONDS = 6 * 3600.0  # one entry a customer


class Downstream:
    """What a store takes from head office."""

    def __init__(self, store: Store, pool: Pool, recipient: Recipient | None, handover: Handover) -> None:
        self.tally = Tally()
        self.troubles: dict[str, SyncTrouble] = {}
        self.subscriber = Subscriber(store, self.tally, partial(self._fine, COMMANDS))
        self.settings = Settings(store)
        self.pricelists = PriceLists(store)
        self.keys = KeyCopies(store.store_id, store.vault, store.writer, recipient, handover, partial(self._fine, KEYS))
        self._store = store
        self._pool = pool
        self.ages = Ages(store.writer, store.clock)
        self.settings_bucket = BucketReader(
            subjects.SETTINGS_BUCKET,
            store.store_id,
            self.settings,
            names=self.settings.names,
            whole_s=SETTINGS_WHOLE_SECONDS,
            checked=self._checked,
        )
        self.catalogue_bucket = BucketReader(
            subjects.CATALOGUE_BUCKET,
            store.store_id,
            self.pricelists,
            keep=self.pricelists.keep,
            at_every_connect=False,
            whole_s=CATALOGUE_WHOLE_SECONDS,
            checked=self._checked,
        )
        self.keys_bucket = BucketReader(
            subjects.KEYS_BUCKET,
            store.store_id,
            self.keys.look,
            keep=lambda key: subjects.handed_subject(key, store.store_id) is not None,
            names=self.keys.names,
            at_every_connect=False,
            whole_s=KEYS_WHOLE_SECONDS,
            checked=self._checked,
        )
        self.keys.read_again = self.keys_bucket.read_again

    @property
    def parts(self) -> tuple[Part, ...]:
        """What works on the link; each by itself, so that trouble with one keeps none of the others."""
        works: Mapping[str, Part] = {
            COMMANDS: self.subscriber,
            subjects.SETTINGS_BUCKET: self.settings_bucket,
            subjects.CATALOGUE_BUCKET: self.catalogue_bucket,
            subjects.KEYS_BUCKET: self.keys_bucket,
            KEYS: self.keys,
        }
        return tuple(partial(self._minded, name, part) for name, part in works.items())

    async def _minded(self, name: str, part: Part, session: Session) -> None:
        """Let a part work where this box speaks for the store, and try again after a trouble of its own."""
        await self.subscriber.wait_for_claim()
        while True:
            try:
                await part(session)
            except Refusal as refusal:
                trouble = refusal if isinstance(refusal, SyncTrouble) else StoreNotReady(refusal.detail)
                self._note(name, trouble)
                if trouble.drops_link:
                    raise trouble from refusal
                await asyncio.sleep(trouble.pause_seconds)
            else:
                await self.subscriber.wait_for_claim()

    def _note(self, name: str, trouble: SyncTrouble) -> None:
        """Keep a trouble, and say it once."""
        known = self.troubles.get(name)
        if known is None or (known.code, known.detail) != (trouble.code, trouble.detail):
            _log.warning("sync: %s: %s: %s %s", name, trouble.title, trouble.detail, trouble.hint)
        self.troubles[name] = trouble

    def _fine(self, name: str) -> None:
        self.troubles.pop(name, None)

    async def _checked(self, bucket: str) -> None:
        self._fine(bucket)
        await self.ages.checked(bucket)

    # --- what people ask ------------------------------------------------------------------------------------------

    async def status(self) -> dict[str, Any]:
        """Where it stands, in figures and plain words: the `down` of GET /sync."""
        refusals = await queries.refusals(self._pool)
        tally = self.tally
        return {
            "commands": {
                "sequence": tally.sequence,
                "waiting": tally.waiting,
                "applied": tally.applied,
                "refused": tally.refused,
                "repeated": tally.repeated,
                "read_again": tally.read_again,
                "last_refusal": tally.last_refusal or None,
            },
            "pricelists": {
                "in_force": await queries.newest_pricelist(self._pool, rfc3339(self._store.clock())),
                "checked_seconds_ago": self.ages.seconds(subjects.CATALOGUE_BUCKET),
                "waiting": dict(self.pricelists.lists.waiting),
                "refused": [each for each in refusals if each["kind"] == "pricelist"],
            },
            "policies": {
                "set": await queries.policies(self._pool),
                "checked_seconds_ago": self.ages.seconds(subjects.SETTINGS_BUCKET),
                "refused": [each for each in refusals if each["kind"] == "setting"],
            },
            "troubles": [{"part": name, **told(each)} for name, each in sorted(self.troubles.items())],
            "keys": {"sent": self.keys.sent, "deleted": self.keys.deleted, "enabled": self.keys.enabled},
        }

    def reads(self) -> dict[str, Callable[[], float]]:
        """What the metrics read when asked."""
        return {
            "backroom_hq_down_troubles": lambda: len(self.troubles),
            "backroom_hq_commands_applied_total": lambda: self.tally.applied,
            "backroom_hq_commands_refused_total": lambda: self.tally.refused,
            "backroom_hq_commands_repeated_total": lambda: self.tally.repeated,
            "backroom_hq_commands_waiting": lambda: self.tally.waiting or 0,
            "backroom_hq_pricelists_activated_total": lambda: self.pricelists.lists.activated,
            "backroom_hq_pricelists_refused_total": lambda: self.pricelists.lists.refused,
            "backroom_hq_catalogue_age_seconds": lambda: self._age(subjects.CATALOGUE_BUCKET),
            "backroom_hq_policies_changed_total": lambda: self.settings.changed,
            "backroom_hq_policies_refused_total": lambda: self.settings.refused,
            "backroom_hq_policies_age_seconds": lambda: self._age(subjects.SETTINGS_BUCKET),
            "backroom_hq_keys_sent_total": lambda: self.keys.sent,
            "backroom_hq_keys_deleted_total": lambda: self.keys.deleted,
        }

    def _age(self, bucket: str) -> float:
        seconds = self.ages.seconds(bucket)
        return math.nan if seconds is None else seconds


def told(trouble: SyncTrouble) -> dict[str, str]:
    """A trouble in plain words."""
    return {"code": trouble.code, "title": trouble.title, "detail": trouble.detail, "hint": trouble.hint}
