"""Everything that can go wrong outside the domain, each with a stable code, a status and the next step.

Texts are built once, at the edge (`appliance.api.problems`, `appliance.cli`); these classes carry facts.
"""

from __future__ import annotations

from appliance.domain.refusals import Refusal


class StoreError(Refusal):
    """Root of what the store's own machinery refuses or fails at."""


class StaleVersion(StoreError):
    code = "stale-version"
    title = "Somebody changed this in the meantime"
    hint = "Read it again, look at what changed, and send your change with the new ETag in If-Match."
    status = 412


class RecordTooLarge(StoreError):
    code = "record-too-large"
    title = "This is too large for one record"
    hint = "Split it: one sale or order may take up at most 256 KiB in the log."
    status = 413


class KeyReused(StoreError):
    code = "idempotency-key-reused"
    title = "This idempotency key was used for another request"
    hint = "Use a fresh Idempotency-Key for every new request; repeat a key only with the very same request."
    status = 422


class BookedBefore(StoreError):
    code = "booked-before-restore"
    title = "This was booked before the store was restored"
    hint = (
        "Do not send it again under another key: the events from first_position to last_position say what was booked."
    )
    status = 409


class StillRunning(StoreError):
    code = "still-running"
    title = "The first request with this key is still being worked on"
    hint = "Wait a second and send the same request with the same key again."
    status = 409


class StoreFull(StoreError):
    code = "disk-full"
    title = "The disk is full"
    hint = "Nothing was booked. Free some space (`backroom doctor` says how much), then repeat with the same key."
    status = 507


class OutcomeUnknown(StoreError):
    code = "outcome-unknown"
    title = "The disk failed while this was being written"
    hint = "It may or may not be booked. Send the same request with the same key: it will not be booked twice."
    status = 503


class Overloaded(StoreError):
    code = "overloaded"
    title = "Too many requests are waiting"
    hint = "Nothing was booked. Send the same request with the same key again in a second."
    status = 503


class ShuttingDown(StoreError):
    code = "shutting-down"
    title = "The store is stopping"
    hint = "Nothing was booked. Send the same request with the same key again once the store is back."
    status = 503


class CommandFailed(StoreError):
    """A handler or projection broke on this command: a defect of ours, never of the request."""

    code = "command-failed"
    title = "The store could not work this out"
    hint = "Nothing was booked. Run `backroom doctor`; report the request id with its output."
    status = 500


class DataDirectoryInUse(StoreError):
    code = "data-directory-in-use"
    title = "Another process is using this data directory"
    hint = "Stop it first, or let this command speak to it through its control socket."


class DatabaseUnusable(StoreError):
    code = "database-unusable"
    title = "The database cannot be used as it is"
    hint = "Run `backroom doctor` for the cause; restore a backup if the file is damaged."
    status = 503


class MigrationRefused(StoreError):
    code = "migration-refused"
    title = "This file does not fit this program"
    hint = "Install the version that wrote the file, or restore the backup made before the upgrade."


class LogDamaged(StoreError):
    code = "log-damaged"
    title = "The event log is damaged"
    hint = "Stop selling on this box, run `backroom verify`, and restore from a backup or from head office."
    status = 503


class SettingsInvalid(StoreError):
    code = "settings-invalid"
    title = "The settings cannot be used"
    hint = "Correct the named key in the settings file or the environment, then start again."
    status = 500


class SafeMode(StoreError):
    code = "safe-mode"
    title = "The store is in safe mode and takes no changes"
    hint = "Correct the settings file (`backroom config check` names the line), then restart the store. Reads work."
    status = 503


class ProjectionRebuilding(StoreError):
    code = "projection-rebuilding"
    title = "This view is being rebuilt"
    hint = "Selling goes on. Ask again in a moment; `GET /api/v1/projections` shows how far it is."
    status = 503


class QueryTimedOut(StoreError):
    """A long reader makes the write-ahead log grow whatever else is done, so none may be."""

    code = "query-timed-out"
    title = "This question took too long to answer"
    hint = "Selling goes on. Ask for less at once: a smaller limit, a shorter span, a more exact search."
    status = 503


class BadCursor(StoreError):
    """A cursor that no list of ours handed out, or that another list did."""

    code = "bad-cursor"
    title = "The cursor comes from nowhere"
    hint = "Send a next_cursor as it was given, to the same list; leave it out to begin at the start."
    status = 400


class BackupUnusable(StoreError):
    code = "backup-unusable"
    title = "This backup cannot be used"
    hint = "Take another one: `backroom backup list` names those there are, `backroom backup verify` proves one whole."
    status = 422


class BackupFailed(StoreError):
    code = "backup-failed"
    title = "The backup was not made"
    hint = "Selling goes on. Correct the named cause and run `backroom backup create` again."
    status = 503


class RestoreRefused(StoreError):
    code = "restore-refused"
    title = "Nothing was restored"
    hint = "Name an empty directory with --data; move the old one aside first if it is to be replaced."
    status = 409


class RestoreUnfinished(StoreError):
    code = "restore-unfinished"
    title = "This directory waits for the rest of its store"
    hint = (
        "Go on with `backroom backup restore --from-hq`; to begin as a new store instead, delete the folder `incoming` "
        "in it."
    )
    status = 409


class NotOurs(StoreError):
    """A tail from elsewhere that does not continue this log, event for event."""

    code = "not-ours"
    title = "This is not the log's own tail"
    hint = "Nothing was appended. A newer program may be needed, or the log went on in another way: a fork."
    status = 409
