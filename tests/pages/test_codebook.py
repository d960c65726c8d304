"""The codebook as it is written, shown and searched; the checked-in one is current."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import clinic
import pytest
from playwright.sync_api import Page, Request, expect
from test_form_in_browser import fits, grave
from typer.testing import CliRunner

from redcap_licats.cli.app import program_of
from redcap_licats.cli.codebook import codebook_of
from redcap_licats.definition.languages import FieldTexts, Language
from redcap_licats.definition.model import DataDictionary, Field, FieldType, Project
from redcap_licats.forms.build import build_project
from redcap_licats.pages import ENGLISH
from redcap_licats.pages.codebook import Codebook, codebook_html
from redcap_licats.protocol import load_protocol

CHECKED_IN = Path(__file__).parents[2] / "docs" / "codebook" / "index.html"


@pytest.fixture(scope="module")
def licats() -> str:
    """The codebook of the protocol's own forms."""
    return codebook_of(load_protocol(), "en")


@contextmanager
def showing(page: Page, folder: Path, content: str, width: int = 1280) -> Iterator[None]:
    """Show a codebook, which asks the network for nothing and complains of nothing."""
    file = folder / "codebook.html"
    file.write_text(content, "utf-8")
    asked: list[str] = []
    complaints: list[str] = []
    page.goto("about:blank")
    page.set_viewport_size({"width": width, "height": 900})

    def ask(request: Request) -> None:
        asked.append(request.url)

    def complain(message: object) -> None:
        complaints.append(str(message))

    page.on("request", ask)
    page.on("console", complain)
    page.on("pageerror", complain)
    page.goto(file.as_uri())
    yield
    page.remove_listener("request", ask)
    page.remove_listener("console", complain)
    page.remove_listener("pageerror", complain)
    assert asked == [file.as_uri()]
    assert complaints == []


@pytest.fixture
def opened(page: Page, tmp_path: Path, licats: str) -> Iterator[Page]:
    with showing(page, tmp_path, licats):
        yield page


def test_the_checked_in_codebook_is_current(licats: str) -> None:
    assert CHECKED_IN.read_bytes() == licats.encode(), "run: make instruments"
    assert len(licats.encode()) < 1_500_000


def test_every_field_stands_under_its_anchor(opened: Page) -> None:
    project = build_project(load_protocol())
    names = opened.locator("tr.field").evaluate_all("all => all.map(one => one.id)")
    assert names == [field.name for field in project.dictionary]
    numbers = opened.locator("td.number").all_inner_texts()
    assert numbers == [str(number) for number in range(1, len(names) + 1)]
    links = opened.locator("a[href^='#']")
    assert links.evaluate_all("all => all.filter(one => !document.getElementById(one.hash.slice(1)))") == []
    assert opened.locator("nav a").count() == len(project.dictionary.forms)


def test_a_link_to_a_field_shows_it_below_the_header(opened: Page) -> None:
    opened.evaluate("location.hash = 'kidney_onset'")
    row = opened.locator("#kidney_onset")
    expect(row).to_be_in_viewport(ratio=1)
    header = opened.locator("header.top").bounding_box()
    place = row.bounding_box()
    assert header and place and place["y"] >= header["y"] + header["height"]


def test_search_keeps_fields_with_every_word(opened: Page) -> None:
    page = opened
    page.get_by_label("Search").fill("LOINC  creatinine")
    shown = page.locator("tr.field:visible")
    assert "lab_crea_val" in shown.evaluate_all("all => all.map(one => one.id)")
    assert 0 < shown.count() < 10
    expect(page.locator("#found")).to_have_text(f"{shown.count()} fields found")
    assert page.locator("section.form:visible").count() == page.locator("nav li:visible").count() == 1
    page.get_by_label("Search").fill("クレアチニン")
    assert page.locator("tr.field:visible").count() > 0
    page.get_by_label("Search").fill("no such words at all")
    expect(page.get_by_text("No field holds all of these words.")).to_be_visible()
    page.evaluate("location.hash = 'kidney_onset'")
    expect(page.locator("#kidney_onset")).to_be_in_viewport()
    expect(page.get_by_label("Search")).to_have_value("")


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_and_is_accessible(page: Page, tmp_path: Path, width: int) -> None:
    with showing(page, tmp_path, codebook_html(Codebook(clinic.project())), width):
        fits(page)
        grave(page)


