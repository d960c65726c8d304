"""Project XML: every part of a project survives, line ends do, hostile files do not get in."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.model import (
    AccessGroup,
    Arm,
    Attributes,
    Cell,
    DataDictionary,
    Event,
    Field,
    FieldType,
    Project,
    Repeat,
    StoredFile,
)
from redcap_licats.definition.odm import read_project, write_project
from redcap_licats.errors import ConfigError

CHOICES = "1, One | 2, <b>Two</b> | -99, Not & known"
DICTIONARY = DataDictionary(
    (
        Field("record_id", "start", FieldType.TEXT, "Record ID"),
        Field(
            "born", "start", FieldType.TEXT, "Born", validation="date_dmy", minimum="1900-01-01", maximum="today"
        ),
        Field("weight", "start", FieldType.TEXT, "Weight", validation="number", minimum="0", identifier=True),
        Field("count", "start", FieldType.TEXT, "Count", validation="integer", required=True),
        Field("temp", "start", FieldType.TEXT, "Temp", validation="number_1dp", question_number="3a"),
        Field("drug", "start", FieldType.TEXT, "Drug", choices_or_calculations="BIOPORTAL:RXNORM"),
        Field("own", "start", FieldType.TEXT, "Own", validation="nhs_number"),
        Field("sex", "start", FieldType.RADIO, "Sex", "Head", CHOICES, alignment="LH"),
        Field("meds", "start", FieldType.CHECKBOX, "Meds", choices_or_calculations=CHOICES, note='A "note"'),
        Field("after", "start", FieldType.NOTES, "Line 1\nLine 2", annotation="@HIDDEN\n@DEFAULT='1'"),
        Field("pick", "visit", FieldType.DROPDOWN, "Pick", "", "10, Ten | 200, 二百", validation="autocomplete"),
        Field(
            "q1", "visit", FieldType.RADIO, "Q1", "Matrix", "1, a | 2, b", matrix_group="m", matrix_ranking=True
        ),
        Field("q2", "visit", FieldType.RADIO, "Q2", "", "1, a | 2, b", matrix_group="m", matrix_ranking=True),
        Field("bmi", "visit", FieldType.CALC, "BMI", "", "[weight] / 2 < 3", branching_logic="[sex] <> '1'"),
        Field("mood", "visit", FieldType.SLIDER, "Mood", "", "bad | | good", validation="number"),
        Field("scan", "visit", FieldType.FILE, "Scan"),
        Field("sign", "visit", FieldType.FILE, "Sign", validation="signature"),
        Field("text", "visit", FieldType.DESCRIPTIVE, "<p>Read<br>this</p>"),
        Field("ok", "visit", FieldType.YESNO, "OK?"),
        Field("true", "visit", FieldType.TRUEFALSE, "a < b > c"),
        Field("lab", "labs", FieldType.TEXT, "Lab"),
        Field("tubes", "labs", FieldType.CHECKBOX, "Tubes", choices_or_calculations="a, A | b, B"),
    )
)
CLASSIC = Project(
    title='Study "A" & Ω',
    dictionary=DICTIONARY,
    form_labels={"start": "Start", "visit": "Visit <1>", "labs": "Labs"},
    settings={"MissingDataCodes": "UNK, Unknown | -99, None", "ProjectNotes": "one\ntwo", "NewSetting": ""},
    arms=(Arm(1, "Arm 1"),),
    events=(Event("Event 1", 1, "event_1_arm_1", forms=("start", "visit", "labs")),),
    repeats=(Repeat("labs", custom_label="[lab] & more"),),
    access_groups=(AccessGroup("Site A-1", "site_a1"), AccessGroup("site_b", "site_b")),
    roles=({"role_name": "Monitor", "data_entry": "[start,2]"}, {"role_name": "Entry"}),
    reports=({"title": "All", "advanced_logic": "[sex] = '1'\nor [ok] = '1'"},),
    surveys=(
        Attributes(
            "redcap:Surveys",
            {"form_name": "visit", "instructions": "<p>a</p>\n\n\t<p>b</p>\r\n"},
            children=(Attributes("redcap:Schedule", {"hours": "1"}),),
        ),
    ),
    other_groups=(
        Attributes("redcap:SurveysQueueGroup", children=(Attributes("redcap:SurveysQueue", text="x < y"),)),
        Attributes("redcap:MycapThemesGroup", children=(Attributes("redcap:MycapThemes"),)),
    ),
    field_extras={
        "text": Attributes(
            "ItemDef",
            {"redcap:Unheard": "1,2"},
            children=(Attributes("redcap:Attachment", {"Name": "a"}, "aGk="),),
        )
    },
    cells=(
        Cell("1", "record_id", "1"),
        Cell("1", "meds", "1"),
        Cell("1", "meds", "-99"),
        Cell("1", "after", "a\r\nb\n\n\tc <&> \"'"),
        Cell("1", "start_complete", "2"),
        Cell("1", "meds", "UNK"),
        Cell("1", "visit_timestamp", "[not completed]"),
        Cell("1", "scan", "scan 1.png", file=StoredFile("scan 1.png", "image/png", bytes(range(256)))),
        Cell("1", "lab", "x", repeat_form="labs", instance=1),
        Cell("1", "tubes", "b", repeat_form="labs", instance=1),
        Cell("1", "lab", "y", repeat_form="labs", instance=12),
        Cell("記録-2", "record_id", "記録-2"),
    ),
    record_groups={"1": "site_a1"},
    source_version="15.0.22",
    exported_at="2025-07-02T09:18:36",
)
LONGITUDINAL = replace(
    CLASSIC,
    longitudinal=True,
    arms=(Arm(1, "Drug A"), Arm(2, "Drug B")),
    events=(
        Event("Baseline", 1, "baseline_arm_1", "[born]", "0", "0", "1", ("start",)),
        Event("Visit", 1, "visit_arm_1", "", "7", "2", "2", ("visit", "labs")),
        Event("Visit", 2, "visit_arm_2", forms=("visit",)),
    ),
    repeats=(Repeat("labs", "visit_arm_1", ""), Repeat("", "visit_arm_2")),
    cells=(
        Cell("1", "record_id", "1", "baseline_arm_1"),
        Cell("1", "meds", "2", "baseline_arm_1"),
        Cell("1", "ok", "1", "visit_arm_1"),
        Cell("1", "lab", "x", "visit_arm_1", "labs", 2),
        Cell("2", "pick", "10", "visit_arm_2"),
        Cell("2", "pick", "200", "visit_arm_2", instance=2),
        Cell("2", "visit_complete", "0", "visit_arm_2", instance=2),
    ),
    record_groups={"1": "site_b"},
)


@pytest.mark.parametrize("project", [CLASSIC, LONGITUDINAL])
def test_every_part_survives(project):
    written = write_project(project)
    assert read_project(written.encode("utf-8")) == project
    assert write_project(read_project(written.encode("utf-8"))) == written


def test_an_instance_of_an_event_may_be_counted_at_its_forms():
    cells = tuple(Cell("1", "ok", str(at - 1), "visit_arm_2", instance=at) for at in (1, 2))
    project = replace(LONGITUDINAL, repeats=(Repeat("", "visit_arm_2"),), cells=cells, record_groups={})
    head, second, tail = write_project(project).rpartition('StudyEventRepeatKey="2"')
    assert second
    for event_key in ("1", "2"):
        counted = tail.replace('FormRepeatKey="1"', 'FormRepeatKey="2"')
        moved = f'{head}StudyEventRepeatKey="{event_key}"{counted}'
        assert [cell for cell in read_project(moved.encode()).cells if cell.field == "ok"] == list(cells)


def test_a_group_without_data_in_the_first_form_survives():
    project = replace(LONGITUDINAL, cells=(Cell("9", "ok", "1", "visit_arm_1"),), record_groups={"9": "site_b"})
    assert read_project(write_project(project).encode()).record_groups == {"9": "site_b"}


def _document(study: str, data: str = "", version: str = "7.0.10") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" '
        f'xmlns:redcap="https://projectredcap.org" SourceSystemVersion="{version}">\n{study}{data}</ODM>'
    ).encode()


SMALL = """<Study OID="Project.S"><GlobalVariables><StudyName>S</StudyName><redcap:Purpose>0</redcap:Purpose>
</GlobalVariables><MetaDataVersion OID="M">
<FormDef OID="Form.f" Name="F" Repeating="No"><ItemGroupRef ItemGroupOID="f.id"/></FormDef>
<ItemGroupDef OID="f.id" Name="F"><ItemRef ItemOID="id"/><ItemRef ItemOID="note"/><ItemRef ItemOID="c___x"/>
<ItemRef ItemOID="c___y"/><ItemRef ItemOID="f_complete"/></ItemGroupDef>
<ItemDef OID="id" redcap:FieldType="text"><Question><TranslatedText>ID</TranslatedText></Question></ItemDef>
<ItemDef OID="note" redcap:Variable="note" redcap:FieldType="textarea" redcap:FieldNote="two
lines"/>
<ItemDef OID="c___x" redcap:Variable="c" redcap:FieldType="checkbox"><CodeListRef CodeListOID="x"/></ItemDef>
<ItemDef OID="c___y" redcap:Variable="c" redcap:FieldType="checkbox"><CodeListRef CodeListOID="y"/></ItemDef>
<ItemDef OID="f_complete" redcap:Variable="f_complete" redcap:FieldType="select"/>
<CodeList OID="x" redcap:CheckboxChoices="X, Big X|y, Small y"/></MetaDataVersion></Study>"""
DATA = """<ClinicalData><SubjectData SubjectKey="1"><FormData FormOID="Form.f" FormRepeatKey="1"><ItemGroupData>
<ItemData ItemOID="id" Value="1"/><ItemData ItemOID="note" Value="one

