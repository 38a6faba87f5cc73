-- The truth: one row an event, in one total order. Everything else can be rebuilt from it.
CREATE TABLE events (
  position  INTEGER PRIMARY KEY,
  stream_id TEXT NOT NULL,
  version   INTEGER NOT NULL,
  type      TEXT NOT NULL,
  record    TEXT NOT NULL,
  hash      BLOB NOT NULL CHECK (length(hash) = 32),
  UNIQUE (stream_id, version)
) STRICT;

-- The few types that are looked for at every start; the condition keeps the index out of the way of sales.
CREATE INDEX events_of_note ON events (type, position) WHERE type IN ('customer.erased', 'store.incarnated');

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the event log is append-only: an event is never changed'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the event log is append-only: an event is never deleted'); END;

-- INSERT OR REPLACE deletes without firing a delete trigger, and a gap could never be filled: both end here.
CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'the event log is gapless: the position must follow the last one'); END;

-- What makes every write repeatable: kept for ever, in the transaction of the events it answers for.
CREATE TABLE receipts (
  scope          TEXT NOT NULL,
  key            TEXT NOT NULL,
  command_id     TEXT NOT NULL,
  fingerprint    BLOB NOT NULL,
  status         INTEGER NOT NULL,
  ids            TEXT NOT NULL,
  first_position INTEGER,
  last_position  INTEGER,
  recorded_at    TEXT NOT NULL,
  checksum       INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE aggregate_snapshots (
  stream_id TEXT PRIMARY KEY,
  version   INTEGER NOT NULL,
  shape     TEXT NOT NULL,
  state     TEXT NOT NULL,
  checksum  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE projections (
  name            TEXT PRIMARY KEY,
  version         INTEGER NOT NULL,
  position        INTEGER NOT NULL,
  status          TEXT NOT NULL,
  shadow_version  INTEGER,
  shadow_position INTEGER,
  generation      INTEGER NOT NULL DEFAULT 1,
  updated_at      TEXT NOT NULL
) STRICT;

-- Transactional messages: a row exists exactly when the events of its command do.
CREATE TABLE messages (
  id          INTEGER PRIMARY KEY,
  queue       TEXT NOT NULL,
  actor       TEXT NOT NULL,
  body        BLOB NOT NULL,
  priority    INTEGER NOT NULL DEFAULT 0,
  due_at_ms   INTEGER NOT NULL DEFAULT 0,
  position    INTEGER NOT NULL
) STRICT;

-- How far others have followed the log: the publisher upstream, the reader of head office's commands.
CREATE TABLE cursors (
  name       TEXT PRIMARY KEY,
  position   INTEGER NOT NULL,
  detail     TEXT NOT NULL DEFAULT '{}',
  updated_at TEXT NOT NULL
) STRICT;

-- Devices and their hashed tokens are kept out of the log on purpose: a replacement box re-enrols its tills.
CREATE TABLE devices (
  device_id   TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  role        TEXT NOT NULL,
  register_id TEXT,
  token_hash  BLOB NOT NULL UNIQUE,
  created_at  TEXT NOT NULL,
  revoked_at  TEXT
) STRICT;

-- What starts and scrubs found wrong, until somebody has seen to it.
CREATE TABLE findings (
  id       INTEGER PRIMARY KEY,
  found_at TEXT NOT NULL,
  kind     TEXT NOT NULL,
  subject  TEXT NOT NULL,
  position INTEGER,
  detail   TEXT NOT NULL,
  resolved_at TEXT
) STRICT;

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
