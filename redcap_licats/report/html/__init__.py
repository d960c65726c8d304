"""One self-contained page for people: run facts, queries, cohort tables and figures, from the same rows."""
