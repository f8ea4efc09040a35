-- Records are JSON; beside them stand only the columns that are looked up.
-- Text compares by bytes, so "in order of id" means the same as in Rust.

CREATE TABLE videos (
    id     TEXT PRIMARY KEY NOT NULL,
    path   TEXT,
    record TEXT NOT NULL
);
CREATE INDEX videos_by_path ON videos (path) WHERE path IS NOT NULL;

-- The record has no vectors: those of the scenes are in `scenes`, one after
-- another, that of the whole video in `embeddings`.
CREATE TABLE analyses (
    video  TEXT PRIMARY KEY NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    scenes BLOB NOT NULL,
    record TEXT NOT NULL
);

-- A table of its own, so that reading all vectors doesn't page through transcripts.
CREATE TABLE embeddings (
    video  TEXT PRIMARY KEY NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    model  TEXT NOT NULL,
    vector BLOB NOT NULL
);

-- The last change of each video. AUTOINCREMENT: a number is never given twice.
CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    video    TEXT UNIQUE NOT NULL,
    removed  INTEGER NOT NULL
);

CREATE TABLE users (
    id     TEXT PRIMARY KEY NOT NULL,
    record TEXT NOT NULL
);

-- A moment is two numbers because one 64-bit number of nanoseconds ends in 2262.
CREATE TABLE feedback (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT UNIQUE NOT NULL,
    user          TEXT NOT NULL,
    video         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    value         REAL,
    at_second     INTEGER NOT NULL,
    at_nanosecond INTEGER NOT NULL
);
CREATE INDEX feedback_of_user ON feedback (user, at_second, at_nanosecond);

-- `turn` counts changes of the queue, so that order doesn't hang on the clock.
CREATE TABLE jobs (
    queue       TEXT NOT NULL,
    key         TEXT NOT NULL,
    payload     TEXT NOT NULL,
    state       TEXT NOT NULL,
    attempts    INTEGER NOT NULL,
    worker      TEXT,
    lease_until INTEGER,
    error       TEXT,
    updated_at  TEXT NOT NULL,
    turn        INTEGER NOT NULL,
    PRIMARY KEY (queue, key)
);
CREATE INDEX jobs_by_turn ON jobs (turn);
CREATE INDEX jobs_by_state ON jobs (queue, state, turn);

CREATE TABLE documents (
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
);
