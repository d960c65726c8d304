from __future__ import annotations

from redcap_licats.derive.model import CLASS_OF_REASON
from redcap_licats.messages import catalogue


def test_every_reason_of_a_classification_is_worded() -> None:
    worded = {key.removeprefix("terms.reason.") for key in catalogue() if key.startswith("terms.reason.")}
    assert worded == set(CLASS_OF_REASON)
