"""Words that come from the store and are said in the console's language: states, kinds, tenders, roles."""

from __future__ import annotations

from tui.texts import mark

WORDS: tuple[str, ...] = (
    mark("cash"), mark("card"), mark("voucher"), mark("account"), mark("other"),
    mark("sale"), mark("void"), mark("refund"), mark("received"), mark("counted"), mark("adjusted"),
    mark("completed"), mark("voided"), mark("partly_refunded"), mark("refunded"),
    mark("delivery"), mark("pickup"),
    mark("created"), mark("reserved"), mark("awaiting_pick"), mark("picked"), mark("paid"), mark("shipped"),
    mark("ready_for_collection"), mark("handed_over"), mark("confirmed"), mark("cancelling"), mark("cancelled"),
    mark("failed"), mark("expired"), mark("stuck"), mark("declined"),
    mark("running"), mark("waiting"), mark("held"), mark("retrying"), mark("done"), mark("undone"), mark("skipped"),
    mark("unknown"), mark("compensating"), mark("compensated"), mark("issued"), mark("released"),
    mark("cashier"), mark("supervisor"), mark("manager"), mark("support"), mark("hq"),
)  # fmt: skip
