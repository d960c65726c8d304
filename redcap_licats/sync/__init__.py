"""The worker: read records, derive, check, reconcile queries, and write only the cells that differ."""
