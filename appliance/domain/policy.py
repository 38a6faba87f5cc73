"""What the owner of the store decides: currency, zone, taxes, rounding of cash, and who may change a price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from appliance.domain.currency import Currency
from appliance.domain.money import MAX_AMOUNT
from appliance.domain.refusals import CurrencyMismatch, UnknownTaxCode
from appliance.domain.tax import TaxRate

OVERRIDE_ROLES = frozenset({"supervisor", "manager", "hq", "support"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePolicy:
    """The policies one decision is made under; a new one takes effect with the next command."""

    store_id: str
    currency: Currency
    timezone: ZoneInfo
    taxes: Mapping[str, TaxRate]
    day_roll_hour: int = 0
    cash_rounding: int = 1  # the smallest coin, in minor units
    barcode_region: str | None = None  # whose rules price- and weight-embedded codes follow, e.g. "gb"
    override_roles: frozenset[str] = field(default=OVERRIDE_ROLES)
    max_lines: int = 2_000
    max_tenders: int = 50
    max_total: int = MAX_AMOUNT
    max_list_prices: int = 50_000  # of one price list, all parts together
    order_register: str = "orders"  # issues the receipts of orders; no till, so that no till's numbers depend on them
    order_tender: str = "card"  # what is charged for orders stands under this in the day's tenders

    @property
    def currency_exponent(self) -> int:
        """How many decimals the minor unit stands for."""
        return self.currency.exponent

    def check_currency(self, code: str) -> None:
        """Refuse money of another currency than the store's."""
        if code != self.currency.code:
            raise CurrencyMismatch(
                f"The store sells in {self.currency.code}, not in {code[:8]!r}.",
                at="/currency",
                expected=self.currency.code,
            )

    def tax_rate(self, code: str, at: str = "/tax_code") -> TaxRate:
        """How a tax code is taxed here."""
        rate = self.taxes.get(code)
        if rate is None:
            raise UnknownTaxCode(f"The store has no tax code {code[:64]!r}.", at=at, known=sorted(self.taxes))
        return rate

    def may_override(self, role: str, approved_by: str | None) -> bool:
        """Whether the one who asks may sell at another price than the one in force."""
        return role in self.override_roles or bool(approved_by)
