-- Messages as a broker needs them: who holds which, how often one was handed out, why it failed, and what gave up.
ALTER TABLE messages RENAME TO messages_before;

CREATE TABLE messages (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given out twice: people name dead letters by it
  queue       TEXT NOT NULL,
  actor       TEXT NOT NULL,
  priority    INTEGER NOT NULL DEFAULT 0,         -- low first
  state       TEXT NOT NULL CHECK (state IN ('ready', 'waiting', 'leased', 'dead', 'parked')),
  due_ms      INTEGER NOT NULL DEFAULT 0,         -- a waiting one: when; a ready one: since when; in steady time
  lease       TEXT,                               -- the token that alone may end a leased one
  deliveries  INTEGER NOT NULL DEFAULT 0,         -- handed out since a run last ended in order
  kills       INTEGER NOT NULL DEFAULT 0,         -- runs that the process did not survive
  attempts    INTEGER NOT NULL DEFAULT 0,         -- runs that ended in an error
  body        BLOB NOT NULL,                      -- empty where `saga` says it all
  saga        TEXT,
  position    INTEGER NOT NULL,
  enqueued_at TEXT NOT NULL,
  error       TEXT,
  traceback   TEXT,
  failed_at   TEXT
) STRICT;

INSERT INTO messages (queue, actor, priority, state, body, position, enqueued_at)
  SELECT queue, actor, priority, 'parked', body, position, strftime('%Y-%m-%dT%H:%M:%fZ') FROM messages_before;

DROP TABLE messages_before;

CREATE INDEX messages_ready ON messages (queue, priority, id) WHERE state = 'ready';
CREATE INDEX messages_due ON messages (queue, due_ms) WHERE state = 'waiting';
CREATE INDEX messages_apart ON messages (state, id) WHERE state IN ('leased', 'dead', 'parked');
CREATE UNIQUE INDEX messages_of_saga ON messages (saga) WHERE saga IS NOT NULL;

-- The store's steady time: how long it has lived by clocks that do not jump.
CREATE TABLE steady (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  boot      TEXT NOT NULL,
  boot_ms   INTEGER NOT NULL,
  wall_ms   INTEGER NOT NULL,
  steady_ms INTEGER NOT NULL
) STRICT;