three	tab's > &amp;&#10;end"/><ItemData ItemOID='c___x' Value='1'/><ItemData ItemOID="c___y" Value="0"/>
<ItemData ItemOID="blank" Value=""/></ItemGroupData></FormData></SubjectData></ClinicalData>"""


def test_reads_a_spare_file():
    project = read_project(_document(SMALL, DATA))
    assert [field.name for field in project.dictionary] == ["id", "note", "c"]
    assert project.dictionary["c"].choices == {"X": "Big X", "y": "Small y"}
    assert project.dictionary["note"].note == "two\nlines"
    assert not project.longitudinal
    assert [event.unique_name for event in project.events] == ["event_1_arm_1"]
    assert project.source_version == "7.0.10"
    assert [(cell.field, cell.value) for cell in project.cells] == [
        ("id", "1"),
        ("note", "one\n\nthree\ttab's > &\nend"),
        ("c", "X"),
    ]


def test_line_ends_are_kept_only_inside_values():
    data = DATA.replace('<ItemData ItemOID="id"', '<!-- a="b\nc" \' --><ItemData\n ItemOID = "id"')
    text = '<redcap:ProjectNotes><![CDATA[x="a\nb" <y z="\n]]></redcap:ProjectNotes></GlobalVariables>'
    project = read_project(_document(SMALL.replace("</GlobalVariables>", text), data))
    assert project.settings["ProjectNotes"] == 'x="a\nb" <y z="\n'
    assert len(project.cells) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_mean_the_same(end):
    project = read_project(_document(SMALL, DATA.replace("\n", end)))
    assert project.cells[1].value.startswith("one\n\nthree")


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "ODM-XML"),
        (b"no xml", "ODM-XML"),
        (b"<ODM>", "ODM-XML"),
        (b'<?xml version="1.0" encoding="klingon"?><ODM/>', "ODM-XML"),
        (b'<!DOCTYPE o [<!ENTITY a "b">]><ODM>&a;</ODM>', "ODM-XML"),
        (b'<!DOCTYPE o SYSTEM "file:///etc/passwd"><ODM/>', "ODM-XML"),
        (b"<ODM/>", "ODM-INVALID"),
        (b"<a>" * 200 + b"</a>" * 200, "ODM-INVALID"),
        (_document("<Study/>"), "ODM-INVALID"),
        (_document("<Study><MetaDataVersion/></Study>"), "ODM-INVALID"),
        (_document("", DATA), "ODM-INVALID"),
        (_document(SMALL.replace('redcap:FieldType="textarea"', 'redcap:FieldType="hologram"')), "ODM-INVALID"),
        (_document(SMALL.replace('ItemRef ItemOID="note"', 'ItemRef ItemOID="gone"')), "ODM-INVALID"),
        (_document(SMALL, DATA.replace('SubjectKey="1"', "")), "ODM-INVALID"),
        (_document(SMALL, DATA.replace('FormRepeatKey="1"', 'FormRepeatKey="0"')), "ODM-INVALID"),
        (_document(SMALL, DATA.replace('FormRepeatKey="1"', 'FormRepeatKey="²"')), "ODM-INVALID"),
        (
            _document(
                SMALL,
                DATA.replace(
                    '<ItemData ItemOID="id" Value="1"/>', "<ItemDataBase64Binary>a</ItemDataBase64Binary>"
                ),
            ),
            "ODM-INVALID",
        ),
        (
            _document(SMALL.replace("<FormDef", '<StudyEventDef redcap:ArmNum="one"/><FormDef')),
            "ODM-INVALID",
        ),
    ],
)
def test_refuses(xml, code):
    with pytest.raises(ConfigError) as error:
        read_project(xml)
    assert error.value.code == code


def test_hostile_markup_takes_no_time_to_refuse():
    for piece in (b'<a"', b"<a'", b"<a \"'", b"<![CDATA[", b"<!--", b"<?", b"<"):
        with pytest.raises(ConfigError):
            read_project(piece * 200_000)


def test_reads_thousands_of_subjects():
    subject = DATA.removeprefix("<ClinicalData>").removesuffix("</ClinicalData>")
    subjects = "".join(subject.replace('"1"', f'"{number}"', 1) for number in range(1, 3001))
    project = read_project(_document(SMALL, f"<ClinicalData>{subjects}</ClinicalData>"))
    assert [cell.record for cell in project.cells[::3]] == [str(number) for number in range(1, 3001)]


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["a\nb", "\r\n", " x ", "]]>", "<b>x</b>", "&amp;", "\t"]
)


@given(st.lists(st.tuples(texts, texts, texts, texts), max_size=3), texts.filter(bool))
def test_any_text_survives(rows, value):
    fields = (
        Field(
            f"f{number}", "start", FieldType.NOTES, label, section_header=header, note=note, annotation=annotation
        )
        for number, (label, header, note, annotation) in enumerate(rows)
    )
    project = replace(
        CLASSIC,
        dictionary=DataDictionary((DICTIONARY.fields[0], *fields)),
        form_labels={"start": value},
        surveys=(),
        field_extras={},
        repeats=(),
        events=(Event("Event 1", 1, "event_1_arm_1", forms=("start",)),),
        cells=(Cell(value, "record_id", value),),
        record_groups={},
    )
    again = read_project(write_project(project).encode())
    assert again == project


PIECES = write_project(LONGITUDINAL).encode()
CUTS = sorted({0, len(PIECES), *(at for at in range(len(PIECES)) if PIECES[at : at + 1] in b'<>" =/')})


@given(
    st.lists(st.sampled_from(range(len(CUTS) - 1)), min_size=1, max_size=4),
    st.sampled_from(["drop", "double", "swap"]),
)
def test_a_damaged_file_is_refused_or_read(places, damage):
    parts = [PIECES[start:end] for start, end in pairwise(CUTS)]
    for place in places:
        if damage == "swap":
            parts[place], parts[places[0]] = parts[places[0]], parts[place]
        else:
            parts[place] = b"" if damage == "drop" else parts[place] * 2
    try:
        read_project(b"".join(parts))
    except ConfigError as error:
        assert error.remedy or error.where


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data):
    with pytest.raises(ConfigError):
        read_project(data)
