"""Every criterion that the protocol measures, on both sides of its boundary: tables by hand, none left out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from records import criterion_of, day, event_of, finished

from redcap_licats.protocol import load_protocol

#: (organ, criterion) -> (baseline, value just short of the boundary, value that meets it), in laboratory "conv"
#: (creatinine mg/dL, UPCR g/g, CK U/L, upper limit 170, troponin I ng/L, upper limit 16) and per cent SpO2
BOUNDARIES = {
    ("kidney", "crea"): ("0.8", "1.1999", "1.2"),
    ("kidney", "upcr"): ("0.2", "0.2999", "0.3"),
    ("muscle", "ck"): ("100", "170", "170.1"),
    ("heart", "tni"): ("5", "16", "16.1"),
    ("lung", "spo2"): ("97", "95", "94"),
}
#: the same where the baseline, not the upper limit, is the boundary
HIGH_BASELINES = {("muscle", "ck"): ("300", "300", "301"), ("heart", "tni"): ("40", "40", "40.1")}


def test_no_measured_criterion_is_left_out() -> None:
    organs = load_protocol().organs.values()
    measured = {
        (organ.slug, one.id): one.kind for organ in organs for one in organ.criterion if one.kind != "finding"
    }
    assert measured.keys() == BOUNDARIES.keys()
    assert {key for key, kind in measured.items() if kind == "lab_above"} == HIGH_BASELINES.keys()


@pytest.mark.parametrize(
    ("organ", "criterion", "base", "value", "state"),
    [
        (*key, base, value, state)
        for table in (BOUNDARIES, HIGH_BASELINES)
        for key, (base, short, met) in table.items()
        for value, state in ((base, "not_met"), (short, "not_met"), (met, "met"))
    ],
)
def test_both_sides_of_the_boundary(organ: str, criterion: str, base: str, value: str, state: str) -> None:
    form, name = ("assessment", "spo2") if criterion == "spo2" else ("labs", f"{criterion}_val")
    place = {"o2_device": "none"} if form == "assessment" else {"lab": "conv"}
    rows = [{"date": day(number), name: said, **place} for number, said in ((-7, base), (12, value))]
    result = criterion_of(event_of(**{form: rows, organ: finished(organ, crit={criterion})}), criterion)
    assert result.state == state
    assert result.peak is not None
    assert result.peak.value == Fraction(value)
