-- Times are UTC milliseconds since 1970. Identities are 16 bytes in network order, so that version 7 identities sort by age.
-- States are the numbers of CatalogState: 0 requested, 1 waiting, 2 writing, 3 closing, 4 recovered, 5 closed, 6 quarantined,
-- 7 validated, 8 announced, 9 done, 10 failed, 11 garbage. Below 5 means unfinished.
-- "number" is the row's place in time order for rows of one millisecond; every index ends with it, so a page needs no sort.

CREATE TABLE recordings (
    number       INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    application  TEXT    NOT NULL,
    instance     TEXT    NOT NULL,
    stream       TEXT    NOT NULL,
    options      TEXT    NOT NULL,
    publisher    TEXT,
    request      BLOB,
    state        INTEGER NOT NULL,
    end_reason   TEXT,
    error        TEXT,
    created_ms   INTEGER NOT NULL,
    started_ms   INTEGER,
    ended_ms     INTEGER,
    changed_ms   INTEGER NOT NULL
);

CREATE INDEX recordings_by_stream      ON recordings (stream, application, instance, created_ms);
CREATE INDEX recordings_by_stream_time ON recordings (stream, created_ms);
CREATE INDEX recordings_by_application ON recordings (application, created_ms);
CREATE INDEX recordings_by_state       ON recordings (state, created_ms);
CREATE INDEX recordings_by_time        ON recordings (created_ms);
CREATE INDEX recordings_unfinished     ON recordings (created_ms) WHERE state < 5;

-- Application, instance and stream are repeated here: a page of files by stream and time must not pass through recordings.
CREATE TABLE files (
    number         INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    recording      BLOB    NOT NULL REFERENCES recordings (id),
    application    TEXT    NOT NULL,
    instance       TEXT    NOT NULL,
    stream         TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    path           TEXT    NOT NULL,
    format         TEXT    NOT NULL,
    state          INTEGER NOT NULL,
    bytes          INTEGER NOT NULL DEFAULT 0,
    duration_ms    INTEGER NOT NULL DEFAULT 0,
    started_ms     INTEGER NOT NULL,
    ended_ms       INTEGER,
    first_media_us INTEGER,
    validation     TEXT,
    sha256         BLOB    CHECK (sha256 IS NULL OR length(sha256) = 32),
    changed_ms     INTEGER NOT NULL
);

CREATE INDEX files_by_recording   ON files (recording, sequence);
CREATE INDEX files_by_path        ON files (path);
CREATE INDEX files_by_stream      ON files (stream, application, instance, started_ms);
CREATE INDEX files_by_stream_time ON files (stream, started_ms);
CREATE INDEX files_by_application ON files (application, started_ms);
CREATE INDEX files_by_state       ON files (state, started_ms);
CREATE INDEX files_by_time        ON files (started_ms);
CREATE INDEX files_unfinished     ON files (started_ms) WHERE state < 5;

CREATE TABLE ledger (
    number     INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    recording  BLOB    NOT NULL REFERENCES recordings (id),
    file       BLOB,
    cause      TEXT    NOT NULL,
    media_us   INTEGER,
    wall_ms    INTEGER NOT NULL,
    length_us  INTEGER,
    detail     TEXT
);

CREATE INDEX ledger_by_recording ON ledger (recording, wall_ms);

-- created_ms repeats the recording's, so that a label's recordings come in time order.
CREATE TABLE labels (
    recording  BLOB    NOT NULL REFERENCES recordings (id),
    key        TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    created_ms INTEGER NOT NULL,
    PRIMARY KEY (recording, key)
) WITHOUT ROWID;

CREATE INDEX labels_by_value ON labels (key, value, created_ms);
