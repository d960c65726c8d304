"""The page's figures: drawn by Matplotlib, set into the page as SVG with texts, titles and descriptions."""
