"""Settings that change while the store runs, on SIGHUP: all of a good file is taken over, nothing of a bad one.

What needs a new start is told by name, so that nobody waits for a change that does not come.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from appliance.access.sessions import Limits
from appliance.api.rates import Rate
from appliance.api.server import Caps, Gate
from appliance.api.services import Services
from appliance.backups.rotation import keeping
from appliance.config import Settings
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

    def __call__(self) -> None:
        """Take over what may change; what cannot be used changes nothing."""
        try:
            wanted = self.read()
            switched = self.services.outside.apply(wanted.integration)  # may refuse, so it comes first
        except SettingsInvalid as error:
            _log.error("nothing is switched, the settings stay as they were: %s", error.detail)
            return
        taken: list[str] = [*switched]
        for section, apply in APPLY.items():
            if getattr(wanted, section) != getattr(self.settings, section):
                apply(self.services, self.gate, wanted)
                taken.append(section)
        waiting = self._waiting(wanted)
        self.settings = wanted
        _log.warning("switched %s", ", ".join(taken) or "nothing, since nothing changed")
        if waiting:
            _log.warning("changed, and in force only after a new start: %s", ", ".join(waiting))

    def _waiting(self, wanted: Settings) -> list[str]:
        now = self.settings
        found = [
            name
            for name in Settings.model_fields
            if name not in APPLY and name != "integration" and getattr(now, name) != getattr(wanted, name)
        ]
        parts = [("access", "pepper_file"), ("backup", "directory")]
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


APPLY: Mapping[str, Callable[[Services, Gate, Settings], None]] = {
    "limits": _limits,
    "access": _access,
    "backup": _backup,
    "logging": _logging,
}
