"""Local state: what each run did. REDCap stays the only store of truth; the journal makes it traceable."""
