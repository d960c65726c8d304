"""The dictionary CSV: REDCap's bytes out, REDCap's strictness in."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.dictionary import (
    COLUMNS,
    check_dictionary,
    field_as_row,
    fields_from_rows,
    read_dictionary,
    write_dictionary,
)
from redcap_licats.definition.model import DataDictionary, Field, FieldType
from redcap_licats.errors import ConfigError

HEADER = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"\n'
)
RECORD_ID = Field("record_id", "start", FieldType.TEXT, "Record ID")


def _csv(*rows: str) -> str:
    """Write rows after a record id; the first one given is row 3."""
    header = "field_name,form_name,field_type,field_label,select_choices_or_calculations"
    return "".join(f"{line}\n" for line in (header, "record_id,start,text,ID,", *rows))


def test_writes_redcaps_bytes():
    sex = Field(
        "sex",
        "start",
        FieldType.RADIO,
        'The "sex"',
        choices_or_calculations="0, F | 1, M",
        required=True,
        note="a\nb",
    )
    assert write_dictionary([RECORD_ID, sex]) == (
        HEADER + 'record_id,start,,text,"Record ID",,,,,,,,,,,,,\n'
        'sex,start,,radio,"The ""sex""","0, F | 1, M","a\nb",,,,,,y,,,,,\n'
    )


def test_reads_a_spreadsheet_that_was_saved_elsewhere():
    text = write_dictionary([RECORD_ID]).replace("\n", "\r\n")
    blank_rows = "," * (len(COLUMNS) - 1) + "\r\n"
    assert read_dictionary("\ufeff" + text + blank_rows).fields == (RECORD_ID,)


def test_keeps_line_ends_inside_cells():
    field = Field("note", "start", FieldType.DESCRIPTIVE, "one\r\ntwo\nthree")
    assert read_dictionary(write_dictionary([RECORD_ID, field]))["note"].label == "one\r\ntwo\nthree"


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ("age,start,number,Age,", "row 3, column field_type"),
        ("record_id,start,text,Again,", "row 3, column field_name"),
        (",start,text,Nameless,", "row 3, column field_name"),
        ("2nd,start,text,Digit first,", "row 3, column field_name"),
        ("Age,start,text,Capital,", "row 3, column field_name"),
        ("age__,start,text,Two underscores,", "row 3, column field_name"),
        (f"{'a' * 101},start,text,Long,", "row 3, column field_name"),
        ("redcap_event_name,start,text,Reserved,", "row 3, column field_name"),
        ("start_complete,start,text,Reserved,", "row 3, column field_name"),
        ("age,My Form,text,Form label,", "row 3, column form_name"),
        ("sex,start,radio,No choices,", "row 3, column select_choices_or_calculations"),
        ('sex,start,radio,Twice,"1, a | 1, b"', "row 3, column select_choices_or_calculations"),
        ('sex,start,checkbox,Same column,"A, a | a, b"', "row 3, column select_choices_or_calculations"),
        ("bmi,start,calc,No equation,", "row 3, column select_choices_or_calculations"),
        ("age,start,text,Comma,too,many", "row 3"),
        ("bmi,start,calc,Broken,[record_id] +", "row 3, column select_choices_or_calculations"),
        ("bmi,start,calc,Unknown,[recordid] + 1", "row 3, column select_choices_or_calculations"),
        (",,,,", "row 3"),
    ],
)
def test_refuses_and_names_the_place(row, where):
    with pytest.raises(ConfigError) as error:
        read_dictionary(_csv(row, "last,start,text,Last,"))
    assert error.value.where == where
    assert error.value.remedy


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"text_validation_type_or_show_slider_number": "date"}, "text_validation_type_or_show_slider_number"),
        ({"custom_alignment": "LEFT"}, "custom_alignment"),
        ({"required_field": "maybe"}, "required_field"),
        ({"matrix_group_name": "m"}, "matrix_group_name"),
        ({"matrix_ranking": "y"}, "matrix_ranking"),
    ],
)
def test_refuses_properties_redcap_does_not_know(changes, column):
    row = field_as_row(Field("age", "start", FieldType.TEXT, "Age")) | changes
    with pytest.raises(ConfigError) as error:
        check_dictionary(fields_from_rows([field_as_row(RECORD_ID), row]))
    assert error.value.where == f"row 3, column {column}"


