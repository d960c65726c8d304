"""The journal's schema as an ordered list of small steps. Append; never change a step that was released."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, text

from redcap_licats.journal.schema import versions

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        run_id VARCHAR(40) PRIMARY KEY,
        project VARCHAR(60) NOT NULL,
        project_id INTEGER NOT NULL,
        server VARCHAR(255) NOT NULL,
        started VARCHAR(32) NOT NULL,
        finished VARCHAR(32),
        exit_code INTEGER,
        error_code VARCHAR(40) NOT NULL,
        protocol_version VARCHAR(40) NOT NULL,
        protocol_hash VARCHAR(64) NOT NULL,
        records_read INTEGER NOT NULL,
        cells_written INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE changes (
        run_id VARCHAR(40) NOT NULL REFERENCES runs (run_id),
        number INTEGER NOT NULL,
        batch INTEGER NOT NULL,
        written INTEGER NOT NULL,
        record VARCHAR(255) NOT NULL,
        event VARCHAR(255) NOT NULL,
        instrument VARCHAR(255) NOT NULL,
        instance INTEGER NOT NULL,
        field VARCHAR(255) NOT NULL,
        old_value TEXT NOT NULL,
        new_value TEXT NOT NULL,
        rule VARCHAR(80) NOT NULL,
        PRIMARY KEY (run_id, number)
    )
    """,
    "CREATE INDEX changes_of_record ON changes (record)",
    """
    CREATE TABLE batches (
        run_id VARCHAR(40) NOT NULL REFERENCES runs (run_id),
        batch INTEGER NOT NULL,
        sent VARCHAR(32) NOT NULL,
        confirmed INTEGER NOT NULL,
        PRIMARY KEY (run_id, batch)
    )
    """,
    """
    INSERT INTO batches (run_id, batch, sent, confirmed)
    SELECT changes.run_id, changes.batch, runs.started, MAX(changes.written)
    FROM changes JOIN runs ON runs.run_id = changes.run_id
    GROUP BY changes.run_id, changes.batch, runs.started
    """,
    "ALTER TABLE changes DROP COLUMN written",
    "ALTER TABLE runs ADD COLUMN undoes VARCHAR(40) NOT NULL DEFAULT ''",
    """
    CREATE TABLE projects (
        project VARCHAR(300) PRIMARY KEY,
        watermark VARCHAR(32) NOT NULL,
        offset_seconds INTEGER NOT NULL,
        conditions VARCHAR(64) NOT NULL,
        setup TEXT NOT NULL,
        seen TEXT NOT NULL,
        full_pass VARCHAR(32) NOT NULL
    )
    """,
    """
    CREATE TABLE holds (
        project VARCHAR(300) PRIMARY KEY,
        run_id VARCHAR(40) NOT NULL,
        since VARCHAR(32) NOT NULL
    )
    """,
    """
    CREATE TABLE records (
        project VARCHAR(300) NOT NULL,
        record VARCHAR(255) NOT NULL,
        digest VARCHAR(64) NOT NULL,
        next_due VARCHAR(10),
        standing VARCHAR(10) NOT NULL,
        reason TEXT NOT NULL,
        queries_held INTEGER NOT NULL,
        queries_open INTEGER NOT NULL,
        PRIMARY KEY (project, record)
    )
    """,
    "ALTER TABLE projects ADD COLUMN logged VARCHAR(32)",
    """
    CREATE TABLE logged (
        project VARCHAR(300) NOT NULL,
        record VARCHAR(255) NOT NULL,
        at VARCHAR(32) NOT NULL,
        number INTEGER NOT NULL,
        form VARCHAR(255) NOT NULL,
        instance INTEGER NOT NULL,
        field VARCHAR(255) NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (project, record, at, number)
    )
    """,
    "CREATE INDEX logged_by_time ON logged (project, at)",
    """
    CREATE TABLE reports (
        project VARCHAR(300) NOT NULL,
        audience VARCHAR(10) NOT NULL,
        site VARCHAR(255) NOT NULL,
        made VARCHAR(10) NOT NULL,
        PRIMARY KEY (project, audience, site, made)
    )
    """,
    """
    CREATE TABLE owners (
        name VARCHAR(300) PRIMARY KEY,
        served_by INTEGER NOT NULL,
        pid INTEGER NOT NULL,
        host VARCHAR(255) NOT NULL,
        since VARCHAR(32) NOT NULL
    )
    """,
    """
    CREATE TABLE hints (
        project VARCHAR(300) NOT NULL,
        record VARCHAR(255) NOT NULL,
        first VARCHAR(32) NOT NULL,
        latest VARCHAR(32) NOT NULL,
        due VARCHAR(32) NOT NULL,
        number INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        PRIMARY KEY (project, record)
    )
    """,
    "CREATE INDEX hints_by_time ON hints (project, due)",
    "ALTER TABLE projects ADD COLUMN heard INTEGER",
    "ALTER TABLE projects ADD COLUMN heard_since TEXT NOT NULL DEFAULT '[]'",
)

#: any number that no other program takes on the same database
_LOCK = 7_129_345


def migrate(connection: Connection) -> int:
    """Bring the schema up to date within the caller's transaction; give the number of steps taken."""
    if connection.dialect.name == "postgresql":
        # two runs may meet a fresh database at the same time; SQLite locks by itself
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    versions.create(connection, checkfirst=True)
    done = set(connection.scalars(select(versions.c.number)))
    missing = [number for number in range(1, len(MIGRATIONS) + 1) if number not in done]
    for number in missing:
        connection.execute(text(MIGRATIONS[number - 1]))
        connection.execute(insert(versions).values(number=number))
    return len(missing)
