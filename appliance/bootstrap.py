"""The composition root: the only place that builds and wires the parts of an appliance."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance import __version__
from appliance.access.people import People
from appliance.access.pins import Pins, pepper
from appliance.access.sessions import Limits
from appliance.api.cache import OrderCache
from appliance.api.devices import Devices
from appliance.api.feed import CommitFeed
from appliance.api.rates import Rate, Rates
from appliance.api.services import Services
from appliance.application.dispatcher import Dispatcher, Handler
from appliance.application.facts import TOUCH
from appliance.application.foresight import foresee
from appliance.application.handlers import HANDLERS
from appliance.application.handlers.fulfilment import given_back
from appliance.application.outside import Outside
from appliance.application.policies import Policies
from appliance.backups.copying import Source
from appliance.backups.guard import DiskGuard, free_at
from appliance.backups.job import Backups
from appliance.backups.rotation import keeping
from appliance.config import Settings
from appliance.domain.events import Sealed
from appliance.domain.policy import StorePolicy
from appliance.errors import SettingsInvalid
from appliance.eventstore import log
from appliance.eventstore.clock import rfc3339, system_clock
from appliance.eventstore.escrow import read_public
from appliance.eventstore.group import Wiring
from appliance.eventstore.lives import Ask, Elsewhere
from appliance.eventstore.store import EventStore, open_store
from appliance.eventstore.uptime import system_uptime
from appliance.eventstore.vault import Vault
from appliance.eventstore.writer import Writer
from appliance.integration.addresses import Resolver, by_srv
from appliance.integration.local.deeds import Deeds
from appliance.integration.local.embedded import embedded
from appliance.integration.switchboard import Surroundings, Switchboard
from appliance.maintenance import Maintenance, Purge
from appliance.observability.metrics import Metrics
from appliance.observability.traced import TracedDispatcher
from appliance.observability.tracing import NoTracing, Tracing, open_tracing
from appliance.projections import states
from appliance.projections.live import LiveFold
from appliance.projections.rebuild import Rebuilder
from appliance.projections.registry import PROJECTIONS
from appliance.queries.contacts import Contacts
from appliance.queries.pool import Pool
from appliance.reloading import governed_from_afar
from appliance.sagas import operating
from appliance.sagas import state as saga_state
from appliance.sagas.course import Course, Point
from appliance.sagas.expiry import Expiry
from appliance.sagas.fulfilment import Times
from appliance.sagas.registry import definitions
from appliance.sagas.runtime import Sagas
from appliance.settings_in_force import Prevailing
from appliance.sync.instances import NatsServices

if TYPE_CHECKING:
    from appliance.sync.upstream import Upstream

HEAD_OFFICE = "appliance.head_office"  # loaded where there is one: it brings NATS, a tenth of a start
FINGERPRINTS = "receipts"  # the vault's name for what keys them
DAY_SECONDS, HOUR_SECONDS = 86_400, 3_600
COLLECT_LATE = 0.85  # of the time for collecting: then it is shown as a problem, while the customer can still be called
_DECIDING = frozenset(each.name for each in PROJECTIONS if each.for_decisions)
_FIXED = {"store_id": "store.id", "currency": "store.currency"}


class _Opener:
    """Opens sealed data with the vault that the store brings; projections are wired before it is there."""

    vault: Vault | None = None

    def __call__(self, sealed: Sealed) -> dict[str, str] | None:
        return self.vault.open(sealed) if self.vault else None


class _Later:
    """What sagas will know of people and policies; they are declared before the store that has them is open."""

    contacts: Contacts
    dispatcher: Dispatcher
    writer: Writer

    def policy(self) -> StorePolicy:
        return self.dispatcher.policy

    async def address(self, order_id: str) -> dict[str, str] | None:
        return await self.contacts.address(order_id)

    async def contact(self, customer_id: str) -> dict[str, str] | None:
        return await self.contacts.contact(customer_id)

    async def given_back(self, order_id: str) -> int:
        return await self.writer.run(lambda uow: given_back(uow, order_id))


@dataclass(slots=True)
class _Preparation:
    """What happens to the tables between the migrations and the writer's start, and what it leaves to be done."""

    settings: Settings
    unfinished: tuple[str, ...] = ()
    erased: bool = False

    def __call__(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            self._fix(db)
            self.erased = bool(log.erased_subjects(db))
            self.unfinished = states.prepare(db, rfc3339(system_clock()))
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _fix(self, db: sqlite3.Connection) -> None:
        """Refuse settings that would make the log say something else than it did."""
        for name, value in (("store_id", self.settings.store.id), ("currency", self.settings.store.currency)):
            db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, value))
            found = db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()[0]
            if found != value:
                detail = f"{_FIXED[name]} is {value!r}, but this store was begun as {found!r} and cannot change it."
                raise SettingsInvalid(detail)


