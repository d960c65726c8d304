"""The page as Chromium shows it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import drawn_study as study
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from redcap_licats.messages import LANGUAGES, Texts
from redcap_licats.report.html.page import write_page

#: the data say more than one would type by mistake
HOSTILE = "<script>window.broken=1</script><img src=x onerror=window.broken=1>=cmd()'\"&amp;\u202egnp.\x07\x00"


def opened(browser: Browser, path: Path, **options: object) -> tuple[Page, list[str], list[str]]:
    """Open a page; gives what it asked for besides itself, and what it complained about."""
    page = browser.new_page(**options)  # type: ignore[arg-type]
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    asked.remove(path.as_uri())
    return page, asked, complaints


def rows_shown(page: Page, table: str) -> int:
    return page.locator(f"#{table} tbody tr:visible").count()


def unfold(page: Page) -> None:
    page.locator("details.folded:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_whole_without_network(browser: Browser, pages: dict[str, Path], language: str) -> None:
    page, asked, complaints = opened(browser, pages[language])
    assert page.locator("html").get_attribute("lang") == language
    for name in ("ageing", "swimmer", "incidence", "timing", "grades"):
        figure = page.locator(f"#figure-{name} svg")
        assert figure.count() >= 1
        box = figure.first.bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["height"] > 100
    assert asked == []
    assert complaints == []
    page.close()


def test_its_policy_forbids_to_ask_anybody(browser: Browser, pages: dict[str, Path]) -> None:
    """Every way of asking is tried; the browser names the rule of the page's policy that forbids it."""
    page, _, _ = opened(browser, pages["en"])
    forbidden = page.evaluate("""() => new Promise(done => {
        const seen = [];
        document.addEventListener("securitypolicyviolation", event => {
            seen.push(event.effectiveDirective);
            if (seen.length === 5) { done(seen.sort()); }
        });
        const add = (tag, key, value) =>
            document.body.append(Object.assign(document.createElement(tag), {[key]: value}));
        add("img", "src", "http://127.0.0.1:9/picture");
        add("script", "src", "http://127.0.0.1:9/script");
        add("script", "textContent", "window.broken = 1");
        add("iframe", "src", "http://127.0.0.1:9/frame");
        fetch("http://127.0.0.1:9/data").catch(() => null);
    })""")
    assert forbidden == ["connect-src", "frame-src", "img-src", "script-src-elem", "script-src-elem"]
    assert page.evaluate("window.broken === undefined")
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_serious_hinders_anybody(browser: Browser, pages: dict[str, Path], language: str) -> None:
    page, _, _ = opened(browser, pages[language])
    unfold(page)
    found = Axe().run(page).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not grave, json.dumps([(one["id"], one["nodes"][0]["html"][:200]) for one in grave], indent=1)
    page.close()


def test_rows_are_found_and_shown_again(browser: Browser, pages: dict[str, Path]) -> None:
    page, _, complaints = opened(browser, pages["en"])
    unfold(page)
    assert rows_shown(page, "event-list") == len(study.page_data().report.events)
    tools = page.locator("section#events .filters")
    tools.get_by_label("Organ").select_option("Kidney")
    assert rows_shown(page, "event-list") == 12
    assert "12 of" in (tools.locator("output").text_content() or "")
    tools.get_by_role("searchbox").fill("no such thing")
    assert rows_shown(page, "event-list") == 0
    tools.get_by_role("button").click()
    assert rows_shown(page, "event-list") == len(study.page_data().report.events)
    assert complaints == []
    page.close()


def test_rows_are_sorted_from_the_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    page, _, _ = opened(browser, pages["en"])
    head = page.locator("#organ-timing thead th").last
    column = page.locator("#organ-timing tbody tr td:last-child")
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    rising = [int(one) for one in column.all_text_contents()]
    assert rising == sorted(rising)
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Space")
    assert [int(one) for one in column.all_text_contents()] == rising[::-1]
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.locator("#organ-timing tfoot tr").count() == 1
    page.close()


def test_parts_of_the_swimmer_plot_are_switched_off(browser: Browser, pages: dict[str, Path]) -> None:
    page, _, _ = opened(browser, pages["en"])
    marks = page.locator("#figure-swimmer .layer-stay")
    assert marks.count() > 30
    page.get_by_role("checkbox", name="Hospital stay").uncheck()
    expect(marks.first).to_be_hidden()
    page.get_by_role("checkbox", name="Hospital stay").check()
    expect(marks.first).to_be_visible()
    assert "Hospital stay" in (marks.first.locator("title").text_content() or "")
    page.close()


def test_it_says_all_without_a_script(browser: Browser, pages: dict[str, Path]) -> None:
    page, asked, _ = opened(browser, pages["en"], java_script_enabled=False)
    assert page.locator("button, .filters, .layers:visible").count() == 0
    assert page.locator("details.folded").count() == page.locator("details.folded[open]").count() >= 3
    expect(page.locator("#event-list tbody tr").last).to_be_visible()
    expect(page.locator("#figure-swimmer svg").first).to_be_visible()
    assert asked == []
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_screen_scrolls_tables_not_the_page(
    browser: Browser, pages: dict[str, Path], language: str
) -> None:
    page, _, _ = opened(browser, pages[language], viewport={"width": 360, "height": 740})
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()


def test_nothing_an_entry_says_is_carried_out(browser: Browser, tmp_path: Path) -> None:
    rows = []
    for row in study.study_rows():
        record = f"{HOSTILE}{row['record_id']}"
        free = {key: HOSTILE for key in row if key == "redcap_data_access_group" and row[key]}
        rows.append({**row, "record_id": record, **free})
    path = write_page(study.page_data(tuple(rows)), tmp_path / "page.html", "en")
    page, asked, complaints = opened(browser, path)
    assert page.evaluate("window.broken === undefined")
    assert page.locator("img, iframe, script").count() == 1  # its own
    assert "<script>window.broken=1</script>" in (page.locator("#event-list tbody th").first.text_content() or "")
    assert "<script>" in (page.locator("#figure-swimmer svg title").nth(1).text_content() or "")
    assert "\u202e" not in path.read_text(encoding="utf-8")
    assert asked == []
    assert complaints == []
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_print_nothing_is_folded_or_cut(
    browser: Browser, pages: dict[str, Path], language: str, tmp_path: Path
) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        assert not os.environ.get("CI"), "pdftotext is not installed"
        pytest.skip("pdftotext is not installed")
    page, _, _ = opened(browser, pages[language])
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    page.close()
    printed = subprocess.run([reader, "-raw", tmp_path / "page.pdf", "-"], check=True, capture_output=True)
    sheets = ["".join(one.split()) for one in printed.stdout.decode().split("\f")[:-1]]
    text = "".join(sheets)
    report = study.page_data().report
    for rule in report.rules:
        assert "".join(rule.title[language].split()) in text
    words = Texts(language)
    # a table that goes on has its head on every page
    head = "".join(words("report.column.classification").split())
    sheets_of_events = [one for one in sheets if "LICATS" in one and head in one]
    assert len(sheets_of_events) >= 2
    assert f"{len(sheets)}/{len(sheets)}" in sheets[-1]
