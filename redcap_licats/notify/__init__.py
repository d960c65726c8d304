"""Tell of runs where nobody sits before the screen: log lines, metrics, health check, mail."""
