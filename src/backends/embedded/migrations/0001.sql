-- Version 1: everything there was at first. Never edited; what changes comes in a file of its own.
-- Times are microseconds since 1970 (UTC), ids 16 bytes, records MessagePack. Words are stored as words, for whoever
-- looks with the sqlite3 shell.

-- The log. `seq` is given out by the one who holds the write lock, so it follows the order of the commits.
CREATE TABLE event (
    seq      INTEGER PRIMARY KEY,
    subject  TEXT NOT NULL,
    id       BLOB NOT NULL,
    -- 1 for what was published to the log, 0 for what a batch has made.
    outside  INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    data     BLOB NOT NULL
);
-- Events of batches are told apart by their causes. An index of random ids over all of them would touch a page of the file for
-- each event, which costs more than the event.
CREATE UNIQUE INDEX event_by_id ON event (id) WHERE outside = 1;
CREATE INDEX event_by_subject ON event (subject);

-- Content items. The three records are written once each. `trail` holds 24 bytes an event: its seq and its id.
CREATE TABLE content (
    n            INTEGER PRIMARY KEY,
    tenant       TEXT NOT NULL,
    source       TEXT NOT NULL,
    id           TEXT NOT NULL,
    hash         BLOB NOT NULL,
    submitted_id BLOB NOT NULL,
    submitted_at INTEGER NOT NULL,
    outcome      TEXT,
    trail        BLOB NOT NULL,
    analysis     BLOB,
    route        BLOB,
    terminal     BLOB
);
-- The id first: people ask for it without the source.
CREATE UNIQUE INDEX content_by_key ON content (id, source, tenant);

-- Bodies stand apart, so that a record that is added does not write the body again.
CREATE TABLE content_body (
    n    INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);

-- Tasks. The armed timer is a column of the task: the two cannot diverge.
CREATE TABLE task (
    n                INTEGER PRIMARY KEY,
    id               BLOB NOT NULL,
    version          INTEGER NOT NULL,
    status           TEXT NOT NULL,
    tenant           TEXT NOT NULL,
    assignee         TEXT,
    priority         TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    due_at           INTEGER,
    wake_at          INTEGER,
    escalation_level INTEGER NOT NULL,
    sla              TEXT NOT NULL,
    -- The id that the content's own task would have, where this task has another one.
    stands_for       BLOB,
    trail            BLOB NOT NULL,
    state            BLOB NOT NULL
);
CREATE UNIQUE INDEX task_by_id ON task (id);
CREATE INDEX task_by_status ON task (status);
CREATE INDEX task_by_assignee ON task (assignee) WHERE assignee IS NOT NULL;
CREATE INDEX task_by_wake_at ON task (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX task_by_content ON task (stands_for) WHERE stands_for IS NOT NULL;

-- What never changes about a task; `summary` is what a list shows, before the large part of the row.
CREATE TABLE task_data (
    n       INTEGER PRIMARY KEY,
    summary BLOB NOT NULL,
    data    BLOB NOT NULL
);

-- Causes that have taken effect, with the answers to commands.
CREATE TABLE cause (
    id           BLOB PRIMARY KEY,
    payload_hash BLOB,
    answer       BLOB
) WITHOUT ROWID;

-- Counts over everything, kept by the transactions that change them.
CREATE TABLE tally (
    name  TEXT PRIMARY KEY,
    count INTEGER NOT NULL
) WITHOUT ROWID;

-- Where assignment strategies go on.
CREATE TABLE cursor (
    grp      TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;

-- How far each consumer is: everything up to `scanned` has passed, but for the events in `open`
-- (8 bytes each, the sequences that were handed out and not settled).
CREATE TABLE consumer (
    name    TEXT PRIMARY KEY,
    scanned INTEGER NOT NULL,
    open    BLOB NOT NULL
) WITHOUT ROWID;

-- Deliveries that were given back.
CREATE TABLE redelivery (
    consumer   TEXT NOT NULL,
    seq        INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    last_error TEXT,
    PRIMARY KEY (consumer, seq)
) WITHOUT ROWID;
CREATE INDEX redelivery_by_time ON redelivery (consumer, not_before);

CREATE TABLE dead_letter (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    consumer TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    subject  TEXT NOT NULL,
    code     TEXT NOT NULL,
    cause    TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    status   TEXT NOT NULL,
    event_id BLOB NOT NULL,
    envelope BLOB NOT NULL,
    data     BLOB NOT NULL
);

-- Which process hands out events. `epoch` counts the owners; `until` is real time, in microseconds.
CREATE TABLE lease (
    name    TEXT PRIMARY KEY,
    holder  BLOB,
    machine TEXT NOT NULL,
    pid     INTEGER NOT NULL,
    started INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    until   INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO lease VALUES ('deliveries', NULL, '', 0, 0, 0, 0);
