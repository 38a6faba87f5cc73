"""All four ports with the store itself behind them."""

from __future__ import annotations

from appliance.application.outside import Outside
from appliance.integration.local.deeds import Deeds
from appliance.integration.local.inventory import LocalInventory
from appliance.integration.local.mail import Mail
from appliance.integration.local.notification import LocalNotification
from appliance.integration.local.payment import LocalPayment
from appliance.integration.local.shipping import LocalShipping


def local_outside(deeds: Deeds, mail: Mail | None = None) -> Outside:
    """The embedded default."""
    return Outside(LocalInventory(deeds), LocalPayment(deeds), LocalShipping(deeds), LocalNotification(deeds, mail))