Around = Callable[[Outside], Outside]
"""Puts something between sagas and the ports they call."""


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    around: Around = lambda outside: outside,
    point: Point = lambda _: None,
    safe_mode: str | None = None,
    governed: bool = True,
) -> AsyncIterator[Services]:
    """A running store, ready to sell when entered and closed in order when left; tests give it faults and crash points.

    In safe mode, for the reason given, the API takes no writes. `governed` says whether the box works as head office
    has set it; its policies are in force in any case.
    Views that decisions read are rebuilt first where this program's version of them changed; the others follow.
    """
    opener, preparation = _Opener(), _Preparation(settings)
    fold = LiveFold(opener)
    later = _Later()
    course = Course(definitions(later, later.policy, _times(settings)), system_clock, point)
    touches = {**TOUCH, **saga_state.TOUCH}
    wiring = Wiring(fold=fold, touches=touches, clock=system_clock, foresee=foresee, reactions=course.reactions())
    async with AsyncExitStack() as stack:
        store = await asyncio.to_thread(
            open_store,
            settings.data_dir,
            wiring,
            machine=settings.machine_id,
            prepare=preparation,
            ask=_homecoming(settings),
        )
        stack.push_async_callback(asyncio.to_thread, store.close)
        opener.vault = store.vault
        metrics = Metrics()
        readers = await stack.enter_async_context(Pool(store.paths.database, observe=metrics.query))
        maintenance = await _maintenance(store, opener, fold)
        stack.push_async_callback(maintenance.stop)
        handlers = {**HANDLERS, **operating.handlers(course)}
        tracing = _tracing(settings, stack)
        dispatcher = _dispatcher(settings, store, handlers, tracing)
        later.contacts, later.dispatcher, later.writer = Contacts(readers, opener), dispatcher, store.writer
        deeds = Deeds(dispatcher, store.writer, store.vault.secret(FINGERPRINTS), system_clock)
        instances = NatsServices()
        resolvers: dict[str, Callable[[str], Resolver]] = {"srv": by_srv, "nats": instances.resolver}
        surroundings = Surroundings(observe=metrics.outside, resolvers=resolvers, tracing=tracing)
        board = Switchboard(embedded(deeds), settings.integration, surroundings)
        stack.push_async_callback(board.close)
        metrics.outside.watch(board.states)
        sagas = Sagas(
            store.writer,
            course,
            around(board.outside),
            clock=system_clock,
            steady=wiring.steady,
            threads=settings.sagas.threads,
            point=point,
        )
        backups = _backups(settings, store, maintenance)
        stack.push_async_callback(backups.stop)
        guard = _guard(store, backups, maintenance)
        stack.push_async_callback(guard.stop)
        services = await _services(settings, store, readers, maintenance, backups, metrics, sagas, dispatcher, board)
        services.tracing, services.safe_mode = tracing, safe_mode
        sagas.engine.tracing = tracing or NoTracing()
        stack.push_async_callback(services.people.close)
        await maintenance.make_ready([name for name in preparation.unfinished if name in _DECIDING])
        await services.people.load()
        services.redefine = lambda wanted: course.redefine(definitions(later, later.policy, _times(wanted)))
        services.settings.governed = governed and safe_mode is None
        policies = await governed_from_afar(services)
        maintenance.begin([name for name in preparation.unfinished if name not in _DECIDING])
        if preparation.erased:  # a stop may have come between an erasure and its last step
            maintenance.purge()
        guard.keep_watch()
        await _set_going(services.settings.now(), stack, maintenance, sagas, dispatcher)
        if settings.sync.urls:
            services.sync = instances.upstream = await _head_office(settings, store, services, policies)
            stack.push_async_callback(services.sync.stop)  # before the readers and the writer that it uses
        yield services


async def _set_going(
    settings: Settings, stack: AsyncExitStack, maintenance: Maintenance, sagas: Sagas, dispatcher: Dispatcher
) -> None:
    """The work that goes on beside selling from now on."""
    if settings.scrub.enabled:
        maintenance.keep_scrubbing(settings.scrub.period_hours * 3600)
    if settings.sagas.enabled:
        await sagas.start()
        stack.push_async_callback(sagas.stop)
        expiry = Expiry(dispatcher, system_clock)
        expiry.start()
        stack.push_async_callback(expiry.stop)


def _tracing(settings: Settings, stack: AsyncExitStack) -> Tracing | None:
    chosen = settings.tracing
    if chosen.endpoint is None:
        return None
    tracing = open_tracing(chosen.endpoint, chosen.share, "backroom", __version__, settings.store.id)
    stack.push_async_callback(asyncio.to_thread, tracing.close)
    return tracing


