"""The journal's schema as an ordered list of small steps. Append; never change a step that was released."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, text

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
)


def migrate(connection: Connection) -> int:
    """Bring the schema up to date within the caller's transaction; give the number of steps taken."""
    versions.create(connection, checkfirst=True)
    done = set(connection.scalars(select(versions.c.number)))
    missing = [number for number in range(1, len(MIGRATIONS) + 1) if number not in done]
    for number in missing:
        connection.execute(text(MIGRATIONS[number - 1]))
        connection.execute(insert(versions).values(number=number))
    return len(missing)
