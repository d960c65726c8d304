"""Our instruments in a study that runs already: what differs, a backup, and bringing them in by the API."""
