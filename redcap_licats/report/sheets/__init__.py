"""One module per sheet; each adds its sheet to a book."""
