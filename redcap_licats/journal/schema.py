"""The journal's tables as the code uses them; :mod:`migrations` makes them."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table, Text

metadata = MetaData()

versions = Table("schema_versions", metadata, Column("number", Integer, primary_key=True, autoincrement=False))

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(40), primary_key=True),
    Column("project", String(60)),
    Column("project_id", Integer),
    Column("server", String(255)),
    Column("started", String(32)),
    Column("finished", String(32), nullable=True),
    Column("exit_code", Integer, nullable=True),
    Column("error_code", String(40)),
    Column("protocol_version", String(40)),
    Column("protocol_hash", String(64)),
    Column("records_read", Integer),
    Column("cells_written", Integer),
)

changes = Table(
    "changes",
    metadata,
    Column("run_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("batch", Integer),
    Column("written", Integer),
    Column("record", String(255)),
    Column("event", String(255)),
    Column("instrument", String(255)),
    Column("instance", Integer),
    Column("field", String(255)),
    Column("old_value", Text),
    Column("new_value", Text),
    Column("rule", String(80)),
)
