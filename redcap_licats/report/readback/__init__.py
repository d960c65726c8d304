"""Read filled-in workbooks back: what people decided or answered in them, as proposed changes.

Nothing here writes. A file is taken for hostile until its rows show that this study made them.
"""