FIELDS = (
    Field("record_id", "first", FieldType.TEXT, "<b>Record</b> & more", identifier=True),
    Field("sex", "first", FieldType.RADIO, "Sex", choices_or_calculations="1, Female | 2, Male", required=True),
    Field("age", "first", FieldType.TEXT, "Age", validation="integer", minimum="0", maximum="120", note="years"),
    Field("twice", "second", FieldType.CALC, "Twice", choices_or_calculations="[age] * 2 + [event][age]"),
    Field("born", "second", FieldType.YESNO, "Given birth", branching_logic="[sex]='1' and [gone] < '<i>'"),
    Field("lab", "second", FieldType.TEXT, "Lab", annotation="@READONLY LOINC=2160-0"),
)


def row_of(page: Page, name: str) -> str:
    return page.locator(f"#{name}").inner_text()


def test_it_says_all_there_is_of_a_field(page: Page, tmp_path: Path) -> None:
    japanese = Language(
        "ja",
        "日本語",
        forms={"first": "最初"},
        fields={"sex": FieldTexts("性別", choices={"1": "女性"}), "age": FieldTexts(note="歳")},
    )
    project = Project("Small", DataDictionary(FIELDS), {"first": "First", "second": "Second"})
    content = codebook_html(
        Codebook(
            project,
            languages=(ENGLISH, japanese),
            writers={"first": "site", "second": "worker"},
            terms={"lab": ("LOINC 2160-0",)},
        )
    )
    with showing(page, tmp_path, content):
        assert "Record & more" in row_of(page, "record_id") and "identifier" in row_of(page, "record_id")
        assert all(
            word in row_of(page, "sex") for word in ("Sex", "性別", "Female 女性", "Male", "required", "radio")
        )
        assert all(word in row_of(page, "age") for word in ("integer, 0 – 120", "years", "歳"))
        assert page.locator("#twice code a").all_inner_texts() == ["[age]", "[event][age]"]
        assert "[sex]='1' and [gone] < '<i>'" in row_of(page, "born")
        assert page.locator("#born td a").all_inner_texts() == ["[sex]"]
        assert all(word in row_of(page, "born") for word in ("yesno", "Yes はい"))
        assert page.locator("#lab .terms li").all_inner_texts() == ["LOINC 2160-0"]
        assert "LOINC=" not in row_of(page, "lab") and "@READONLY" in row_of(page, "lab")
        assert page.locator("#form-first .about").first.inner_text() == "first · Written by the site"
        assert page.locator("#form-first h2").inner_text() == "First 最初"


def test_the_command_writes_it(tmp_path: Path, licats: str) -> None:
    run = CliRunner().invoke(
        program_of(), ["instruments", "codebook", "--out", str(tmp_path / "book"), "--language", "en"]
    )
    assert run.exit_code == 0, run.output
    assert (tmp_path / "book" / "index.html").read_text("utf-8") == licats
    japanese = CliRunner().invoke(
        program_of(), ["instruments", "codebook", "--out", str(tmp_path), "--language", "ja"]
    )
    assert japanese.exit_code == 0
    assert '<html lang="ja">' in (tmp_path / "index.html").read_text("utf-8")


def test_nothing_in_a_dictionary_is_markup() -> None:
    hostile = (
        "<b>x</b><script>window.broken=1</script>\"><img src=x onerror=window.broken=1></script><!--'</style>"
    )
    page = codebook_html(Codebook(clinic.hostile_project(hostile)))
    assert "window.broken" in page
    assert [page.count(tag) for tag in ("<script", "</script", "</style", "<img", "<!--")] == [1, 1, 1, 0, 0]
