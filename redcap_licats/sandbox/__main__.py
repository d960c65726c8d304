"""``python -m redcap_licats.sandbox``."""

from __future__ import annotations

import sys

from redcap_licats.sandbox.serve import main

sys.exit(main())
