"""What can go wrong between a command of head office and its server, each with the next step."""

from __future__ import annotations

from appliance.errors import StoreError


class HeadOfficeError(StoreError):
    """Root of what head office's side refuses or fails at."""

    status = 500


class ServerUnreachable(HeadOfficeError):
    code = "hq-server-unreachable"
    title = "The NATS server cannot be reached"
    hint = "Check --server and that nats-server runs there; then do the same again."


class NotAdmitted(HeadOfficeError):
    code = "hq-not-admitted"
    title = "The NATS server does not let us in"
    hint = "Check --credentials; the server must have been started or reloaded with the accounts.conf of this folder."


class ServerUntrusted(HeadOfficeError):
    code = "hq-server-untrusted"
    title = "The NATS server's certificate cannot be trusted"
    hint = "Name the authority that signed it with --ca, and the server by the name in its certificate."


class NoJetStream(HeadOfficeError):
    code = "hq-no-jetstream"
    title = "The NATS server has no JetStream for this account"
    hint = "Give the server a `jetstream { store_dir: ... }` section and the account `jetstream: enabled`."


class NoAnswer(HeadOfficeError):
    code = "hq-no-answer"
    title = "The NATS server did not answer"
    hint = "Look at the server's log: JetStream may be starting, or the user may not do this."


class ServerRefused(HeadOfficeError):
    code = "hq-server-refused"
    title = "The NATS server refused"
    hint = "See what it says; `backroom hq provision --check` shows how it stands."


class NotProvisioned(HeadOfficeError):
    code = "hq-not-provisioned"
    title = "Head office does not know this store"
    hint = "Provision it first: backroom hq provision STORE."


class ProvisionRefused(HeadOfficeError):
    code = "hq-provision-refused"
    title = "This cannot be provisioned"
    hint = "Nothing was changed. See `backroom hq provision --help`."


class FolderUnusable(HeadOfficeError):
    code = "hq-folder-unusable"
    title = "Head office's folder cannot be used"
    hint = "Name the folder that `backroom hq provision` wrote with --folder."


class StoreUnreadable(HeadOfficeError):
    code = "hq-store-unreadable"
    title = "The store cannot be read"
    hint = "Name its data directory with --data, or its address with --url and a token of the office with --login."


class InputUnusable(HeadOfficeError):
    code = "hq-input-unusable"
    title = "This cannot be sent"
    hint = "Nothing was sent. Correct the file and send it again."


class NobodyAsks(StoreError):
    """No key is wrapped for somebody who did not ask."""

    code = "no-box-asks"
    title = "No box of this store asks for keys"
    hint = "A new box asks by itself once it runs, speaks for the store, and finds keys here that it has not got."
    status = 404


class AnotherAsks(StoreError):
    """Whoever holds a store's credentials could ask: only people can tell that it is the new box."""

    code = "another-box-asks"
    title = "Nothing was handed over: compare the fingerprint first"
    hint = "Ask in the store what `backroom problems list` says there. Only if it is the same, name it with --box."
    status = 409
