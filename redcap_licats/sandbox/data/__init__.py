"""Records going out and coming in: columns, rows, labels, filters, validation, calculations."""
