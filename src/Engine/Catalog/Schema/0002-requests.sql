-- Recordings that were asked for and shall outlive a restart: each stands until it is removed, and starts a recording whenever its
-- stream is there (keep_alive) or once.

CREATE TABLE requests (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 16),
    application  TEXT    NOT NULL,
    instance     TEXT    NOT NULL,
    stream       TEXT    NOT NULL,
    options      TEXT    NOT NULL,
    keep_alive   INTEGER NOT NULL,
    owner        TEXT,
    created_ms   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX requests_by_stream ON requests (stream, application, instance);
