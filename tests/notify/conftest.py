from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from told_runs import Watch


@pytest.fixture
def watch() -> Iterator[Watch]:
    with Watch() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()
