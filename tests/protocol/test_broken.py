"""Everything that can be wrong with a protocol is said with file, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from redcap_licats.errors import ConfigError
from redcap_licats.protocol import load_protocol

NERVE = """
slug = "nerve"
label = { en = "Nerve", ja = "神経" }
order = 9
inner_organ = false
source = "study setting"
"""
FINDING = """
[[criterion]]
id = "%s"
kind = "finding"
label = { en = "Finding", ja = "所見" }
source = "study setting"
"""
FORM = """
name = "visit_notes"
stem = "vis"
label = { en = "Notes", ja = "メモ" }
writer = "site"
repeats = false
order = 90
"""
OWN = "[[laboratory]]\ncode = 'own'\nlabel = 'Own'\n"
SODIUM = """
[[analyte]]
slug = "na"
label = { en = "Sodium", ja = "ナトリウム" }
group = "blood"
"""

CASES = {
    "an optional instrument that does not exist": (
        {"study.toml": "[settings]\noptional = ['biopsies']"},
        "PROTOCOL-RULE",
        ["study.toml: settings.optional", "no optional instrument 'biopsies'", "Write 'biopsy'"],
    ),
    "a core instrument listed as optional": (
        {"study.toml": "[settings]\noptional = ['labs']"},
        "PROTOCOL-RULE",
        ["study.toml: settings.optional", "no optional instrument 'labs'"],
    ),
    "a blood count of an unknown analyte": (
        {"a.toml": "[toxicity.icaht_late]\nanalyte = 'ank'"},
        "PROTOCOL-RULE",
        ["a.toml: toxicity.icaht_late.analyte", "no analyte 'ank'", "Write 'anc'"],
    ),
    "a blood count over no days": (
        {"a.toml": "[toxicity.ticaht_late]\nlast_day = 20"},
        "PROTOCOL-RULE",
        ["a.toml: toxicity.ticaht_late.last_day", "later day than first_day"],
    ),
    "a band without a limit": (
        {"a.toml": "[toxicity.icaht_late]\nband = [{ grade = 1 }]"},
        "PROTOCOL-KEY",
        ["toxicity.icaht_late.band", "'at_most' and 'below'"],
    ),
    "a grade that does not exist": (
        {"a.toml": "[toxicity.crs.oxygen]\nmask = 5"},
        "PROTOCOL-KEY",
        ["a.toml: toxicity.crs.oxygen.mask", "less than or equal to 4"],
    ),
    "a CTCAE term of a criterion that was taken out": (
        {"a.toml": "[[ctcae]]\nid = 'v5_rash'\ncriterion = 'rush'"},
        "PROTOCOL-RULE",
        ["a.toml: ctcae.v5_rash.criterion", "no criterion of skin 'rush'", "Write 'rash'", "remove = true"],
    ),
    "a CTCAE term of an unknown organ": (
        {"a.toml": "[[ctcae]]\nid = 'v5_rash'\norgan = 'skinn'"},
        "PROTOCOL-RULE",
        ["a.toml: ctcae.v5_rash.organ", "no organ 'skinn'", "Write 'skin'"],
    ),
    "a CTCAE term that grades an analyte where there is none": (
        {"a.toml": "[[ctcae]]\nid = 'v5_rash'\nmeasure = 'analyte'"},
        "PROTOCOL-RULE",
        ["a.toml: ctcae.v5_rash.measure", "'rash' has no analyte"],
    ),
    "a CTCAE term with limits and nothing to grade": (
        {"a.toml": "[[ctcae]]\nid = 'v5_rash'\nmeasure = ''"},
        "PROTOCOL-KEY",
        ["ctcae.v5_rash", "both of the keys 'measure' and 'band'"],
    ),
    "bad TOML": ({"study.toml": "name = \nversion"}, "PROTOCOL-FILE", ["study.toml", "not valid TOML", "line 1"]),
    "not UTF-8": ({"study.toml": b"name = '\xff'"}, "PROTOCOL-FILE", ["study.toml", "not valid TOML"]),
    "unknown list": (
        {"a.toml": "[[analite]]\nslug = 'na'"},
        "PROTOCOL-FILE",
        ["a.toml: analite", "not known", "Write 'analyte'"],
    ),
    "unknown table": ({"a.toml": "[setting]\nx = 1"}, "PROTOCOL-FILE", ["a.toml: setting", "Write 'settings'"]),
    "entry without id": (
        {"a.toml": "[[check]]\nseverity = 'soft'"},
        "PROTOCOL-FILE",
        ["a.toml: check", "no 'id'"],
    ),
    "nested entry without id": (
        {"organs/kidney.toml": "slug = 'kidney'\n[[criterion]]\nat_least = '2'"},
        "PROTOCOL-FILE",
        ["kidney.toml: organs.kidney.criterion", "no 'id'"],
    ),
    "organ outside its folder": (
        {"nerve.toml": NERVE},
        "PROTOCOL-FILE",
        ["nerve.toml", "outside its folder", "organs/"],
    ),
    "duplicate entry": (
        {"a.toml": "[[check]]\nid = 'DT01'\n", "b.toml": "[[check]]\nid = 'DT01'\n"},
        "PROTOCOL-FILE",
        ["b.toml: checks.DT01", "stands twice", "a.toml"],
    ),
    "duplicate criterion": (
        {"organs/nerve.toml": NERVE + FINDING % "numb" * 2},
        "PROTOCOL-FILE",
        ["nerve.toml: organs.nerve.criterion.numb", "stands twice"],
    ),
    "removing what is not there": (
        {"organs/kidny.toml": "slug = 'kidny'\nremove = true"},
        "PROTOCOL-FILE",
        ["kidny.toml: organs.kidny", "nothing of this id", "Write 'kidney'"],
    ),
    "unknown key": (
        {"organs/kidney.toml": "slug = 'kidney'\n[[criterion]]\nid = 'crea'\nat_leest = '2'"},
        "PROTOCOL-KEY",
        ["kidney.toml: organs.kidney.criterion.crea.at_leest", "not known", "Write 'at_least'"],
    ),
    "unknown setting": (
        {"study.toml": "[settings.timing]\nearly_untill = 13"},
        "PROTOCOL-KEY",
        ["study.toml: settings.timing.early_untill", "Write 'early_until'"],
    ),
    "unknown key of a unit": (
        {"a.toml": "[[analyte]]\nslug = 'crea'\nunits = [{ code = 'mgdl', facter = '1' }]"},
        "PROTOCOL-KEY",
        ["a.toml: analytes.crea.units.mgdl.facter", "Write 'factor'"],
    ),
    "missing key": (
        {"organs/nerve.toml": NERVE.replace("order = 9", "") + FINDING % "numb"},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.order", "missing", "Add it"],
    ),
    "wrong type": (
        {"study.toml": "[settings.timing]\nearly_until = 'two weeks'"},
        "PROTOCOL-KEY",
        ["study.toml: settings.timing.early_until", "integer", "'two weeks'"],
    ),
    "label in one language": (
        {"organs/nerve.toml": NERVE.replace(', ja = "神経"', "") + FINDING % "numb"},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.label.ja", "missing"],
    ),
    "unknown kind of criterion": (
        {"organs/nerve.toml": NERVE + (FINDING % "numb").replace('"finding"', '"findings"')},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.criterion.numb.kind", "'findings'", "Write 'finding'"],
    ),
    "criterion without its analyte": (
        {"organs/nerve.toml": NERVE + (FINDING % "numb").replace('"finding"', '"lab_rise"')},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.criterion.numb", "needs the key 'analyte'"],
    ),
    "fall of SpO2 without points": (
        {"organs/nerve.toml": NERVE + (FINDING % "numb").replace('"finding"', '"spo2_fall"')},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.criterion.numb", "needs the key 'points'"],
    ),
    "unknown language": (
        {"instruments/labs.toml": "name = 'labs'\n[[field]]\nname = 'date'\nsection = { en = 'A', jp = 'A' }"},
        "PROTOCOL-KEY",
        ["labs.toml: instruments.labs.field.date.section.jp", "Use one of: en, ja"],
    ),
    "setting of a check that is a list": (
        {"a.toml": "[[check]]\nid = 'DT01'\nsettings = { days = [1, 2] }"},
        "PROTOCOL-KEY",
        ["a.toml: checks.DT01.settings.days)", "found: [1, 2]"],
    ),
    "organ without criterion": (
        {"organs/nerve.toml": NERVE},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.criterion", "missing"],
    ),
    "unknown severity": (
        {"a.toml": "[[check]]\nid = 'DT01'\nseverity = 'softt'"},
        "PROTOCOL-KEY",
        ["a.toml: checks.DT01.severity", "'softt'", "Write 'soft'"],
    ),
    "check id": (
        {"a.toml": "[[check]]\nid = 'my-check'"},
        "PROTOCOL-KEY",
        ["a.toml: checks.my-check.id", "pattern", "[A-Z]{2}[0-9]{2}"],
    ),
    "slug": (
        {"organs/nerve.toml": NERVE.replace('"nerve"', '"Nerve 1"') + FINDING % "numb"},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.Nerve 1.slug", "pattern"],
    ),
    "factor zero": (
        {"a.toml": SODIUM + 'units = [{ code = "mmoll", label = "mmol/L", factor = "0" }]'},
        "PROTOCOL-KEY",
        ["a.toml: analytes.na.units.mmoll.factor", "greater than 0"],
    ),
    "factor negative": (
        {"a.toml": SODIUM + 'units = [{ code = "mmoll", label = "mmol/L", factor = "-1/2" }]'},
        "PROTOCOL-KEY",
        ["a.toml: analytes.na.units.mmoll.factor", "greater than 0", "-1/2"],
    ),
    "factor divided by zero": (
        {"a.toml": SODIUM + 'units = [{ code = "mmoll", label = "mmol/L", factor = "1/0" }]'},
        "PROTOCOL-KEY",
        ["a.toml: analytes.na.units.mmoll.factor", "0 below the line"],
    ),
    "factor that is no number": (
        {"a.toml": SODIUM + 'units = [{ code = "mmoll", label = "mmol/L", factor = "one" }]'},
        "PROTOCOL-KEY",
        ["a.toml: analytes.na.units.mmoll.factor", "'one'"],
    ),
    "not a finite number": (
        {"study.toml": "[settings.aplasia]\nbelow = nan"},
        "PROTOCOL-KEY",
        ["study.toml: settings.aplasia.below", "finite"],
    ),
    "unknown type of field": (
        {
            "instruments/visit.toml": FORM
            + "[[field]]\nname = 'a'\ntype = 'chekbox'\nlabel = { en = 'A', ja = 'A' }"
        },
        "PROTOCOL-KEY",
        ["visit.toml: instruments.visit_notes.field.a.type", "Write 'checkbox'"],
    ),
    "code of an answer": (
        {
            "instruments/visit.toml": FORM
            + "[[field]]\nname = 'a'\ntype = 'radio'\nlabel = { en = 'A', ja = 'A' }\n"
            + "choices = [{ code = 'a b', label = { en = 'B', ja = 'B' } }]"
        },
        "PROTOCOL-KEY",
        ["visit.toml: instruments.visit_notes.field.a.choices.a b.code", "pattern"],
    ),
    "label that is two answers": (
        {"organs/nerve.toml": NERVE.replace('"Nerve"', '"Nerve | root"') + FINDING % "numb"},
        "PROTOCOL-KEY",
        ["nerve.toml: organs.nerve.label", "without the sign |"],
    ),
    "unknown analyte": (
        {"organs/kidney.toml": "slug = 'kidney'\n[[criterion]]\nid = 'crea'\nanalyte = 'creat'"},
        "PROTOCOL-RULE",
        ["kidney.toml: organs.kidney.criterion.crea.analyte", "no analyte 'creat'", "Write 'crea'"],
    ),
    "cause twice": (
        {"organs/kidney.toml": "slug = 'kidney'\n[[cause]]\nid = 'drug'\nlabel = { en = 'D', ja = 'D' }"},
        "PROTOCOL-RULE",
        ["kidney.toml: organs.kidney.cause.drug", "stands twice"],
    ),
    "too many criteria": (
        {"organs/nerve.toml": NERVE + "".join(FINDING % name for name in "abcde")},
        "PROTOCOL-RULE",
        ["nerve.toml: organs.nerve.criterion", "room for 4"],
    ),
    "slug that is a stem": (
        {"organs/lab.toml": NERVE.replace('"nerve"', '"lab"') + FINDING % "numb"},
        "PROTOCOL-RULE",
        ["lab.toml: organs.lab.slug", "stem of the instrument labs"],
    ),
    "cuts in the wrong order": (
        {"study.toml": "[settings.timing]\nintermediate_until = 14"},
        "PROTOCOL-RULE",
        ["study.toml: settings.timing.intermediate_until", "must rise", "14"],
    ),
    "target of an unknown severity": (
        {"study.toml": "[settings.queries.target_days]\nmedicl = 3"},
        "PROTOCOL-RULE",
        ["study.toml: settings.queries.target_days.medicl", "Write 'medical'"],
    ),
    "first unit is not the own": (
        {"a.toml": SODIUM + 'units = [{ code = "mmoll", label = "mmol/L", factor = "2" }]'},
        "PROTOCOL-RULE",
        ["a.toml: analytes.na.units.mmoll.factor", "first unit"],
    ),
    "limits in the wrong order": (
        {"a.toml": "[[analyte]]\nslug = 'crea'\nminimum = '30'"},
        "PROTOCOL-RULE",
        ["analytes.crea.maximum", "must rise", "30 to 20"],
    ),
    "reference of an unknown analyte": (
        {"a.toml": OWN + "reference = [{ analyte = 'krea', unit = 'mgdl' }]"},
        "PROTOCOL-RULE",
        ["a.toml: laboratories.own.reference.1.analyte", "Write 'crea'"],
    ),
    "reference in an unknown unit": (
        {"a.toml": OWN + "reference = [{ analyte = 'crea', unit = 'mgdL' }]"},
        "PROTOCOL-RULE",
        ["a.toml: laboratories.own.reference.1.unit", "Write 'mgdl'"],
    ),
    "reference with limits, ages and dates wrong": (
        {
            "a.toml": OWN + "[[laboratory.reference]]\nanalyte = 'ck'\n"
            "unit = 'ul'\nlower = '9'\nupper = '9'\nage_from = 18\nage_until = 17\nvalid_from = '1.3.2025'\n"
        },
        "PROTOCOL-RULE",
        ["3 problems", "reference.1.upper", "reference.1.age_until", "reference.1.valid_from", "YYYY-MM-DD"],
    ),
    "silences an unknown check": (
        {"a.toml": "[[check]]\nid = 'DT01'\nmakes_meaningless = ['BC91']"},
        "PROTOCOL-RULE",
        ["a.toml: checks.DT01.makes_meaningless", "no check 'BC91'", "Write 'BC0"],
    ),
    "silences itself": (
        {"a.toml": "[[check]]\nid = 'DT01'\nmakes_meaningless = ['DT01']"},
        "PROTOCOL-RULE",
        ["a.toml: checks.DT01.makes_meaningless", "cannot silence itself"],
    ),
    "placeholder in one language only": (
        {"a.toml": "[[check]]\nid = 'DT01'\ntext.en = 'Onset {onset}'\ntext.ja = '発現日'"},
        "PROTOCOL-RULE",
        ["a.toml: checks.DT01.text", "Only one language has: onset"],
    ),
    "broken placeholder": (
        {"a.toml": "[[check]]\nid = 'DT01'\ntext.en = 'Onset {onset'"},
        "PROTOCOL-RULE",
        ["a.toml: checks.DT01.text", "placeholder is broken"],
    ),
    "stem twice": (
        {"instruments/visit.toml": FORM.replace('"vis"', '"lab"') + "fields_of = 'enrolment'"},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.stem", "stem of labs"],
    ),
    "fields of an unknown instrument": (
        {"instruments/visit.toml": FORM + "fields_of = 'enrollment'"},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.fields_of", "Write 'enrolment'"],
    ),
    "fields of an organ's form without organ": (
        {"instruments/visit.toml": FORM + "fields_of = 'licats_{slug}'"},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes", "ac_{slug}", "organ's form"],
    ),
    "fields of a form that has none of its own": (
        {"instruments/visit.toml": FORM + "fields_of = 'licats_medical_query'"},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.fields_of", "Write 'licats_query'"],
    ),
    "no fields": (
        {"instruments/visit.toml": FORM},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.field", "fields_of"],
    ),
    "one form per organ without its slug": (
        {"instruments/visit.toml": FORM + "each = 'organ'\nfields_of = 'enrolment'"},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.each", "{slug}"],
    ),
    "unknown placeholder of an instrument": (
        {"instruments/visit.toml": FORM + "fields_of = 'labs'\nrepeat_label = '[{stm}_date]'"},
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.repeat_label", "{stm}", "Write 'stem'"],
    ),
    "unknown placeholder of a field": (
        {
            "instruments/visit.toml": FORM
            + "[[field]]\nname = '{slg}_a'\neach = 'organ'\ntype = 'text'\nlabel = { en = 'A', ja = 'A' }"
        },
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.field.{slg}_a.name", "Write 'slug'"],
    ),
    "broken placeholder of a field": (
        {"instruments/labs.toml": "name = 'labs'\n[[field]]\nname = 'time'\nshow_if = '[{stem_date] <> 1'"},
        "PROTOCOL-RULE",
        ["labs.toml: instruments.labs.field.time.show_if", "placeholder is broken"],
    ),
    "units without an analyte": (
        {
            "instruments/visit.toml": FORM
            + "[[field]]\nname = 'a'\nchoices_from = 'units'\ntype = 'radio'\nlabel = { en = 'A', ja = 'A' }"
        },
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.field.a.choices_from", "analyte"],
    ),
    "causes outside an organ's form": (
        {
            "instruments/visit.toml": FORM
            + "[[field]]\nname = 'a_{slug}'\neach = 'cause'\ntype = 'text'\nlabel = { en = 'A', ja = 'A' }"
        },
        "PROTOCOL-RULE",
        ["visit.toml: instruments.visit_notes.field.a_{slug}", "organ's form"],
    ),
    "field of an unknown organ": (
        {
            "instruments/licats_organ.toml": "name = 'licats_{slug}'\n"
            "[[field]]\nname = 'a'\norgans = ['hart']\ntype = 'text'\nlabel = { en = 'A', ja = 'A' }"
        },
        "PROTOCOL-RULE",
        ["licats_organ.toml: instruments.licats_{slug}.field.a.organs", "Write 'heart'"],
    ),
}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.mark.parametrize(("files", "code", "said"), CASES.values(), ids=CASES)
def test_the_error_names_file_key_and_remedy(
    tmp_path: Path, files: dict[str, str | bytes], code: str, said: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_protocol(write(tmp_path, files))
    assert caught.value.code == code
    message = str(caught.value)
    assert [part for part in said if part not in message] == []


def test_several_problems_are_reported_together(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "study.toml": "[settings.timing]\nearly_until = 'x'\nlate = 1",
        "organs/nerve.toml": NERVE + FINDING.replace("label", "lable") % "numb",
    }
    with pytest.raises(ConfigError) as caught:
        load_protocol(write(tmp_path, files))
    assert caught.value.message.startswith("The protocol has 4 problems\n")
    for key in ("timing.early_until", "timing.late", "criterion.numb.label", "criterion.numb.lable"):
        assert key in caught.value.message


def test_a_missing_overlay_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"folder does not exist.*\(.*overlay\)"):
        load_protocol(tmp_path / "overlay")
