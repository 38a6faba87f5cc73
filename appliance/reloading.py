"""Settings that change while the store runs.

On SIGHUP all of a good file is taken over, and nothing of a bad one. What head office sets or takes back is taken over
as it comes, and goes over the file.

What needs a new start is told by name, so that nobody waits for a change that does not come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from appliance.access.sessions import Limits
from appliance.api.rates import Rate
from appliance.api.server import Caps, Gate
from appliance.api.services import Services
from appliance.application.policies import Policies
from appliance.backups.rotation import keeping
from appliance.config import Settings
from appliance.domain.policies import Said
from appliance.domain.refusals import Refusal
from appliance.errors import SettingsInvalid
from appliance.observability import logs

_log = logging.getLogger("backroom.settings")


Reload = Callable[[], Settings]


@dataclass(slots=True)
class Reloader:
    """Puts changed settings in force."""

    services: Services
    gate: Gate | None = None
    applied: Settings = field(init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.applied = self.services.settings.own

    def attend(self, gate: Gate) -> None:
        """See to this gate as well; it is opened with what is in force."""
        self.gate = gate
        gate.caps = caps(self.applied)

    def govern(self, told: Mapping[str, Said]) -> None:
        """Take over what head office has set, and give up what it has taken back."""
        self.services.settings.told = told
        taken = self._take_over()
        if taken:
            _log.warning("switched %s, as head office has set or taken back", ", ".join(taken))

    def read_again(self, read: Reload) -> None:
        """Take over what may change of the box's own settings; what cannot be used changes nothing."""
        settings = self.services.settings
        try:
            wanted = read()
            _refuse_another_store(settings.own, wanted)
            switched = self.services.outside.apply(wanted.integration)  # may refuse, so it comes first
        except SettingsInvalid as error:
            _log.error("nothing is switched, the settings stay as they were: %s", error.detail)
            return
        before, settings.own = settings.own, wanted
        taken: list[str] = [*switched, *self._take_over()]
        if wanted.policy() != before.policy():
            self._rebase(wanted)
        _log.warning("switched %s", ", ".join(taken) or "nothing, since nothing changed")
        waiting = settings.waiting()
        if waiting:
            _log.warning("changed, and in force only after a new start: %s", ", ".join(waiting))

    def _take_over(self) -> list[str]:
        wanted = self.services.settings.now()
        taken = [name for name in APPLY if getattr(wanted, name) != getattr(self.applied, name)]
        for name in taken:
            APPLY[name](self.services, self.gate, wanted)
        self.applied = wanted
        return taken

    def _rebase(self, wanted: Settings) -> None:
        """Decide by the new policy as soon as the writer comes to it."""
        if self.services.rebase is not None:
            task = asyncio.get_running_loop().create_task(self._rebased(self.services.rebase(wanted.policy())))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _rebased(work: Awaitable[None]) -> None:
        try:
            await work
        except Refusal as refusal:
            _log.error("the new policy is not in force: %s", refusal.detail)


async def governed_from_afar(services: Services) -> Policies:
    """Work by what head office has set, over the box's own settings, from now on."""
    services.reloader = reloader = Reloader(services)
    policies = Policies(services.settings.own.policy(), services.dispatcher, services.writer, reloader.govern)
    await policies.refresh()
    services.rebase = policies.rebase
    return policies


def caps(settings: Settings) -> Caps:
    """What the gate lets in."""
    limits = settings.limits
    return Caps(limits.connections, limits.connections_per_address, limits.receive_seconds)


def _limits(services: Services, gate: Gate | None, wanted: Settings) -> None:
    limits = wanted.limits
    if gate is not None:
        gate.caps = caps(wanted)
    services.rates.change(Rate(limits.device_per_second, limits.total_per_second, limits.stranger_per_second))


def _access(services: Services, _: Gate | None, wanted: Settings) -> None:
    access = wanted.access
    limits = Limits(access.session_idle_minutes * 60_000, access.session_hours * 3_600_000)
    services.people.change(limits, access.step_up)


def _backup(services: Services, _: Gate | None, wanted: Settings) -> None:
    chosen = wanted.backup
    services.backups.keep(keeping(chosen.keep, chosen.quota_mb, chosen.keys_days))


def _logging(_: Services, __: Gate | None, wanted: Settings) -> None:
    logs.set_level(wanted.logging.level)


def _scrub(services: Services, _: Gate | None, wanted: Settings) -> None:
    services.maintenance.keep_scrubbing(wanted.scrub.period_hours * 3600 if wanted.scrub.enabled else None)


def _orders(services: Services, _: Gate | None, wanted: Settings) -> None:
    if services.redefine is not None:
        services.redefine(wanted)


def _store(_: Services, __: Gate | None, ___: Settings) -> None:
    """What decisions are made by is put in force with the policy, which other sections are part of as well."""


def _refuse_another_store(now: Settings, wanted: Settings) -> None:
    """Who a store is and in which money it counts stands in its log."""
    for key in ("id", "currency"):
        if getattr(now.store, key) != getattr(wanted.store, key):
            raise SettingsInvalid(f"store.{key} is {getattr(now.store, key)!r} and cannot change")


APPLY: Mapping[str, Callable[[Services, Gate | None, Settings], None]] = {
    "limits": _limits,
    "access": _access,
    "backup": _backup,
    "logging": _logging,
    "scrub": _scrub,
    "orders": _orders,
    "store": _store,
}
