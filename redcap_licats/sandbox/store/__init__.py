"""What the server remembers: projects, users, records, files and the log, in one SQLite file."""