def _dispatcher(
    settings: Settings, store: EventStore, handlers: Mapping[type, Handler], tracing: Tracing | None
) -> Dispatcher:
    kind = Dispatcher if tracing is None else TracedDispatcher
    dispatcher = kind(store.writer, handlers, settings.policy(), lambda: rfc3339(system_clock()))
    if tracing is not None and isinstance(dispatcher, TracedDispatcher):
        dispatcher.tracing = tracing
    return dispatcher


def _times(settings: Settings) -> Times:
    orders = settings.orders
    return Times(
        pick_s=orders.pick_days * DAY_SECONDS,
        pick_late_s=orders.pick_late_hours * HOUR_SECONDS,
        collect_s=orders.collect_days * DAY_SECONDS,
        collect_late_s=orders.collect_days * DAY_SECONDS * COLLECT_LATE,
    )


def _homecoming(settings: Settings) -> Ask:
    """Who is asked for a log's lost tail at the start: head office, where there is one."""
    if not settings.sync.urls:
        return lambda _: contextlib.nullcontext(Elsewhere())
    asked: Ask = importlib.import_module(HEAD_OFFICE).homecoming(settings)
    return asked


async def _head_office(settings: Settings, store: EventStore, services: Services, policies: Policies) -> Upstream:
    """Both directions, over one link."""
    upstream: Upstream = await importlib.import_module(HEAD_OFFICE).begun(settings, store, services, policies)
    return upstream


async def _maintenance(store: EventStore, opener: _Opener, fold: LiveFold) -> Maintenance:
    writer = store.writer
    rebuilder = Rebuilder(opener, system_clock, lambda _: fold.reread())
    purge = Purge(writer, store.checkpointer)
    maintenance = Maintenance(writer, rebuilder, purge, store.paths, opener, system_clock)
    await maintenance.look()
    return maintenance


def _backups(settings: Settings, store: EventStore, maintenance: Maintenance) -> Backups:
    chosen = settings.backup
    kept = keeping(chosen.keep, chosen.quota_mb, chosen.keys_days)
    source = Source(store.paths, settings.store.id, __version__)
    recipient = read_public(chosen.recipient) if chosen.recipient else None
    return Backups(source, chosen.directory or store.paths.backups, kept, system_clock, maintenance.note, recipient)


def _guard(store: EventStore, backups: Backups, maintenance: Maintenance) -> DiskGuard:
    free = free_at(store.paths.data)
    return DiskGuard(free, backups.make_room, backups.expire_keys, maintenance.give_back, maintenance.note)


async def _services(
    settings: Settings,
    store: EventStore,
    readers: Pool,
    maintenance: Maintenance,
    backups: Backups,
    metrics: Metrics,
    sagas: Sagas,
    dispatcher: Dispatcher,
    board: Switchboard,
) -> Services:
    writer = store.writer
    cache = OrderCache()
    feed = CommitFeed(asyncio.get_running_loop(), cache, writer.head.position)
    writer.listen(feed.committed)
    devices = Devices(writer)
    await devices.load()
    people = _people(settings, store)
    writer.listen(people.committed)
    _observe(writer, metrics)
    sagas.engine.observe = metrics.step
    return Services(
        dispatcher=dispatcher,
        writer=writer,
        vault=store.vault,
        readers=readers,
        paths=store.paths,
        devices=devices,
        people=people,
        rates=_rates(settings),
        feed=feed,
        orders_cache=cache,
        metrics=metrics,
        maintenance=maintenance,
        sagas=sagas,
        backups=backups,
        outside=board,
        settings=Prevailing(settings, settings),
        fingerprint_secret=store.vault.secret(FINGERPRINTS),
        started_at=system_clock(),
        version=__version__,
        clock=system_clock,
        stopping=asyncio.Event(),
        store_name=settings.store.name,
        store_id=settings.store.id,
        mode=settings.mode,
        certificate=settings.tls.certificate or store.paths.certificate,
    )


def _rates(settings: Settings) -> Rates:
    limits = settings.limits
    return Rates(Rate(limits.device_per_second, limits.total_per_second, limits.stranger_per_second))


def _people(settings: Settings, store: EventStore) -> People:
    access = settings.access
    limits = Limits(access.session_idle_minutes * 60_000, access.session_hours * 3_600_000)
    pins = Pins(pepper(access.pepper_file or store.paths.pepper))
    return People(store.writer, pins, limits, system_clock, system_uptime(), access.step_up)


def _observe(writer: Writer, metrics: Metrics) -> None:
    writer.stats.observe_group_size = metrics.group_size.observe
    writer.stats.observe_group_seconds = metrics.group_seconds.observe
    writer.stats.observe_commit_seconds = metrics.commit_seconds.observe
