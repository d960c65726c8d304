"""The synthetic study: patients as a site would have entered them, ready for import.

Everything is drawn from a seed: the same seed and number give the same rows, whatever was asked for before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from redcap_licats.synth.admission import draw_admission
from redcap_licats.synth.bedside import draw_assessments
from redcap_licats.synth.chart import Chart, Row
from redcap_licats.synth.history import body
from redcap_licats.synth.laboratory import draw_samples
from redcap_licats.synth.mistakes import Mistake, make_mistakes
from redcap_licats.synth.profiles import Profile, profiles
from redcap_licats.synth.reactions import draw_reactions
from redcap_licats.synth.treatment import draw_glucocorticoids, draw_stays, draw_toxicities

#: site of a profile -> unique name of its Data Access Group
GROUPS: Mapping[str, str] = {"A": "site_a", "B": "site_b"}
FIRST_INFUSION = dt.date(2021, 3, 1)
LAST_INFUSION = dt.date(2024, 10, 31)
#: last planned visit of a patient
FOLLOW_UP = (182, 273, 365)


@dataclass(frozen=True, slots=True)
class Patient:
    """One record: its rows (its own row first), its Data Access Group, the mistakes made in it."""

    record: str
    group: str
    rows: tuple[Row, ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """A whole study in memory.

    Attributes:
        rows: Rows for the API's flat JSON import, the rows of a record together. The unique name of the Data
            Access Group stands on each record's own row.
        groups: Record to unique name of its Data Access Group.
        errors: The deliberate mistakes of data entry.
    """

    rows: tuple[Row, ...]
    groups: Mapping[str, str]
    errors: tuple[Mistake, ...]


def synthesise(seed: int = 1, patients: int = 39) -> Study:
    """Draw a study of any number of patients; 39 give the counts of the published cohort.

    Args:
        seed: Same seed, same study.
        patients: Number of records. Every 39 in a row hold each profile once.
    """
    drawn = tuple(stream(seed, patients))
    return Study(
        rows=tuple(row for patient in drawn for row in patient.rows),
        groups={patient.record: patient.group for patient in drawn},
        errors=tuple(mistake for patient in drawn for mistake in patient.mistakes),
    )


def stream(seed: int = 1, patients: int = 39) -> Iterator[Patient]:
    """Draw the patients of :func:`synthesise` one after another, holding one at a time."""
    order = list(profiles())
    Random(f"order {seed}").shuffle(order)
    for index in range(patients):
        yield _patient(order[index % len(order)], seed, index, patients)


def _patient(profile: Profile, seed: int, index: int, patients: int) -> Patient:
    rng = Random(f"patient {seed} {index}")
    record, group = str(index + 1), GROUPS[profile.site]
    chart = Chart(record, group, _infusion_date(index, patients, rng), profile, rng)
    patient, follow_up = body(profile, rng), rng.choice(FOLLOW_UP)
    draw_admission(chart, patient)
    draw_samples(chart, patient, follow_up)
    draw_assessments(chart, patient, follow_up)
    draw_toxicities(chart, patient)
    draw_glucocorticoids(chart, patient)
    draw_stays(chart)
    draw_reactions(chart)
    mistakes = make_mistakes(chart)
    return Patient(record, group, tuple(chart.rows()), mistakes)


def _infusion_date(index: int, patients: int, rng: Random) -> dt.date:
    """Spread the infusions over the period in the order of the records."""
    days = (LAST_INFUSION - FIRST_INFUSION).days
    return FIRST_INFUSION + dt.timedelta(days=int(days * (index + rng.random()) / patients))
