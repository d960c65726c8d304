"""Tables written piece by piece: what stands together is what the format's own reader reads."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from redcap_licats.sandbox.data.dialect import json_dialect


@pytest.mark.parametrize("names", [[], ["a"], ["a", 'b"ß']])
@pytest.mark.parametrize("rows", [1, 2])
def test_json_is_read_as_it_was_written(names: Sequence[str], rows: int) -> None:
    table = json_dialect(names)
    row = table.row([table.cell(at, name) for at, name in enumerate(names)])
    body = table.head + table.between.join([row] * rows) + table.tail
    assert json.loads(body) == [dict(zip(names, names, strict=True))] * rows
