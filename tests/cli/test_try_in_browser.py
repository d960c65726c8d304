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
HOSTILE = "<script>window.broken=1</script>'\"><img src=x onerror=window.broken=1>"
#: key towards an element, and how many stops lie at least before it: looking after each takes twice as long
AHEAD = """target => {
  const here = document.activeElement, group = one => one.type === "radio" ? one.name : one;
  const follows = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  const back = follows(target, here) && target.type !== "radio";
  const [from, to] = back ? [target, here] : [here, target];
  const between = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")]
    .filter(one => follows(from, one) && follows(one, to) && !one.disabled)
    .filter(one => one.checkVisibility({visibilityProperty: true}))
    .map(group).filter(one => one !== group(here) && one !== group(target));
  return [back ? "Shift+Tab" : "Tab", new Set(between).size];
}"""


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
class Words:
    """What a person reads who goes through the pages in a language."""

    site: str
    language: int
    add: str
    kidney: str
    answer: str
    decide: str
    back: str
    closed: str


ENGLISH = Words(
    "site_a",
    0,
    "Add new record",
    "LICATS: Kidney",
    "Answer this query",
    "Decide on it",
    "The query itself",
    "Closed",
)
JAPANESE = Words(
    site="site_b",
    language=1,
    add="新しいレコードを追加",
    kidney="LICATS:腎臓",
    answer="このクエリに回答",
    decide="判定",
    back="このクエリを開く",
    closed="終了",
)


@dataclass(frozen=True)
class Desk:
    """Somebody before a screen without a mouse: what is to be used is reached by Tab."""

    page: Page
    address: str

    def row(self, field: str) -> Locator:
        return self.page.locator(f'[data-field="{field}"]')

    def reach(self, target: Locator) -> None:
        element = target.element_handle()
        for _ in range(200):
            if element.evaluate("one => one === document.activeElement"):
                return
            key, stops = element.evaluate(AHEAD)
            for _ in range(1 + stops):
                self.page.keyboard.press(key)
        raise AssertionError(f"not reached by Tab: {target}")

    def press(self, target: Locator) -> None:
        """Go where a link or button leads."""
        self.reach(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, **texts: str) -> None:
        for field, text in texts.items():
            self.reach(self.row(field).locator('input[type="text"], textarea'))
            self.page.keyboard.type(text)

    def choose(self, **steps: int) -> None:
        """Choose the first answer of groups, or one some steps below it."""
        for field, number in steps.items():
            self.reach(self.row(field).locator('input[type="radio"]').first)
            self.page.keyboard.press("Space")
            for _ in range(number):
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

    def link(self, words: str) -> None:
        self.press(self.page.get_by_role("link", name=words, exact=True))

    def sign_in(self, user: str) -> None:
        self.page.goto(f"{self.address}sign-in")
        self.press(self.page.locator(f'button[name="user"][value="{user}"]'))

    def reload_until(self, place: Locator, text: str) -> None:
        end = time.monotonic() + _PATIENCE
        while text not in (place.text_content() or ""):
            assert time.monotonic() < end, place.text_content()
            time.sleep(0.5)
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
    desk.menu("enrolment")
    desk.write(enr_age="34")
    desk.choose(enr_sex=0, enr_dx=0)
    desk.write(enr_consent_date="2025-12-20")
    expect(desk.row("enr_kidney_evid")).to_be_hidden()
    desk.choose(enr_kidney_aff=0, **{f"enr_{organ}_aff": 1 for organ in ORGANS[1:]})
    expect(desk.row("enr_kidney_evid")).to_be_visible()
    desk.write(enr_kidney_evid=HOSTILE)
    desk.choose(enr_kidney_act=1)
    desk.save("enrolment")
    desk.menu("infusion")
    desk.write(inf_ld_start="2026-01-05", inf_ld_end="2026-01-07", inf_date="2026-01-10")
    desk.save("infusion")
    desk.menu("labs")
    for number, (date, creatinine) in enumerate((("2026-01-03", "0.8"), ("2026-01-21", "1.3")), 1):
        desk.write(lab_date=date)
        desk.step(desk.page.locator('select[name="lab_lab"]'), 1)
        desk.choose(lab_ref_differ=1)
        desk.write(lab_crea_val=creatinine)
        desk.save("labs", "next_instance" if number == 1 else "exit")


def fill_the_event(desk: Desk) -> None:
    desk.write(kidney_onset="2026-01-20")
    desk.choose(kidney_ongoing=0)
    expect(desk.row("kidney_end")).to_be_hidden()
    desk.choose(kidney_ongoing=1)
    expect(desk.row("kidney_end")).to_be_visible()
    desk.write(kidney_end="2026-01-18")
    desk.choose(kidney_newworse=0)
    desk.reach(desk.page.locator('input[name="kidney_crit___crea"]'))
    desk.page.keyboard.press("Space")
    desk.choose(kidney_gc=1, kidney_hosp=1, kidney_icu=1, kidney_inv_grade=0)
    desk.save("licats_kidney", "stay")


@pytest.mark.parametrize("words", [ENGLISH, JAPANESE], ids=["en", "ja"])
def test_from_an_empty_record_to_a_closed_query_with_the_keyboard_alone(desk: Desk, words: Words) -> None:
    page = desk.page
    page.goto(f"{desk.address}sign-in")
    desk.step(page.locator("header select[name=language]"), words.language)
    desk.press(page.locator('header form[action="/language"] button'))
    desk.nothing_serious()
    desk.press(page.locator(f'button[name="user"][value="coordinator_{words.site}"]'))
    desk.press(page.get_by_role("button", name=words.add))
    fill_until_the_event(desk)
    desk.menu("licats_kidney")
    expect(page.locator("h1")).to_have_text(words.kidney)
    desk.nothing_serious()
    fill_the_event(desk)
    line = desk.row("kidney_status_top")
    desk.reload_until(line, "grade 1, early, day 10")
    expect(line).to_contain_text("open quer")

    # the query's text stands on its own form, and on the answer's
    record = page.locator(".menu-record strong").text_content() or ""
    desk.press(page.locator(".menu-record a"))
    desk.nothing_serious()
    query = page.locator("#licats_query li a", has_text="DT02")
    desk.press(query)
    text = desk.row("qry_text_d").locator("textarea").input_value()
    assert "2026-01-18" in text
    assert page.locator("form.entry-form").count() == 0
    desk.link(words.answer)
    expect(desk.row("ans_query")).to_contain_text(text)
    desk.link(words.back)
    expect(desk.row("qry_text_d")).to_be_visible()
    desk.link(words.answer)
    desk.choose(ans_reason=2)
    desk.write(ans_comment="As in the source.", ans_date="2026-02-01")
    expect(desk.row("ans_by").locator("input[type=text]")).to_have_value(f"coordinator_{words.site}")
    desk.save("licats_query_answer")

    desk.sign_in("monitor")
    desk.nothing_serious()
    desk.link(record)
    desk.press(query)
    desk.link(words.decide)
    expect(desk.row("dec_answer")).to_contain_text("As in the source.")
    desk.choose(dec_action=0)
    desk.write(dec_date="2026-02-02")
    desk.save("licats_query_decision")
    desk.reload_until(query, words.closed)
    expect(page.locator("html")).to_have_attribute("lang", "ja" if words is JAPANESE else "en")
    assert page.evaluate("window.broken === undefined")


def test_the_pages_beside_it_have_nothing_serious(desk: Desk) -> None:
    desk.sign_in("monitor")
    for path in ("../../", "languages", "form?id=1-1&form=none"):
        desk.page.goto(desk.address + path)
        desk.nothing_serious()
