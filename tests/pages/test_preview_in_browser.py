"""The preview of all forms as Chromium shows and prints it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import clinic
import pytest
from clinic import Opened
from playwright.sync_api import Page, expect
from test_form_in_browser import fits, grave

from redcap_licats.definition.odm import read_project
from redcap_licats.forms.build import build_project
from redcap_licats.forms.second_language import languages
from redcap_licats.forms.terms import standard_terms
from redcap_licats.pages import ENGLISH, FormPage
from redcap_licats.pages.preview import Preview, Style, preview_html, print_pdf
from redcap_licats.protocol import load_protocol


@pytest.fixture(scope="module")
def licats() -> str:
    """The preview of the protocol's own forms."""
    protocol = load_protocol()
    project = build_project(protocol)
    terms = standard_terms(protocol)
    return preview_html(Preview(project, protocol.version, languages(protocol), "en", terms))


@pytest.fixture
def opened(page: Page, tmp_path: Path, licats: str) -> Iterator[Opened]:
    one = Opened(page, tmp_path / "preview.html", licats)
    yield one
    one.close()
    assert one.complaints == []
    assert one.asked == []


def test_the_same_project_gives_the_same_bytes(licats: str) -> None:
    protocol = load_protocol()
    again = Preview(build_project(protocol), protocol.version, languages(protocol), "en", standard_terms(protocol))
    assert preview_html(again) == licats
    assert len(licats.encode()) < 2_500_000


def test_every_form_is_shown_with_all_its_fields(opened: Opened) -> None:
    project = build_project(load_protocol())
    assert opened.page.locator("nav a").count() == len(project.dictionary.forms)
    shown = opened.page.locator("[data-field]").evaluate_all("all => all.map(one => one.dataset.field)")
    assert shown == [field.name for field in project.dictionary]
    assert opened.page.locator("form.page:visible").count() == 1
    opened.page.locator("nav a[href='#page-licats_kidney']").click()
    expect(opened.page.locator("#title-licats_kidney")).to_be_focused()
    assert opened.page.locator("form.page:visible").count() == 1


def test_branching_reads_the_other_forms(page: Page, tmp_path: Path) -> None:
    one = Opened(page, tmp_path / "page.html", preview_html(Preview(clinic.project())))
    one.fill("age", "40")
    one.fill("born", "03-02-1986")
    page.get_by_role("link", name="Drug", exact=True).click()
    assert one.text("why").startswith("Why was 40 treated on 03-02-1986?")
    page.get_by_role("link", name="Visit", exact=True).click()
    one.fill("age", "3")
    page.get_by_role("link", name="Drug", exact=True).click()
    assert not one.shown("why")
    one.close()


def test_a_form_of_the_protocol_in_both_languages(opened: Opened) -> None:
    page = opened.page
    page.locator("nav a[href='#page-licats_kidney']").click()
    assert opened.shown("kidney_onset")
    opened.choose("kidney_onset_prec", "month")
    assert not opened.shown("kidney_onset")
    assert opened.shown("kidney_onset_ym")
    opened.language("ja")
    assert page.locator("#page-licats_kidney h2").inner_text() == "LICATS:腎臓"
    cause = opened.row("kidney_ac_infection")
    assert page.locator(f"{cause} th").inner_text() == "感染症"
    page.locator(f"{cause} [value='0']").check()
    page.locator("#page-licats_kidney [type=submit]").click()
    expect(page.locator("dialog h2")).to_have_text("未入力の必須項目があります")
    opened.answer("このまま保存する")
    assert "保存はされません" in page.locator("#page-licats_kidney .passed").inner_text()


def test_a_calculation_reads_another_form(opened: Opened) -> None:
    opened.page.locator("nav a[href='#page-infusion']").click()
    opened.fill("inf_date", "2026-01-05")
    opened.page.locator("nav a[href='#page-licats_kidney']").click()
    opened.fill("kidney_onset", "2026-01-25")
    assert opened.value("kidney_pv_day") == "20"
    assert opened.value("kidney_pv_timing").startswith("Intermediate")
    opened.fill("kidney_onset", "2026-01-0x")
    assert opened.value("kidney_pv_day") == ""


def test_ranges_follow_the_protocol(opened: Opened) -> None:
    opened.page.goto(f"{opened.page.url}#page-labs")
    opened.fill("lab_crea_val", "5000")
    assert "0.1 to 1768" in opened.message("lab_crea_val")
    assert opened.shown("lab_crea_cens")


