"""Edit checks: one small function each; id, severity, audience and wording live in the protocol."""
