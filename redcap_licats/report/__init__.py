"""What a person reads after a run: the workbook, from rows as REDCap holds them."""
