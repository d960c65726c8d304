"""What needs no browser: reading a post, sanitising texts, arranging a form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clinic import field, form_page, project

import redcap_licats.pages
from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import FieldType
from redcap_licats.errors import ConfigError
from redcap_licats.pages import ENGLISH, Place, Row, content_policy, page_script, render_form, submitted
from redcap_licats.pages.dates import date_pattern, shown_date, stored_date
from redcap_licats.pages.preview import Style, find_browser, print_pdf
from redcap_licats.pages.safe import block, inline, plain
from redcap_licats.pages.texts import page_texts


@pytest.mark.parametrize(
    ("stored", "validation", "shown"),
    [
        ("2026-03-04", "date_dmy", "04-03-2026"),
        ("2026-03-04", "date_mdy", "03-04-2026"),
        ("2026-03-04", "date_ymd", "2026-03-04"),
        ("2026-03-04 05:06", "datetime_dmy", "04-03-2026 05:06"),
        ("2026-03-04 05:06:07", "datetime_seconds_mdy", "03-04-2026 05:06:07"),
        ("UNK", "date_dmy", "UNK"),
        ("04-03-2026", "", "04-03-2026"),
        ("", "date_dmy", ""),
    ],
)
def test_dates_are_stored_year_first(stored: str, validation: str, shown: str) -> None:
    assert shown_date(stored, validation) == shown
    assert stored_date(shown, validation) == stored


def test_a_date_may_be_typed_in_several_ways() -> None:
    assert stored_date("4/3/2026", "date_dmy") == "2026-03-04"
    assert stored_date("4.3.2026", "date_mdy") == "2026-04-03"
    assert stored_date("2026-03-04", "date_dmy") == "2026-03-04"
    assert date_pattern("datetime_seconds_dmy") == "DD-MM-YYYY HH:MM:SS"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("CRP < 5 & > 1", "CRP &lt; 5 &amp; &gt; 1"),
        ("a<5", "a&lt;5"),
        ("<b>bold</b> <i>it</i> m<sup>2</sup>", "<b>bold</b> <i>it</i> m<sup>2</sup>"),
        ('<span style="color:red" onclick="x()">red</span>', "<span>red</span>"),
        ("<script>alert(1)</script>x", "x"),
        ('"><img src=x onerror=alert(1)>', '"&gt;'),
        ('<a href="javascript:alert(1)">link</a>', "link"),
        ("<b>never closed", "<b>never closed</b>"),
        ("one\ntwo", "one<br>two"),
        ("<p>one</p><p>two</p>", "one<br>two"),
        ("[unknown] field", "[unknown] field"),
    ],
)
def test_a_label_keeps_a_little_html_and_nothing_else(text: str, kept: str) -> None:
    assert inline(text, (), {}) == kept


def test_paragraphs_and_tables_stand_by_themselves_only() -> None:
    table = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    assert block(f"<p>a</p>{table}", (), {}) == f"<p>a</p>{table}"
    assert "<td>" not in inline(table, (), {})
    assert plain("<b>a</b> &lt; <script>x</script>b") == "a < b"


def test_what_is_piped_in_is_marked() -> None:
    text = inline("Query [current-instance]: <b>[age]</b> [first_arm_1][age:value][2] [nothing]", ("age",), {})
    sources = re.findall(r'data-source="([^"]*)"', text)
    assert sources == ["[current-instance]", "[age]", "[first_arm_1][age:value][2]"]
    assert "[nothing]" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[form-link:answer:Answer it][current-instance]", '<a href="/f?a=1&amp;b=2">Answer it</a>'),
        ("[form-link:answer:回答する]", '<a href="/f?a=1&amp;b=2">回答する</a>'),
        ("[form-link:hidden:Look]", "Look"),
        ("[form-link:answer:Another one][3]", "Another one"),
        ("[visit_1_arm_1][form-link:answer:Then]", "Then"),
        ("[form-link:answer:&quot; onclick=&quot;x()]", '<a href="/f?a=1&amp;b=2">&#34; onclick=&#34;x()</a>'),
    ],
)
def test_a_text_links_to_a_form_that_the_reader_may_see(text: str, shown: str) -> None:
    assert inline(text, (), {"answer": "/f?a=1&b=2"}) == shown


def test_a_post_is_read_into_stored_values() -> None:
    page = form_page(place=Place("7"))
    values = submitted(
        page, {"age": " 40 ", "born": "03-02-1986", "symptoms___1": "1", "remark": "a\r\nb", "x": "y"}
    )
    assert values["age"] == "40"
    assert values["born"] == "1986-02-03"
    assert (values["symptoms___1"], values["symptoms___2"], values["symptoms___unk"]) == ("1", "0", "0")
    assert values["remark"] == "a\nb"
    assert values["sex"] == ""
    assert not {"x", "scan", "heavy", "record_id", "visit_complete"} & values.keys()
    assert submitted(page, {"visit_complete": "2"})["visit_complete"] == "2"
    locked = form_page(readonly_fields=frozenset({"age", "symptoms"}))
    assert not {"age", "symptoms___1"} & submitted(locked, {"age": "1", "symptoms___1": "1"}).keys()


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("sex", 'name="sex" value="7" checked'),
        ("pain", 'name="pain" value="7" checked'),
        ("ward", '<option value="7" selected'),
    ],
)
def test_a_stored_choice_that_is_no_more_is_shown_once(name: str, attributes: str) -> None:
    assert render_form(form_page({name: "7"})).count(attributes) == 1
    assert 'value="7"' not in render_form(form_page({name: ""}))


def test_every_text_of_the_pages_is_there_in_both_languages() -> None:
    english, japanese = page_texts("en"), page_texts("ja")
    assert english.keys() == japanese.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", japanese[key])), key
    assert page_texts("ja-JP") == japanese
    assert page_texts("fr") == english


def test_every_text_that_the_script_asks_for_is_there() -> None:
    browser = Path(redcap_licats.pages.__file__).parent / "browser"
    script = "\n".join(path.read_text("utf-8") for path in browser.glob("*.js"))
    asked = set(re.findall(r"\btext\(\"(\w+)\"", script)) | set(re.findall(r"key: \"(\w+)\"", script))
    assert len(asked) > 10
    assert asked <= page_texts("en").keys()


def test_a_form_without_translation_stands_once() -> None:
    assert 'class="t"' not in render_form(form_page(languages=(ENGLISH,)))
    same = Language("xx", "Xx", fields={"age": FieldTexts("Age")})
    assert 'class="t"' not in render_form(form_page(languages=(ENGLISH, same)))


def test_logic_that_cannot_be_read_hides_nothing() -> None:
    broken = (
        field("record_id"),
        field("a", branching_logic="[a] = = 1"),
        field("b", FieldType.CALC, choices_or_calculations="(("),
    )
    script = page_script([form_page(project=project(broken))])
    assert '"branch":' not in script
    assert '"calc":' not in script


def test_the_policy_names_exactly_what_may_run() -> None:
    policy = content_policy(scripts=["a"], styles=["b"])
    assert "script-src 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='" in policy
    assert "'unsafe" not in policy
    assert "style-src 'none'" in content_policy()


def test_a_pdf_without_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="PREVIEW-BROWSER") as caught:
        find_browser()
    assert "apt install chromium" in caught.value.remedy
    with pytest.raises(ConfigError, match="PREVIEW-BROWSER"):
        print_pdf("<p>", tmp_path / "x.pdf", Style.BLANK)
    assert not (tmp_path / "x.pdf").exists()


def test_a_browser_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ConfigError, match="PREVIEW-PRINT") as caught:
        print_pdf("<p>", tmp_path / "x.pdf", Style.BLANK)
    assert "no display" in str(caught.value)
    assert not (tmp_path / "x.pdf").exists()


def test_of_the_rest_of_the_record_only_what_is_read_is_told() -> None:
    rows = (Row({"age": "40", "remark": "confidential", "symptoms___1": "1"}),)
    script = page_script([form_page(form="drug", rows=rows)])
    assert '"age": "40"' in script
    assert "confidential" not in script
    assert "symptoms___1" not in script
