"""`backroom hq`: what head office does."""

from __future__ import annotations

from collections.abc import Mapping

import click

from appliance.cli.lazy import Entry, LazyGroup

VERBS: Mapping[str, Entry] = {
    "provision": Entry("appliance.cli.hq_provision", "Make streams, buckets, consumers and rights for stores."),
    "watch": Entry("appliance.cli.hq_watch", "Watch the stores: position, lag, last sale, alarms."),
    "send": Entry("appliance.cli.hq_send", "Send commands, policies and price lists."),
    "compare": Entry("appliance.cli.hq_compare", "Prove that a store equals head office up to a position."),
    "consume": Entry("appliance.cli.hq_consume", "Count all stores' events into a reporting store."),
    "keys": Entry("appliance.cli.hq_keys", "Make head office's key, and open sealed personal data with it."),
}


@click.command("hq", cls=LazyGroup, entries=VERBS)
def command() -> None:
    """Head office: provision stores, watch them, send to them, and prove that nothing is missing."""
