"""What REDCap stores under each validation type, and how such values compare."""

import pytest

from redcap_licats.definition.validation import VALIDATIONS, valid, within

ACCEPTED = {
    "date_dmy": ["2024-02-29", "0001-01-01"],
    "date_ymd": ["2023-12-31"],
    "datetime_mdy": ["2024-02-29 00:00", "2024-01-01 23:59"],
    "datetime_seconds_ymd": ["2024-01-01 23:59:59"],
    "integer": ["0", "-12", "+3", "007"],
    "number": ["1", "-1.5", ".5", "22.0", "1e3"],
    "number_1dp": ["22.0", "-0.1"],
    "number_2dp": ["22.00"],
    "number_4dp": ["1.2345"],
    "number_comma_decimal": ["1,54", "154", ",5"],
    "number_1dp_comma_decimal": ["22,0"],
    "time": ["00:00", "23:59", "9:05"],
    "time_hh_mm_ss": ["23:59:59"],
    "time_mm_ss": ["59:59"],
    "alpha_only": ["abcXYZ"],
    "email": ["joe@user.com", "a.b+c@sub.example.org"],
    "phone": ["(405) 321-1111", "405-321-5555", "4053215555", "415 555 1212 x12"],
    "phone_australia": ["(02) 9999 9999", "0299999999"],
    "postalcode_australia": ["2000"],
    "postalcode_canada": ["K1A 0B1"],
    "postalcode_french": ["75001"],
    "postalcode_germany": ["01067"],
    "ssn": ["123-45-6789"],
    "mrn_10d": ["0123456789"],
    "mrn_generic": ["A-1_b"],
    "vmrn": ["012345678"],
    "zipcode": ["73402", "73402-1234"],
}
REFUSED = {
    "date_dmy": ["29-02-2024", "2023-02-29", "2024/02/01", "2024-2-1", "20240201", "0000-01-01"],
    "datetime_ymd": [
        "2024-01-01",
        "2024-01-01T10:00",
        "2024-01-01 24:00",
        "2024-01-01 10:00:00",
        "2024-01-01 9:00",
    ],
    "datetime_seconds_dmy": ["2024-01-01 10:00", "2024-01-01 10:00:60"],
    "integer": ["1.0", "1e3", "", " 1", "1\n", "１"],
    "number": ["1,5", "5.", "abc", "1 000", "--1", "nan", "inf"],
    "number_1dp": ["22", "22.00", "22,0", ".5"],
    "number_2dp": ["22.0"],
    "number_1dp_comma_decimal": ["22.0", "22"],
    "number_comma_decimal": ["1.54"],
    "time": ["24:00", "10:60", "1000", "10:00:00"],
    "time_mm_ss": ["60:00", "1:00"],
    "alpha_only": ["a1", "é"],
    "email": ["joe", "joe@", "joe@user", "a b@user.com", "joe@user..com"],
    "phone": ["123-456-7890", "321-1111"],
    "zipcode": ["7340", "734021234"],
}


@pytest.mark.parametrize(("validation", "value"), [(k, v) for k, values in ACCEPTED.items() for v in values])
def test_stores(validation, value):
    assert VALIDATIONS[validation].accepts(value)


@pytest.mark.parametrize(("validation", "value"), [(k, v) for k, values in REFUSED.items() for v in values])
def test_refuses(validation, value):
    assert not VALIDATIONS[validation].accepts(value)


def test_blank_and_unknown_types_accept():
    assert valid("", "integer")
    assert valid("anything", "")
    assert valid("anything", "nhs_number")
    assert not valid("x", "integer")


@pytest.mark.parametrize(
    ("value", "validation", "minimum", "maximum", "inside"),
    [
        ("9", "integer", "10", "", False),
        ("10", "integer", "10", "10", True),
        ("11", "integer", "", "10", False),
        ("100", "number", "35", "200", True),
        ("1,54", "number_comma_decimal", "1,6", "", False),
        ("2024-01-31", "date_dmy", "2024-02-01", "", False),
        ("2024-02-01", "date_dmy", "2024-02-01", "2024-02-01", True),
        ("2024-02-01 10:00", "datetime_ymd", "", "2024-02-01 09:59", False),
        ("9:05", "time", "08:00", "10:00", True),
        ("11:05", "time", "8:00", "10:00", False),
        ("2024-02-01", "date_ymd", "today", "[other]", True),
        ("", "integer", "1", "", True),
        ("x", "integer", "1", "", True),
        ("x", "", "1", "2", True),
    ],
)
def test_within(value, validation, minimum, maximum, inside):
    assert within(value, validation, minimum, maximum) is inside
