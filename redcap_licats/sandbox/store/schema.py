"""Tables of the server's SQLite file.

``data`` is an entity-attribute-value table as in REDCap, clustered by its key so that a record reads in one go;
``position`` keeps the order in which values were stored.
"""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS server (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    revision INTEGER NOT NULL,
    definition TEXT NOT NULL,
    state TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS users (
    project INTEGER NOT NULL REFERENCES projects,
    username TEXT NOT NULL,
    token TEXT UNIQUE,
    body TEXT NOT NULL,
    PRIMARY KEY (project, username)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS numbers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (project, kind, name)
);

CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects,
    name TEXT NOT NULL,
    sort_key TEXT NOT NULL,
    access_group TEXT NOT NULL DEFAULT '',
    locked INTEGER NOT NULL DEFAULT 0,
    survey_identifier TEXT NOT NULL DEFAULT '',
    UNIQUE (project, name)
);
CREATE INDEX IF NOT EXISTS records_in_order ON records (project, sort_key, name);

CREATE TABLE IF NOT EXISTS data (
    record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    event TEXT NOT NULL,
    form TEXT NOT NULL,
    instance INTEGER NOT NULL,
    field TEXT NOT NULL,
    code TEXT NOT NULL,
    value TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (record, event, form, instance, field, code)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS checked_options ON data (field, code) WHERE code <> '';

CREATE TABLE IF NOT EXISTS form_locks (
    record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
    event TEXT NOT NULL,
    form TEXT NOT NULL,
    instance INTEGER NOT NULL,
    PRIMARY KEY (record, event, form, instance)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    content BLOB NOT NULL,
    in_repository INTEGER NOT NULL DEFAULT 0,
    folder INTEGER REFERENCES folders,
    deleted TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects,
    parent INTEGER REFERENCES folders,
    name TEXT NOT NULL,
    access_group TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects,
    time TEXT NOT NULL,
    username TEXT NOT NULL,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    details TEXT NOT NULL,
    record TEXT,
    access_group TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS log_by_time ON log (project, time);
CREATE INDEX IF NOT EXISTS log_by_record ON log (project, record, time);

CREATE TABLE IF NOT EXISTS queries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects,
    record TEXT NOT NULL,
    event TEXT NOT NULL,
    field TEXT NOT NULL,
    instance INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS queries_by_record ON queries (project, record);

CREATE TABLE IF NOT EXISTS resolutions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    query INTEGER NOT NULL REFERENCES queries ON DELETE CASCADE,
    body TEXT NOT NULL
);
"""
