-- What proves who somebody is. None of it stands in the log: a replacement box knows its operators by their events,
-- and PINs, tokens and codes are made anew.

CREATE TABLE operator_pins (
  operator_id TEXT PRIMARY KEY,
  hash        TEXT NOT NULL,
  pepper_id   TEXT NOT NULL,
  set_at      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Times of this kind are milliseconds since the machine's start (`boot` names it): setting the clock changes nothing.
CREATE TABLE sessions (
  token_hash  BLOB PRIMARY KEY,
  session_id  TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  role        TEXT NOT NULL,
  device_id   TEXT NOT NULL,
  opened_at   TEXT NOT NULL,
  boot        TEXT NOT NULL,
  opened_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
  token_hash  BLOB PRIMARY KEY,
  approval_id TEXT NOT NULL,
  action      TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  role        TEXT NOT NULL,
  device_id   TEXT NOT NULL,
  boot        TEXT NOT NULL,
  made_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE one_time_codes (
  code_hash   BLOB PRIMARY KEY,
  purpose     TEXT NOT NULL,
  subject     TEXT NOT NULL,
  boot        TEXT NOT NULL,
  made_ms     INTEGER NOT NULL,
  lifetime_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Attempts that were not proven right, by operator and by device.
CREATE TABLE lockouts (
  subject  TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  wait_ms  INTEGER NOT NULL,
  boot     TEXT NOT NULL,
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