def test_the_annotated_form_tells_what_stands_behind(opened: Opened) -> None:
    opened.page.goto(f"{opened.page.url}#page-labs")
    assert "lab_crea_val" not in opened.text("lab_crea_val")
    opened.page.locator("[name=view][value=annotated]").check()
    told = opened.text("lab_crea_val")
    assert "lab_crea_val text (number, 0.1 – 1768)" in told
    assert "LOINC 2160-0 · UCUM mg/dL,umol/L · SDTM LB.LBORRES · TEST CREAT" in told
    assert "Annotation" not in told
    unit = opened.text("lab_crea_unit")  # not asked for now, and yet on paper
    assert "Shown if: [lab_crea_val] <> '' and" in unit
    assert "UCUM mgdl:mg/dL,umoll:umol/L" in unit
    assert opened.page.locator("#page-labs select[name=lab_crea_unit]").is_hidden()
    assert opened.page.locator(f"{opened.row('lab_crea_unit')} ul.paper li").all_inner_texts() == [
        "mgdl\nmg/dL",
        "umoll\nµmol/L",
    ]


def test_nothing_serious_hinders_anybody_on_an_organ_form(page: Page, tmp_path: Path) -> None:
    form = FormPage(build_project(load_protocol()), "licats_kidney")
    one = Opened(page, tmp_path / "page.html", clinic.document(form), width=360)
    fits(page)
    grave(page)
    one.close()


@pytest.mark.parametrize(("view", "width"), [("screen", 1000), ("annotated", 360)])
def test_nothing_serious_hinders_anybody(page: Page, tmp_path: Path, view: str, width: int) -> None:
    html = preview_html(Preview(clinic.project(), "1.2", (ENGLISH, clinic.JAPANESE)))
    one = Opened(page, tmp_path / "page.html", html, width)
    page.locator(f"[name=view][value={view}]").check()
    fits(page)
    grave(page)
    one.close()


def test_both_crfs_are_printed(tmp_path: Path) -> None:
    html = preview_html(Preview(clinic.project(), "1.2", (clinic.JAPANESE, ENGLISH), "ja"))
    texts = {}
    for style in Style:
        pdf = tmp_path / f"{style}.pdf"
        print_pdf(html, pdf, style)
        done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, check=True)
        texts[style] = done.stdout.decode().split("\f")
    for pages in texts.values():
        assert "Clinic · プロトコル 1.2" in pages[0]
        assert "来院" in pages[0].splitlines()[0]
        assert re.search(rf"1 ?/ ?{len(pages) - 1}\b", pages[0])
        assert "薬剤" in pages[-2].splitlines()[0]  # a form begins on a page of its own
        assert "なし" in "".join(pages)
    blank, annotated = ("".join(texts[style]) for style in (Style.BLANK, Style.ANNOTATED))
    assert "round([weight]" in annotated
    assert "round([weight]" not in blank
    assert "fever_since" in annotated
    assert "fever_since" not in blank


HOSTILE = "<b>x</b><script>window.broken=1</script>\"><img src=x onerror=window.broken=1></script><!--'</style>"


def test_nothing_in_a_dictionary_runs(page: Page, tmp_path: Path) -> None:
    """Every text of a dictionary, of a second language and of a record says more than it should."""
    hostile = clinic.hostile_project(HOSTILE)
    for content in (
        clinic.hostile_document(hostile, HOSTILE),
        preview_html(clinic.hostile_preview(hostile, HOSTILE)),
    ):
        one = Opened(page, tmp_path / "hostile.html", content)
        one.language("xx")
        assert page.evaluate("window.broken") is None
        assert page.locator("main img, main script, main style").count() == 0
        assert page.locator("main b", has_text="x").count() > 0
        bad = page.evaluate("""[...document.querySelectorAll('main *')].flatMap(
            one => [...one.attributes].map(a => a.name).filter(name => name.startsWith('on')))""")
        assert bad == []
        one.close()
        assert one.complaints == []
        assert one.asked == []


@pytest.mark.parametrize(
    "name",
    [
        "arm-single-longitudinal",
        "blank-for-gray-status",
        "checkboxes-1",
        "dag",
        "decimal-comma-and-dot",
        "longitudinal",
        "repeating-instruments",
        "simple",
        "survey",
        "validation-types-1",
    ],
)
def test_recorded_dictionaries(name: str, conformance: Path, page: Page, tmp_path: Path) -> None:
    project = read_project((conformance / "projects" / name / "project.xml").read_bytes())
    one = Opened(page, tmp_path / "page.html", preview_html(Preview(project)))
    shown = page.locator("[data-field]").evaluate_all("all => all.map(one => one.dataset.field)")
    assert shown == [field.name for field in project.dictionary]
    for field in project.dictionary:
        given = page.locator(f'{one.row(field.name)} :is([type=radio], option:not([value=""]), [data-code])')
        assert given.count() == len(field.choices), field.name
    one.close()
    assert one.complaints == []
