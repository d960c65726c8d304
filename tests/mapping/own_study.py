"""A study with a longitudinal project of its own: two arms, six events, its own forms for what ours ask as well.

``treatment`` holds most forms, ``visits`` repeats as a whole: each instance is a visit with one laboratory form.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from fractions import Fraction

from redcap_licats.definition.model import Arm, DataDictionary, Event, Field, FieldType, Project, Repeat
from redcap_licats.protocol.models import Protocol
from redcap_licats.subject.labs import Person, references
from redcap_licats.subject.values import read_number

Row = dict[str, str]

#: the one unit of each field of the study's laboratory form
UNITS = {
    "crea": "umoll", "upcr": "mgmmol", "ck": "ul", "tni": "ngl", "c3": "gl", "c4": "gl", "dsdna": "iuml",
    "crp": "mgl", "ferr": "ugl", "fib": "gl", "alt": "ul", "ast": "ul", "anc": "gl", "lym": "gl", "plt": "gl",
    "bcell": "ul", "cart": "ul",
}  # fmt: skip
LIMITED = ("crea", "ck", "c3", "c4", "dsdna", "crp", "alt", "ast", "anc", "lym", "plt", "bcell")
SEX = {"1": "F", "2": "M", "3": ""}
DIAGNOSES = {"10": "sle", "20": "ssc", "30": "iim", "99": "other"}
LABORATORIES = {"1": "conv", "2": "si", "3": "other"}
REASONS = {"1": "infusion", "2": "lung", "3": "kidney", "4": "crs", "5": "oth"}
#: nobody stays longer, or under intensive care, because of the infusion itself
CAUSES = {"2": "lung", "3": "kidney", "4": "crs", "5": "oth"}
CLASSES = {"1": "nsaid", "2": "antibact", "3": "other"}

PREFIX = "lx_"
REPLACED = ("labs", "conmed", "adverse_event", "hospital_stay")


def _choices(codes: Iterable[str]) -> str:
    return " | ".join(f"{code}, Answer {code}" for code in codes)


def _fields() -> Iterator[Field]:
    text, radio, box, yes = FieldType.TEXT, FieldType.RADIO, FieldType.CHECKBOX, FieldType.YESNO

    def field(
        name: str, form: str, kind: FieldType = text, *, codes: Iterable[str] = (), check: str = ""
    ) -> Field:
        return Field(
            name, form, kind, label=f"Own {name}", choices_or_calculations=_choices(codes), validation=check
        )

    yield field("study_id", "demographics")
    yield field("dm_age", "demographics", check="integer")
    yield field("dm_gender", "demographics", radio, codes=SEX)
    yield field("dm_disease", "demographics", radio, codes=DIAGNOSES)
    yield field("dm_consent", "demographics", check="date_dmy")
    yield field("sample_id", "labs")
    yield field("lab_when", "labs", check="datetime_dmy")
    yield field("lab_place", "labs", radio, codes=LABORATORIES)
    yield field("lab_differ", "labs", yes)
    yield field("lab_sedi", "labs", radio, codes=("0", "1"))
    for slug in UNITS:
        # a name of ours, which is why ours carry a prefix
        yield field(f"lab_{slug}_val", "labs")
        yield field(f"{slug}_sign", "labs", radio, codes=("1", "2"))
    for slug in LIMITED:
        yield field(f"{slug}_low", "labs")
        yield field(f"{slug}_high", "labs")
    yield field("med_name", "medication")
    yield field("med_group", "medication", radio, codes=CLASSES)
    yield field("med_from", "medication", check="date_ymd")
    yield field("med_to", "medication", check="date_ymd")
    yield field("med_goes_on", "medication", box, codes=("1",))
    yield field("ae_what", "ae")
    yield field("ae_from", "ae", check="date_ymd")
    yield field("ae_to", "ae", check="date_ymd")
    yield field("ae_ctc", "ae", radio, codes=("1", "2", "3", "4", "5"))
    yield field("ae_sae", "ae", yes)
    for name in ("st_in", "st_plan", "st_out", "st_icu_in", "st_icu_out"):
        yield field(name, "stay", check="date_ymd")
    yield field("st_longer", "stay", yes)
    yield field("st_icu", "stay", yes)
    yield field("st_why", "stay", box, codes=REASONS)
    yield field("st_icu_why", "stay", box, codes=CAUSES)
    yield field("st_long_why", "stay", box, codes=CAUSES)


def own_project() -> Project:
    """Give the project as it is before our instruments come."""
    forms = {
        "screening": ("demographics", "labs"),
        "treatment": ("labs", "medication", "ae", "stay"),
        "visits": ("labs",),
    }
    events = tuple(
        Event(name.title(), arm, f"{name}_arm_{arm}", forms=own) for arm in (1, 2) for name, own in forms.items()
    )
    repeats = [Repeat("", f"visits_arm_{arm}") for arm in (1, 2)]
    repeats += [Repeat("labs", f"screening_arm_{arm}") for arm in (1, 2)]
    repeats += [
        Repeat(form, f"treatment_arm_{arm}") for form in ("labs", "medication", "ae", "stay") for arm in (1, 2)
    ]
    dictionary = DataDictionary(tuple(_fields()))
    return Project(
        title="Own study",
        dictionary=dictionary,
        form_labels={form: form.title() for form in dictionary.forms},
        arms=(Arm(1, "One"), Arm(2, "Two")),
        events=events,
        longitudinal=True,
        repeats=tuple(repeats),
    )


def _toml(codes: dict[str, str]) -> str:
    return "{ " + ", ".join(f'"{theirs}" = "{ours}"' for theirs, ours in codes.items()) + " }"


def mapping_text(protocol: Protocol) -> str:
    """Write the study's mapping file. Organ events stand in two REDCap events."""
    placed = [
        name.format(slug=slug)
        for name, one in protocol.instruments.items()
        if name not in REPLACED
        for slug in (protocol.organs if one.each else ("",))
    ]
    treatment = '["treatment_arm_1", "treatment_arm_2"]'
    both = '["screening_arm_1", "screening_arm_2", "treatment_arm_1", "treatment_arm_2"]'
    organs = {f"licats_{slug}" for slug in protocol.organs}
    events = "\n".join(f"{name} = {both if name in organs else treatment}" for name in placed)
    values = "\n".join(
        f'{slug}_val = {{ field = "lab_{slug}_val", unit = "{unit}" }}\n'
        f'{slug}_cens = {{ field = "{slug}_sign", codes = {{ "1" = "lt", "2" = "gt" }} }}'
        for slug, unit in UNITS.items()
    )
    limits = "\n".join(f'{slug}_lln = "{slug}_low"\n{slug}_uln = "{slug}_high"' for slug in LIMITED)
    return f"""
prefix = "{PREFIX}"

[events]
{events}

[form.enrolment]
form = "demographics"
[form.enrolment.field]
age = "dm_age"
sex = {{ field = "dm_gender", codes = {_toml(SEX)} }}
dx = {{ field = "dm_disease", codes = {_toml(DIAGNOSES)} }}
consent_date = "dm_consent"

[form.labs]
form = "labs"
[form.labs.field]
sample_id = "sample_id"
date = {{ field = "lab_when", take = "date" }}
time = {{ field = "lab_when", take = "time" }}
lab = {{ field = "lab_place", codes = {_toml(LABORATORIES)} }}
ref_differ = "lab_differ"
sediment = {{ field = "lab_sedi", codes = {{ "0" = "normal", "1" = "active" }} }}
{values}
{limits}

[form.conmed]
form = "medication"
[form.conmed.field]
drug = "med_name"
class = {{ field = "med_group", codes = {_toml(CLASSES)} }}
start = "med_from"
stop = "med_to"
ongoing = "med_goes_on___1"

[form.adverse_event]
form = "ae"
[form.adverse_event.constant]
ctc_ver = "5"
[form.adverse_event.field]
term = "ae_what"
start = "ae_from"
end = "ae_to"
grade = "ae_ctc"
serious = "ae_sae"

[form.hospital_stay]
form = "stay"
[form.hospital_stay.field]
adm = "st_in"
planned = "st_plan"
dis = "st_out"
prolonged = "st_longer"
icu = "st_icu"
icu_in = "st_icu_in"
icu_out = "st_icu_out"
reason = {{ field = "st_why", codes = {_toml(REASONS)} }}
icu_reason = {{ field = "st_icu_why", codes = {_toml(CAUSES)} }}
prol_reason = {{ field = "st_long_why", codes = {_toml(CAUSES)} }}
"""


