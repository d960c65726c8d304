"""A dictionary as web pages."""
