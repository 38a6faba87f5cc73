"""What can stand between a store and head office, each in plain words with the next step. None of it stops selling."""

from __future__ import annotations

from typing import ClassVar

from appliance.errors import StoreError


class SyncTrouble(StoreError):
    """Root of what keeps events from head office. Events wait in the log; nothing is lost by any of it."""

    code = "sync-trouble"
    title = "Head office does not get this store's events"
    hint = "Selling goes on; events wait in the log and are sent when this is over."
    status = 503
    pause_seconds: ClassVar[float] = 2.0  # how long to leave it before the next try
    drops_link: ClassVar[bool] = False  # whether only a new connection can tell more


class HqUnreachable(SyncTrouble):
    code = "hq-unreachable"
    title = "Head office cannot be reached"
    hint = "Selling goes on. Check the router and sync.url; it is tried again every few seconds."
    drops_link = True


class HqSilent(SyncTrouble):
    """The link is there, but what is sent over it is not answered."""

    code = "hq-silent"
    title = "Head office does not answer"
    hint = "Selling goes on. The link is opened anew; if it stays like this, look at the router and the server's log."
    drops_link = True


class HqTooOld(SyncTrouble):
    code = "hq-too-old"
    title = "Head office's server is too old"
    hint = "Selling goes on. Ask head office for nats-server 2.14 or newer; sending then begins by itself."
    drops_link = True


class HqRefusesUs(SyncTrouble):
    code = "hq-refuses-us"
    title = "Head office does not let this store in"
    hint = "Put the credentials that `backroom hq provision` wrote for this store where sync.credentials says."


class HqUntrusted(SyncTrouble):
    code = "hq-untrusted"
    title = "Head office's certificate cannot be trusted"
    hint = "Name the authority that signed it in sync.ca, and the server by its certificate's name in sync.url."


class NoJetStream(SyncTrouble):
    code = "hq-without-jetstream"
    title = "The server has no JetStream for this store"
    hint = "Head office must enable JetStream for the account: `backroom hq provision` says how."


class StreamMissing(SyncTrouble):
    code = "hq-stream-missing"
    title = "Head office has no stream for this store"
    hint = "At head office run the `backroom hq provision` line that is given here; sending then begins by itself."


class StreamWrong(SyncTrouble):
    code = "hq-stream-wrong"
    title = "Head office's stream does not begin where this store's log does"
    hint = "At head office run `backroom hq provision --check` for this store, then as it says."


class NotAllowed(SyncTrouble):
    code = "hq-not-allowed"
    title = "Head office does not allow this"
    hint = "The store's permissions at head office are too narrow: run `backroom hq provision --check` there."


class HqRefused(SyncTrouble):
    code = "hq-refused"
    title = "Head office refused an event"
    hint = "Look at the server's log; it is tried again every few seconds."


class HqFull(SyncTrouble):
    code = "hq-full"
    title = "Head office has no room left"
    hint = "Give the server's JetStream more room; sending goes on by itself."


class ClaimHeld(SyncTrouble):
    code = "claim-held"
    title = "Another box publishes as this store"
    hint = (
        "This box sells on but sends nothing. If it is the one that shall send, release the claim at head office; "
        "if it is a copy, give it a store id of its own."
    )
    pause_seconds = 15.0


class TailUnreadable(SyncTrouble):
    code = "hq-tail-unreadable"
    title = "Head office has events of this store that this program cannot read"
    hint = "This store was restored under an older program: install the newer one, then it fetches them."
    pause_seconds = 30.0


class NoPast(SyncTrouble):
    code = "hq-past-missing"
    title = "Head office has no events of this store"
    hint = "See whether store.id is right. A store that is new begins with `backroom run`."


class PastUnusable(SyncTrouble):
    code = "hq-past-unusable"
    title = "This store's log at head office is not whole"
    hint = "Nothing was made of it. Restore a backup (`backroom backup restore BACKUP`), or mend head office's stream."


class StillClaimed(SyncTrouble):
    code = "store-still-claimed"
    title = "Another box still is this store"
    hint = (
        "Nothing was restored. If that box is gone for good, run at head office: backroom hq provision STORE "
        "--release-claim; then do the same here again."
    )


class StoreTrouble(SyncTrouble):
    """A reading was cut off, a disk is full: of the store's own making, and over by itself or known elsewhere."""

    code = "sync-store-trouble"
    title = "The store could not do its part of what it does with head office"
    hint = "Selling goes on; it is tried again every few seconds. If it stays like this, `backroom doctor` says why."


class Doubt(SyncTrouble):
    """What head office holds is not what we took it to hold: compare before anything more is sent."""

    code = "sync-doubt"
    title = "Head office's stream is not where it was expected"
    hint = "It is compared with the log, and sending goes on from where they agree."
    pause_seconds = 0.05
