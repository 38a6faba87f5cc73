"""Money changing hands: tenders that cover what is due, change from cash only, cash rounded to coins there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from appliance.domain.events import Tender
from appliance.domain.money import amount, divide_half_even
from appliance.domain.policy import StorePolicy
from appliance.domain.refusals import Refusal, TendersDoNotCover, TendersExceed, TooMany
from appliance.domain.text import MAX_REFERENCE, check_choice, check_text

TENDER_TYPES = frozenset({"cash", "card", "voucher", "account", "other"})
CASH = "cash"


class OfferedTender(Protocol):
    """A tender as it was handed over."""

    @property
    def type(self) -> str:
        """Which of TENDER_TYPES."""

    @property
    def amount(self) -> int:
        """What was given, in minor units."""

    @property
    def reference(self) -> str | None:
        """The terminal's or voucher's own number."""

    @property
    def offline(self) -> bool:
        """Whether it was taken without asking the provider."""


def settle(total: int, offered: Sequence[OfferedTender], policy: StorePolicy) -> tuple[tuple[Tender, ...], int]:
    """The tenders with the change worked out, and the rounding; total + rounding = what was kept of them."""
    tenders = _checked(offered, policy)
    due, rounding = _due_in_cash(total, tenders, policy)
    change = _cash(tenders) - due
    if change < 0:
        raise TendersDoNotCover(
            f"{-change} is missing of the {total + rounding} due.",
            at="/tenders",
            total=total,
            due=total + rounding,
            missing=-change,
        )
    if change:
        _hand_back(tenders, change)
    return tuple(tenders), rounding


def pay_back(total: int, offered: Sequence[OfferedTender], policy: StorePolicy) -> tuple[tuple[Tender, ...], int]:
    """The tenders of a refund: exactly what is owed, and the rounding where some of it is cash."""
    tenders = _checked(offered, policy)
    due, rounding = _due_in_cash(total, tenders, policy)
    over = _cash(tenders) - due
    if over:
        refusal = TendersExceed if over > 0 else TendersDoNotCover
        raise refusal(
            f"The refund comes to {total + rounding}, not to {total + rounding + over}.",
            at="/tenders",
            total=total,
            due=total + rounding,
            given=total + rounding + over,
        )
    return tuple(tenders), rounding


def _due_in_cash(total: int, tenders: Sequence[Tender], policy: StorePolicy) -> tuple[int, int]:
    """What is left to pay in cash, rounded to the smallest coin where there is cash (or nothing at all)."""
    due = total - sum([tender.amount for tender in tenders if tender.type != CASH])
    if due < 0:
        raise TendersExceed(
            f"The tenders other than cash are {-due} more than the total of {total}.",
            at="/tenders",
            total=total,
            over=-due,
        )
    coin = policy.cash_rounding
    if coin == 1 or (tenders and all(tender.type != CASH for tender in tenders)):
        return due, 0
    rounded = divide_half_even(due, coin) * coin
    return rounded, rounded - due


def _cash(tenders: Sequence[Tender]) -> int:
    return sum([tender.amount for tender in tenders if tender.type == CASH])


def _hand_back(tenders: Sequence[Tender], change: int) -> None:
    """Give the change out of the cash tenders, the last one first."""
    for tender in reversed(tenders):
        if tender.type == CASH:
            tender.change = min(change, tender.amount)
            change -= tender.change


def _checked(offered: Sequence[OfferedTender], policy: StorePolicy) -> list[Tender]:
    if len(offered) > policy.max_tenders:
        raise TooMany(f"At most {policy.max_tenders} tenders.", at="/tenders", limit=policy.max_tenders)
    tenders = []
    for index, each in enumerate(offered):
        try:
            tenders.append(_tender(each))
        except Refusal as refusal:
            raise refusal.within(f"/tenders/{index}") from None
    return tenders


def _tender(offered: OfferedTender) -> Tender:
    kind, reference = offered.type, offered.reference
    if kind not in TENDER_TYPES:
        check_choice(kind, TENDER_TYPES, "/type")
    if reference:
        check_text(reference, "/reference", MAX_REFERENCE)
    return Tender(
        type=kind,
        amount=amount(offered.amount, "/amount", least=1),
        reference=reference or None,
        offline=offered.offline,
    )
