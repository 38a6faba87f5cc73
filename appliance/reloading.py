"""Settings that change while the store runs, on SIGHUP: all of a good file is taken over, nothing of a bad one.

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
from appliance.backups.rotation import keeping
from appliance.config import Settings
from appliance.domain.refusals import Refusal
from appliance.errors import SettingsInvalid
from appliance.observability import logs

_log = logging.getLogger("backroom.settings")


Reload = Callable[[], Settings]


@dataclass(slots=True)
class Reloader:
    """Knows what is in force; `read` reads the settings anew."""

    services: Services
    gate: Gate
    settings: Settings
    read: Reload
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __call__(self) -> None:
        """Take over what may change; what cannot be used changes nothing."""
        try:
            wanted = self.read()
            _refuse_another_store(self.settings, wanted)
            switched = self.services.outside.apply(wanted.integration)  # may refuse, so it comes first
        except SettingsInvalid as error:
            _log.error("nothing is switched, the settings stay as they were: %s", error.detail)
            return
        taken: list[str] = [*switched]
        for section, apply in APPLY.items():
            if getattr(wanted, section) != getattr(self.settings, section):
                apply(self.services, self.gate, wanted)
                taken.append(section)
        if wanted.policy() != self.settings.policy():
            self._rebase(wanted)
        waiting = self._waiting(wanted)
        self.settings = wanted
        _log.warning("switched %s", ", ".join(taken) or "nothing, since nothing changed")
        if waiting:
            _log.warning("changed, and in force only after a new start: %s", ", ".join(waiting))

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

    def _waiting(self, wanted: Settings) -> list[str]:
        now = self.settings
        found = [
            name
            for name in Settings.model_fields
            if name not in APPLY and name != "integration" and getattr(now, name) != getattr(wanted, name)
        ]
        parts = [("access", "pepper_file"), ("backup", "directory"), ("store", "name")]
        return found + [
            f"{section}.{key}"
            for section, key in parts
            if getattr(getattr(now, section), key) != getattr(getattr(wanted, section), key)
        ]


def _limits(services: Services, gate: Gate, wanted: Settings) -> None:
    limits = wanted.limits
    gate.caps = Caps(limits.connections, limits.connections_per_address, limits.receive_seconds)
    services.rates.change(Rate(limits.device_per_second, limits.total_per_second, limits.stranger_per_second))


def _access(services: Services, _: Gate, wanted: Settings) -> None:
    access = wanted.access
    limits = Limits(access.session_idle_minutes * 60_000, access.session_hours * 3_600_000)
    services.people.change(limits, access.step_up)


def _backup(services: Services, _: Gate, wanted: Settings) -> None:
    chosen = wanted.backup
    services.backups.keep(keeping(chosen.keep, chosen.quota_mb, chosen.keys_days))


def _logging(_: Services, __: Gate, wanted: Settings) -> None:
    logs.set_level(wanted.logging.level)


def _scrub(services: Services, _: Gate, wanted: Settings) -> None:
    services.maintenance.keep_scrubbing(wanted.scrub.period_hours * 3600 if wanted.scrub.enabled else None)


def _orders(services: Services, _: Gate, wanted: Settings) -> None:
    if services.redefine is not None:
        services.redefine(wanted)


def _store(_: Services, __: Gate, ___: Settings) -> None:
    """What decisions are made by is put in force with the policy, which other sections are part of as well."""


def _refuse_another_store(now: Settings, wanted: Settings) -> None:
    """Who a store is and in which money it counts stands in its log."""
    for key in ("id", "currency"):
        if getattr(now.store, key) != getattr(wanted.store, key):
            raise SettingsInvalid(f"store.{key} is {getattr(now.store, key)!r} and cannot change")


APPLY: Mapping[str, Callable[[Services, Gate, Settings], None]] = {
    "limits": _limits,
    "access": _access,
    "backup": _backup,
    "logging": _logging,
    "scrub": _scrub,
    "orders": _orders,
    "store": _store,
}
