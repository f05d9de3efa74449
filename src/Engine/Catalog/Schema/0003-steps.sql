-- Durable work after an event of a recording. States are the numbers of StepState: 0 blocked, 1 due, 2 running, 3 held, 4 failed, 5 done,
-- 6 cancelled. Below 3 something is still to be done by the host; below 5 the step is open: what comes behind it waits.
-- A chain is the steps of one event, in the order of "place". "in_order" steps of one stream also wait for each other, whatever their event.
-- A row is released (from blocked to due) by the change that ends what it waited for, so that the search for work never passes waiting rows.

CREATE TABLE steps (
    number      INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    recording   BLOB    NOT NULL REFERENCES recordings (id),
    file        BLOB    REFERENCES files (id),
    cause       BLOB,
    event       INTEGER NOT NULL,
    application TEXT    NOT NULL,
    instance    TEXT    NOT NULL,
    stream      TEXT    NOT NULL,
    place       INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    argument    TEXT,
    options     TEXT,
    in_order    INTEGER NOT NULL,
    priority    INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    at_ms       INTEGER NOT NULL,
    since_ms    INTEGER NOT NULL,
    due_ms      INTEGER NOT NULL,
    started_ms  INTEGER,
    ended_ms    INTEGER,
    detail      TEXT,
    progress    TEXT,
    changed_ms  INTEGER NOT NULL
);

CREATE INDEX steps_due          ON steps (application, instance, kind, priority DESC, due_ms, number) WHERE state = 1;
CREATE INDEX steps_running      ON steps (number) WHERE state = 2;
CREATE INDEX steps_in_order     ON steps (application, instance, stream, kind, number) WHERE in_order = 1 AND state < 3;
CREATE INDEX steps_by_recording ON steps (recording, event, place);
CREATE INDEX steps_by_file      ON steps (file);
CREATE INDEX steps_by_state     ON steps (state, changed_ms);
CREATE INDEX steps_by_time      ON steps (at_ms);

-- Kinds that a person has paused; application '' means all.
CREATE TABLE step_pauses (
    kind        TEXT    NOT NULL,
    application TEXT    NOT NULL,
    since_ms    INTEGER NOT NULL,
    PRIMARY KEY (kind, application)
) WITHOUT ROWID;
