"""What a person does by hand, for which REDCap's API has no method. Guarded by the super token."""
