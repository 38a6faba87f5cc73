"""The embedded adapters, one a port: what a store does by itself where nobody else is named."""

from __future__ import annotations

from appliance.integration.local.deeds import Deeds
from appliance.integration.local.inventory import LocalInventory
from appliance.integration.local.mail import Mail
from appliance.integration.local.notification import LocalNotification
from appliance.integration.local.payment import LocalPayment
from appliance.integration.local.shipping import LocalShipping
from appliance.integration.settings import NotificationSettings
from appliance.integration.switchboard import Locals


def embedded(deeds: Deeds) -> Locals:
    """What stands behind a port where nobody else does: the store itself."""
    return Locals(
        inventory=lambda *_: LocalInventory(deeds),
        payment=lambda *_: LocalPayment(deeds),
        shipping=lambda *_: LocalShipping(deeds),
        notification=lambda chosen, password: LocalNotification(deeds, _mail(chosen, password)),
    )


def _mail(chosen: NotificationSettings, password: str) -> Mail | None:
    if not chosen.smtp_host:
        return None
    return Mail(
        host=chosen.smtp_host,
        port=chosen.smtp_port,
        sender=chosen.smtp_from or "backroom@localhost",
        user=chosen.smtp_user,
        password=password,
        tls=chosen.smtp_tls,
        timeout_s=chosen.timeout_s,
    )