def test_names_every_problem_at_once():
    with pytest.raises(ConfigError, match="2 problems") as error:
        read_dictionary(_csv("1a,start,text,A,", "1b,start,text,B,"))
    assert "row 3" in str(error.value)
    assert "row 4" in str(error.value)


def test_rows_of_a_form_stay_together():
    with pytest.raises(ConfigError) as error:
        read_dictionary(_csv("a,other,text,A,", "b,start,text,B,", "c,start,text,C,"))
    assert error.value.where == "row 4, column form_name"


def test_rows_of_a_matrix_stay_together_and_agree():
    def row(name, group, choices="1, a | 2, b"):
        return Field(
            name, "start", FieldType.RADIO, "L", choices_or_calculations=choices, matrix_group=group, validation=""
        )

    check_dictionary(DataDictionary((RECORD_ID, row("a", "m"), row("b", "m"))))
    with pytest.raises(ConfigError, match="differ"):
        check_dictionary(DataDictionary((RECORD_ID, row("a", "m"), row("b", "m", "1, x"))))
    with pytest.raises(ConfigError, match="comes again"):
        check_dictionary(DataDictionary((RECORD_ID, row("a", "m"), row("b", ""), row("c", "m"))))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "row 1, column Variable / Field Name"),
        ("field_name,form_name,field_type,field_label,colour\n", "row 1, column colour"),
        ("field_name,form_name,field_type,field_label,field_name\n", "row 1, column Variable / Field Name"),
        ("field_name,form_name,field_type,field_label\n", "row 1"),
    ],
)
def test_refuses_a_broken_header(text, where):
    with pytest.raises(ConfigError) as error:
        read_dictionary(text)
    assert error.value.where == where


def test_a_server_may_define_its_own_validation_types():
    row = field_as_row(Field("nhs", "start", FieldType.TEXT, "NHS", validation="nhs_number"))
    assert fields_from_rows([field_as_row(RECORD_ID), row])["nhs"].validation == "nhs_number"


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        read_dictionary(text)
    except ConfigError as error:
        assert error.code in {"DICT-CSV", "DICT-INVALID"}


cells = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(cells, min_size=len(COLUMNS) - 2, max_size=len(COLUMNS) - 2))
def test_any_cell_survives_the_csv(texts):
    row = dict(zip([key for key in COLUMNS if key not in ("field_name", "field_type")], texts, strict=True))
    row |= {
        "identifier": "",
        "required_field": "y",
        "matrix_ranking": "",
        "field_name": "a",
        "field_type": "notes",
    }
    dictionary = fields_from_rows([field_as_row(RECORD_ID), row])
    text = write_dictionary(dictionary)
    again = [
        dict(zip(COLUMNS, cells, strict=True)) for cells in list(csv.reader(io.StringIO(text, newline="")))[1:]
    ]
    assert fields_from_rows(again) == dictionary


def test_logic_may_name_fields_and_form_statuses():
    text = _csv("bmi,start,calc,OK,[last] * [start_complete] + [other_complete]", "last,other,text,Last,")
    assert read_dictionary(text)["bmi"].type is FieldType.CALC


def test_proposes_the_nearest_field():
    with pytest.raises(ConfigError, match="no field") as error:
        read_dictionary(_csv("bmi,start,calc,Unknown,[recordid] + 1"))
    assert error.value.remedy == "write [record_id]"


def test_the_record_id_is_a_text_field():
    with pytest.raises(ConfigError, match="record id"):
        check_dictionary(DataDictionary((Field("record_id", "start", FieldType.NOTES),)))


def test_refuses_what_is_not_csv():
    with pytest.raises(ConfigError) as error:
        read_dictionary('field_name,form_name\n"open')
    assert error.value.code == "DICT-CSV"
