"""Values written into a <script>."""

from __future__ import annotations

import json


def literal(value: object) -> str:
    """Write a value as JavaScript, in ASCII, so that no text in it can end the <script> it stands in."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
