"""The API methods, one module per content type."""
