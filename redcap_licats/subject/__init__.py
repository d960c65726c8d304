"""REDCap rows to typed, unit-normalised subjects."""
