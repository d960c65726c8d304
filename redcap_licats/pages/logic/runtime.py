"""What compiled logic needs to run in a browser."""

from importlib.resources import files

#: in the order in which they need one another
_PARTS = ("values", "exact", "elementary", "numbers", "texts", "dates", "operators", "functions")


def _runtime() -> str:
    folder = files("redcap_licats.pages.logic") / "javascript"
    parts = "\n".join(folder.joinpath(f"{part}.js").read_text("utf-8") for part in _PARTS)
    return f'const licatsLogic = (() => {{\n"use strict";\n{parts}}})();\n'


RUNTIME = _runtime()
"""Plain JavaScript (ES2020) that defines ``licatsLogic`` and nothing else, and may stand inside a <script>."""
