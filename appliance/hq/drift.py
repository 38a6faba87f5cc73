"""What on head office's server is otherwise than provisioning makes it, in plain words, each with what mends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from appliance.hq.resources import BASE, Life, Stream

FIXED = ("first_seq", "storage", "retention", "mirror", "sealed")  # what a stream keeps from its making on

# What provisioning never sets where it does not say so. Whoever made a thing by hand may have: a stream that counts
# from elsewhere or takes in other streams has other positions, a bucket that refuses a second value takes no change,
# and a consumer that pushes, skips or expires gives a store nothing.
UNSET_OF_STREAMS = (
    "first_seq", "mirror", "sources", "sealed", "no_ack", "subject_transform", "discard_new_per_subject",
)  # fmt: skip
UNSET_OF_CONSUMERS = (
    "deliver_subject", "filter_subject", "filter_subjects", "headers_only", "inactive_threshold", "max_batch",
    "max_bytes", "max_expires", "opt_start_seq", "opt_start_time", "rate_limit_bps",
)  # fmt: skip
FIRST_SEQ_1_HURTS_BEFORE = (2, 11)


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any], unset: Iterable[str] = ()) -> dict[str, Any]:
    """What is wanted and is otherwise; a server leaves out what is false, nothing or 0, and adds notes of its own."""
    whole = {**dict.fromkeys(unset), **wanted}
    return {name: value for name, value in whole.items() if not _says(found.get(name), value)}


def _says(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_says(found.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list) and wanted:
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_says, found, wanted))
    return bool((found or None) == (wanted or None))


def unlike(thing: str, name: str, wanted: Any, found: Any) -> str:
    """One setting that is otherwise."""
    return f"{thing}: {name} is {found!r} and should {f'be {wanted!r}' if wanted is not None else 'not be set'}"


def hollow(wanted: Stream, state: Mapping[str, Any]) -> list[str]:
    """How a stream of events is not what was once acknowledged, by its own account."""
    base = wanted.config.get("metadata", {}).get(BASE)
    if base is None or "mirror" in wanted.config:
        return []
    told, begins = [], int(base) + 1
    if state["messages"] and state["first_seq"] != begins:
        told.append(unlike(wanted.name, "first event", begins, state["first_seq"]))
    if state.get("num_deleted"):
        told.append(f"{wanted.name} is hollow: {state['num_deleted']} event(s) in it were deleted")
    if not state["messages"] and state["last_seq"] >= begins:
        told.append(f"{wanted.name} is hollow: it has been emptied, and would go on at {state['last_seq'] + 1}")
    return told


def begins_at_1_in_words(wanted: Stream, config: Mapping[str, Any]) -> str:
    """What is wrong with a first life's stream that was told to begin at 1; empty where it was not.

    It begins there anyhow, so provisioning leaves the number out.
    """
    if "first_seq" in wanted.config or "mirror" in wanted.config or config.get("first_seq") != 1:
        return ""
    return f"{wanted.name} was made with first_seq 1: nats-server 2.10 empties such a stream at every start"


def mended_by(command: str, *told: str) -> list[str]:
    """Each with the command that mends it."""
    return [f"{each}. Mend it: {command}" for each in told]


def provision(store: str = "") -> str:
    """The command that makes what is missing and changes what can be changed."""
    return f"backroom hq provision {store}".rstrip()


def anew(stream: str, store: str = "") -> str:
    """How a stream is made anew: a store sends its own again, of head office's own a copy is kept first."""
    if store:
        return f"{provision(store)} --recreate --yes; the store sends all of it again"
    return (
        f"nats stream backup {stream} {stream}-old; nats stream rm {stream}; {provision()}; "
        "then send again what is in force"
    )


def lost_before_resent(life: Life, info: Mapping[str, Any], claimed_at: str | None) -> list[str]:
    """A stream that is empty, and younger than the claim of the box that publishes in it."""
    if claimed_at is None or info["state"]["messages"] or _before(info["created"], claimed_at):
        return []
    made = f"{life.stream} was made anew at {info['created'][:19]}Z and is empty, though its store was there before"
    return [f"{made}. The store sends all again by itself once it is connected: backroom hq watch"]


def _before(one: str, other: str) -> bool:
    return _sortable(one) < _sortable(other)


def _sortable(moment: str) -> tuple[str, str]:
    """The server leaves out a fraction's last zeros."""
    whole, _, fraction = moment.rstrip("Z").partition(".")
    return whole, fraction.ljust(9, "0")
