"""The whole plug-in in a browser, served by ``licats sandbox try``: from an empty record to a closed query."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from redcap_licats.cli.sandbox_try import try_study
from redcap_licats.errors import ConfigError

#: seconds until what has to come is given up
_PATIENCE = 60
ORGANS = ("kidney", "skin", "muscle", "joint", "heart", "lung", "gi", "other")
CAUSES = ("infection", "drug", "crs", "icans", "flare", "othercause", "tma", "contrast", "volume", "cmv")
HOSTILE = "<script>window.broken=1</script>'\"><img src=x onerror=window.broken=1>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the study's pages, served by the command itself."""
    command = "from redcap_licats.cli import main; main()"
    folder = tmp_path_factory.mktemp("try") / "study"
    process = subprocess.Popen(
        [sys.executable, "-c", command, "sandbox", "try", "--out", str(folder), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("Open http://127.0.0.1:"), line
    yield line.split()[1]
    process.terminate()
    assert process.wait(_PATIENCE) == 0
    process.stdout.close()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "sandbox.sqlite").write_text("mine too")
    with pytest.raises(ConfigError, match="something else"):
        try_study(folder=tmp_path, port=0, patients=0, overlay=None)
    assert {one.name for one in tmp_path.iterdir()} == {"mine.txt", "sandbox.sqlite"}


@dataclass(frozen=True)
class Desk:
    """Somebody before a screen."""

    page: Page
    address: str

    def sign_in(self, user: str) -> None:
        self.page.goto(f"{self.address}sign-in")
        self.page.locator(f'button[name="user"][value="{user}"]').click()

    def menu(self, form: str) -> None:
        self.page.locator(f'nav.menu a[href*="form={form}"]').first.click()

    def row(self, field: str) -> Locator:
        return self.page.locator(f'[data-field="{field}"]')

    def choose(self, **codes: str) -> None:
        for field, code in codes.items():
            self.row(field).locator(f'input[value="{code}"]').check()

    def write(self, **texts: str) -> None:
        for field, text in texts.items():
            self.row(field).locator('input[type="text"], textarea').fill(text)

    def save(self, form: str, then: str = "exit") -> None:
        self.page.locator(f'select[name="{form}_complete"]').select_option("2")
        self.page.locator(f'button[name="__then"][value="{then}"]').click()
        expect(self.page.locator(".notice.good")).to_be_visible()

    def reload_until(self, place: Locator, text: str) -> None:
        end = time.monotonic() + _PATIENCE
        while text not in (place.text_content() or ""):
            assert time.monotonic() < end, place.text_content()
            time.sleep(1)
            self.page.reload()

    def nothing_serious(self) -> None:
        found = Axe().run(self.page).response["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not grave, json.dumps([(one["id"], one["nodes"][0]["html"][:200]) for one in grave], indent=1)


@pytest.fixture(scope="module")
def desk(browser: Browser, address: str) -> Iterator[Desk]:
    page = browser.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield Desk(page, address)
    page.close()
    # a refused page is answered with 4xx, which the browser mentions
    assert [one for one in complaints if "status of 4" not in one] == []
    server = address.partition("projects/")[0]
    assert {url for url in asked if not url.startswith(server) and url != "data:,"} == set()


def fill_until_the_event(desk: Desk) -> None:
    desk.choose(enr_sex="F", enr_dx="sle", **{f"enr_{organ}_aff": "0" for organ in ORGANS})
    expect(desk.row("enr_kidney_evid")).to_be_hidden()
    desk.choose(enr_kidney_aff="1", enr_kidney_act="0")
    expect(desk.row("enr_kidney_evid")).to_be_visible()
    desk.write(enr_age="34", enr_consent_date="2025-12-20", enr_kidney_evid=HOSTILE)
    desk.save("enrolment")
    desk.menu("infusion")
    desk.write(inf_date="2026-01-10", inf_ld_start="2026-01-05", inf_ld_end="2026-01-07")
    desk.save("infusion")
    desk.menu("labs")
    for number, (date, creatinine) in enumerate((("2026-01-03", "0.8"), ("2026-01-21", "1.3")), 1):
        desk.row("lab_lab").locator("select").select_option("conv")
        desk.choose(lab_ref_differ="0")
        desk.write(lab_date=date, lab_sample_id=f"S{number}", lab_crea_val=creatinine, lab_bcell_val="0")
        desk.save("labs", "next_instance" if number == 1 else "exit")


def test_from_an_empty_record_to_a_resolved_query(desk: Desk) -> None:
    page = desk.page
    desk.sign_in("coordinator_site_a")
    page.get_by_role("button", name="Add new record").click()
    desk.menu("enrolment")
    fill_until_the_event(desk)
    desk.menu("licats_kidney")
    desk.write(kidney_sx_start="2026-01-20", kidney_onset="2026-01-20", kidney_end="2026-01-18")
    desk.choose(kidney_ongoing="0", kidney_newworse="new", kidney_inner="0", kidney_outcome="res")
    desk.choose(kidney_gc="1")
    expect(desk.row("kidney_gc_reason")).to_be_visible()
    desk.choose(kidney_gc="0", kidney_hosp="0", kidney_icu="0", kidney_inv_grade="1")
    expect(desk.row("kidney_gc_reason")).to_be_hidden()
    desk.choose(**{f"kidney_ac_{cause}": "0" for cause in CAUSES})
    page.locator('input[name="kidney_crit___crea"]').check()
    desk.save("licats_kidney", "stay")
    line = desk.row("kidney_status_top")
    desk.reload_until(line, "grade 1, early, day 10")
    expect(line).to_contain_text("open quer")

    # the query's text stands on its own form, and on the answer's
    page.locator(".menu-record a").click()
    desk.nothing_serious()
    query = page.locator("#licats_query li a", has_text="DT02")
    query.click()
    text = desk.row("qry_text_d").locator("textarea").input_value()
    assert "2026-01-18" in text
    assert page.locator("form.entry-form").count() == 0
    page.get_by_role("link", name="Answer this query").click()
    expect(desk.row("ans_query")).to_contain_text(text)
    desk.choose(ans_reason="confirmed")
    desk.write(ans_comment="As in the source.", ans_date="2026-02-01")
    expect(desk.row("ans_by").locator("input[type=text]")).to_have_value("coordinator_site_a")
    desk.save("licats_query_answer")

    desk.sign_in("monitor")
    desk.nothing_serious()
    page.locator("table.dashboard tbody th a").first.click()
    page.locator("#licats_query li a", has_text="DT02").click()
    page.get_by_role("link", name="Decide on it").click()
    expect(desk.row("dec_answer")).to_contain_text("As in the source.")
    desk.choose(dec_action="accept")
    desk.write(dec_date="2026-02-02")
    desk.save("licats_query_decision")
    state = page.locator("#licats_query li a", has_text="DT02")
    desk.reload_until(state, "Closed")
    assert page.evaluate("window.broken === undefined")
    for path in ("../../", "languages", "form?id=1-1&form=none"):
        page.goto(desk.address + path)
        desk.nothing_serious()


@dataclass(frozen=True)
class Keys:
    """Somebody without a mouse: what is to be used is reached by Tab, in the order of the page."""

    page: Page

    def reach(self, target: Locator) -> None:
        element = target.element_handle()
        for _ in range(400):
            if element.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached by Tab: {target}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.reach(target)
        self.page.keyboard.press(key)
        self.page.wait_for_load_state()

    def write(self, field: str, text: str) -> None:
        self.reach(self.page.locator(f'[data-field="{field}"] input[type="text"]'))
        self.page.keyboard.type(text)

    def choose(self, field: str, steps: int) -> None:
        """Choose the first answer of a group, or one some steps below it."""
        self.reach(self.page.locator(f'[data-field="{field}"] input[type="radio"]').first)
        self.page.keyboard.press("Space")
        for _ in range(steps):
            self.page.keyboard.press("ArrowDown")

    def step(self, select: Locator, steps: int) -> None:
        self.reach(select)
        for _ in range(steps):
            self.page.keyboard.press("ArrowDown")

    def save(self, form: str, then: str = "exit") -> None:
        self.step(self.page.locator(f'select[name="{form}_complete"]'), 2)
        self.press(self.page.locator(f'button[name="__then"][value="{then}"]'))
        expect(self.page.locator(".notice.good")).to_be_visible()

    def menu(self, form: str) -> None:
        self.press(self.page.locator(f'nav.menu a[href*="form={form}"]').first)


def test_in_japanese_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.page
    keys = Keys(page)
    page.goto(f"{desk.address}sign-in")
    desk.nothing_serious()
    keys.step(page.locator("header select[name=language]"), 1)
    keys.press(page.get_by_role("button", name="Change"))
    keys.press(page.locator('button[name="user"][value="coordinator_site_b"]'))
    keys.press(page.get_by_role("button", name="新しいレコードを追加"))
    keys.menu("enrolment")
    keys.write("enr_age", "41")
    keys.choose("enr_sex", 0)
    keys.choose("enr_dx", 0)
    keys.write("enr_consent_date", "2025-12-20")
    keys.choose("enr_kidney_aff", 0)
    expect(desk.row("enr_kidney_evid")).to_be_visible()
    keys.write("enr_kidney_evid", "生検")
    keys.choose("enr_kidney_act", 1)
    for organ in ORGANS[1:]:
        keys.choose(f"enr_{organ}_aff", 1)
    keys.save("enrolment")
    expect(page.locator(".notice.good")).to_contain_text("を作成し、フォームを保存しました。")
    keys.menu("infusion")
    keys.write("inf_date", "2026-01-10")
    keys.save("infusion")
    keys.menu("labs")
    for number, (date, creatinine) in enumerate((("2026-01-03", "0.8"), ("2026-01-21", "1.3")), 1):
        keys.write("lab_date", date)
        keys.step(page.locator('select[name="lab_lab"]'), 1)
        keys.choose("lab_ref_differ", 1)
        keys.write("lab_crea_val", creatinine)
        keys.save("labs", "next_instance" if number == 1 else "exit")
    keys.menu("licats_kidney")
    expect(page.locator("h1")).to_have_text("LICATS:腎臓")
    keys.write("kidney_onset", "2026-01-20")
    keys.choose("kidney_ongoing", 0)
    expect(desk.row("kidney_end")).to_be_hidden()
    keys.choose("kidney_newworse", 0)
    keys.press(page.locator('input[name="kidney_crit___crea"]'), "Space")
    for field, steps in (("kidney_gc", 1), ("kidney_hosp", 1), ("kidney_icu", 1), ("kidney_inv_grade", 0)):
        keys.choose(field, steps)
    keys.save("licats_kidney", "stay")
    line = desk.row("kidney_status_top")
    desk.reload_until(line, "1")
    assert line.text_content()
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    desk.nothing_serious()
