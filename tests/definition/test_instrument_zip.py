"""The instrument ZIP."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redcap_licats.definition.instrument_zip import read_instrument, write_instrument
from redcap_licats.definition.model import Field, FieldType
from redcap_licats.errors import ConfigError

FIELDS = (
    Field("onset", "event", FieldType.TEXT, "Onset", validation="date_ymd", required=True),
    Field("grade", "event", FieldType.RADIO, "Grade 段階", choices_or_calculations="1, One | 2, Two"),
    Field("why", "event", FieldType.NOTES, 'Say "why"\nand how', branching_logic="[other_form_field] = '1'"),
)


def _zip(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), text)
    return buffer.getvalue()


def test_fields_come_back_and_bytes_do_not_change():
    data = write_instrument(FIELDS)
    assert read_instrument(data) == FIELDS
    assert write_instrument(FIELDS) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["OriginID.txt", "instrument.csv"]
        assert archive.read("OriginID.txt").count(b"\n") == 1


def test_reads_what_others_compress():
    with zipfile.ZipFile(io.BytesIO(write_instrument(FIELDS))) as archive:
        text = archive.read("instrument.csv").decode()
    assert read_instrument(_zip(instrument_csv="\ufeff" + text, attachments__picture="x")) == FIELDS


@pytest.mark.parametrize("fields", [(), (FIELDS[0], Field("a", "b", FieldType.TEXT))])
def test_writes_one_form_only(fields):
    with pytest.raises(ConfigError) as error:
        write_instrument(fields)
    assert error.value.code == "ZIP-FORM"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ZIP-DAMAGED"),
        (b"PK\x03\x04", "ZIP-DAMAGED"),
        (_zip(other_csv=""), "ZIP-FORM"),
        (_zip(folder__instrument_csv=""), "ZIP-FORM"),
        (_zip(instrument_csv=""), "DICT-INVALID"),
        (_zip(instrument_csv="field_name,form_name,field_type,field_label\na,x,text,A\nb,y,text,B\n"), "ZIP-FORM"),
    ],
)
def test_refuses(data, code):
    with pytest.raises(ConfigError) as error:
        read_instrument(data)
    assert error.value.code == code


def test_refuses_a_file_that_swells(monkeypatch):
    monkeypatch.setattr("redcap_licats.definition.instrument_zip._LARGEST", 1000)
    with pytest.raises(ConfigError) as error:
        read_instrument(_zip(instrument_csv="x" * 1001))
    assert error.value.code == "ZIP-DAMAGED"


@given(st.integers(0, len(write_instrument(FIELDS)) - 1), st.binary(max_size=8), st.integers(0, 8))
def test_damage_is_refused_or_harmless(at, new, removed):
    data = write_instrument(FIELDS)
    try:
        read_instrument(data[:at] + new + data[at + removed :])
    except ConfigError:
        return