class Entry:
    """Enters rows of the classic project into the study's: the mapping the other way round."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def rows(self, classic: Iterable[Row]) -> Iterator[Row]:
        """Give the rows of whole records, those of odd records in arm 1."""
        of: dict[str, list[Row]] = {}
        for row in classic:
            of.setdefault(row["record_id"], []).append(row)
        for record, rows in of.items():
            base = rows[0]
            counts = {"screening": 0, "treatment": 0, "visits": 0}
            for row in rows:
                yield from self._row(record, row, base, counts)

    def _row(self, record: str, row: Row, base: Row, counts: dict[str, int]) -> Iterator[Row]:
        arm = 1 if int(record) % 2 else 2
        form = row.get("redcap_repeat_instrument", "")
        keys = {"study_id": record}
        if not form:
            yield from self._base(keys, row, arm)
            return
        instance = row["redcap_repeat_instance"]
        if form == "labs":
            event = _period(row.get("lab_date", ""), base["inf_date"])
            counts[event] += 1
            repeat = "" if event == "visits" else "labs"
            yield keys | self._labs(row, base) | _at(event, arm, repeat, str(counts[event]))
        elif form == "conmed":
            yield keys | _medication(row) | _at("treatment", arm, "medication", instance)
        elif form == "adverse_event":
            yield keys | _adverse_event(row) | _at("treatment", arm, "ae", instance)
        elif form == "hospital_stay":
            yield keys | _stay(row) | _at("treatment", arm, "stay", instance)
        else:
            # the second event of an organ stands in another REDCap event
            event = "screening" if form.startswith("licats_") and int(instance) % 2 == 0 else "treatment"
            yield keys | _ours(row) | _at(event, arm, f"{PREFIX}{form}", instance)

    def _base(self, keys: Row, row: Row, arm: int) -> Iterator[Row]:
        own = {
            "dm_age": row.get("enr_age", ""),
            "dm_gender": _code(SEX, row.get("enr_sex", "")),
            "dm_disease": _code(DIAGNOSES, row.get("enr_dx", "")),
            "dm_consent": row.get("enr_consent_date", ""),
            "demographics_complete": row.get("enrolment_complete", ""),
        }
        yield keys | _filled(own) | _at("screening", arm)
        mapped = ("enr_age", "enr_sex", "enr_dx", "enr_consent_date")
        group = {"redcap_data_access_group": row["redcap_data_access_group"]}
        yield (
            keys
            | _ours({name: one for name, one in row.items() if name not in mapped})
            | _at("treatment", arm)
            | group
        )

    def _labs(self, row: Row, base: Row) -> Row:
        laboratory = row.get("lab_lab", "")
        when = f"{row['lab_date']} {row.get('lab_time') or '00:00'}" if row.get("lab_date") else ""
        cells = {
            "sample_id": row.get("lab_sample_id", ""),
            "lab_when": when,
            "lab_place": _code(LABORATORIES, laboratory),
            "lab_differ": row.get("lab_ref_differ", ""),
            "lab_sedi": _code({"0": "normal", "1": "active"}, row.get("lab_sediment", "")),
            "labs_complete": row.get("labs_complete", ""),
        }
        for slug, unit in UNITS.items():
            entered_in = row.get(f"lab_{slug}_unit") or self._listed(laboratory, slug, row, base)
            cells[f"lab_{slug}_val"] = self._converted(row.get(f"lab_{slug}_val", ""), slug, entered_in, unit)
            cells[f"{slug}_sign"] = _code({"1": "lt", "2": "gt"}, row.get(f"lab_{slug}_cens", ""))
            if slug in LIMITED:
                for theirs, ours in (("low", "lln"), ("high", "uln")):
                    limit = row.get(f"lab_{slug}_{ours}", "")
                    cells[f"{slug}_{theirs}"] = self._converted(limit, slug, entered_in, unit)
        return _filled(cells)

    def _listed(self, laboratory: str, slug: str, row: Row, base: Row) -> str:
        person = Person(age=int(base["enr_age"])) if base.get("enr_age", "").isdecimal() else Person()
        day = dt.date.fromisoformat(row["lab_date"]) if row.get("lab_date") else None
        found = references(self._protocol.laboratories.get(laboratory), person, day).get(slug)
        return found[0].unit if found else ""

    def _converted(self, value: str, slug: str, entered_in: str, unit: str) -> str:
        """Convert exactly; what is no number stays."""
        analyte = self._protocol.analytes[slug]
        here, there = analyte.unit(entered_in), analyte.unit(unit)
        number = read_number(value)
        if number is None or here is None or there is None or here.factor == there.factor:
            return value
        exact: Fraction = here.normal(number) / there.factor
        with localcontext(prec=60):
            text = f"{(Decimal(exact.numerator) / exact.denominator).normalize():f}"
        assert Fraction(text) == exact, f"{slug}: {value} {entered_in} has no finite number of digits in {unit}"
        return text


def _period(day: str, infusion: str) -> str:
    if not day or not infusion:
        return "treatment"
    days = (dt.date.fromisoformat(day) - dt.date.fromisoformat(infusion)).days
    return "screening" if days < 0 else "treatment" if days <= 30 else "visits"


def _at(event: str, arm: int, form: str = "", instance: str = "") -> Row:
    return {
        "redcap_event_name": f"{event}_arm_{arm}",
        "redcap_repeat_instrument": form,
        "redcap_repeat_instance": instance,
    }


def _code(codes: dict[str, str], ours: str) -> str:
    return next((theirs for theirs, one in codes.items() if one == ours and ours), "")


def _filled(cells: Row) -> Row:
    return {name: value for name, value in cells.items() if value}


def _ours(row: Row) -> Row:
    kept = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group")
    return {f"{PREFIX}{name}": value for name, value in row.items() if name not in kept}


def _medication(row: Row) -> Row:
    return _filled(
        {
            "med_name": row.get("cm_drug", ""),
            "med_group": _code(CLASSES, row.get("cm_class", "")),
            "med_from": row.get("cm_start", ""),
            "med_to": row.get("cm_stop", ""),
            "med_goes_on___1": row.get("cm_ongoing", ""),
            "medication_complete": row.get("conmed_complete", ""),
        }
    )


def _adverse_event(row: Row) -> Row:
    return _filled(
        {
            "ae_what": row.get("ae_term", ""),
            "ae_from": row.get("ae_start", ""),
            "ae_to": row.get("ae_end", ""),
            "ae_ctc": row.get("ae_grade", ""),
            "ae_sae": row.get("ae_serious", ""),
            "ae_complete": row.get("adverse_event_complete", ""),
        }
    )


def _stay(row: Row) -> Row:
    names = {
        "hos_adm": "st_in", "hos_planned": "st_plan", "hos_dis": "st_out", "hos_prolonged": "st_longer",
        "hos_icu": "st_icu", "hos_icu_in": "st_icu_in", "hos_icu_out": "st_icu_out",
        "hospital_stay_complete": "stay_complete",
    }  # fmt: skip
    boxes = {"hos_reason": "st_why", "hos_icu_reason": "st_icu_why", "hos_prol_reason": "st_long_why"}
    cells = {}
    for name, value in row.items():
        stem, _, code = name.partition("___")
        if stem in boxes:
            cells[f"{boxes[stem]}___{_code(REASONS, code)}"] = value
        elif name in names:
            cells[names[name]] = value
    return _filled(cells)
