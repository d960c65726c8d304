"""Query identity, fingerprint and the lifecycle table."""
