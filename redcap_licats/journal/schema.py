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
    Column("undoes", String(40)),
)

batches = Table(
    "batches",
    metadata,
    Column("run_id", String(40), primary_key=True),
    Column("batch", Integer, primary_key=True, autoincrement=False),
    Column("sent", String(32)),
    Column("confirmed", Integer),
)

changes = Table(
    "changes",
    metadata,
    Column("run_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("batch", Integer),
    Column("record", String(255)),
    Column("event", String(255)),
    Column("instrument", String(255)),
    Column("instance", Integer),
    Column("field", String(255)),
    Column("old_value", Text),
    Column("new_value", Text),
    Column("rule", String(80)),
)

projects = Table(
    "projects",
    metadata,
    Column("project", String(300), primary_key=True),
    Column("watermark", String(32)),
    Column("offset_seconds", Integer),
    Column("conditions", String(64)),
    Column("setup", Text),
    Column("seen", Text),
    Column("full_pass", String(32)),
    Column("logged", String(32), nullable=True),
    Column("heard", Integer, nullable=True),
    Column("heard_since", Text),
)

holds = Table(
    "holds",
    metadata,
    Column("project", String(300), primary_key=True),
    Column("run_id", String(40)),
    Column("since", String(32)),
)

records = Table(
    "records",
    metadata,
    Column("project", String(300), primary_key=True),
    Column("record", String(255), primary_key=True),
    Column("digest", String(64)),
    Column("next_due", String(10), nullable=True),
    Column("standing", String(10)),
    Column("reason", Text),
    Column("queries_held", Integer),
    Column("queries_open", Integer),
)

logged = Table(
    "logged",
    metadata,
    Column("project", String(300), primary_key=True),
    Column("record", String(255), primary_key=True),
    Column("at", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("form", String(255)),
    Column("instance", Integer),
    Column("field", String(255)),
    Column("value", Text),
)

reports = Table(
    "reports",
    metadata,
    Column("project", String(300), primary_key=True),
    Column("audience", String(10), primary_key=True),
    Column("site", String(255), primary_key=True),
    Column("made", String(10), primary_key=True),
)

owners = Table(
    "owners",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("served_by", Integer),
    Column("pid", Integer),
    Column("host", String(255)),
    Column("since", String(32)),
)

hints = Table(
    "hints",
    metadata,
    Column("project", String(300), primary_key=True),
    Column("record", String(255), primary_key=True),
    Column("first", String(32)),
    Column("latest", String(32)),
    Column("due", String(32)),
    Column("number", Integer),
    Column("attempts", Integer),
)
