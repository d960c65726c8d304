"""A form as Chromium shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import clinic
import pytest
from axe_playwright_python.sync_playwright import Axe
from clinic import Opened, document, form_page
from playwright.sync_api import Page, expect

from redcap_licats.pages import FormPage, Place, submitted

Open = Callable[..., Opened]


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Iterator[Open]:
    forms: list[Opened] = []

    def open_form(form: FormPage | None = None, width: int = 1000) -> Opened:
        for one in forms:
            one.close()
        forms.append(Opened(page, tmp_path / "form.html", document(form or form_page()), width))
        return forms[-1]

    yield open_form
    forms[-1].close()
    for one in forms:
        assert one.complaints == []
        assert one.asked == []


def test_branching_hides_shows_and_follows_through(opened: Open) -> None:
    form = opened()
    assert not form.shown("pregnant")
    form.choose("sex", "f")
    assert form.shown("pregnant")
    assert not form.shown("due")
    form.choose("pregnant", "1")
    assert form.shown("due")
    form.choose("pregnant", "0")
    assert not form.shown("due")
    form.box("symptoms", "1").check()
    assert form.shown("fever_since")


def test_a_filled_field_is_hidden_only_when_a_person_says_so(opened: Open) -> None:
    form = opened()
    form.choose("sex", "f")
    form.choose("pregnant", "1")
    form.fill("due", "2026-09-01")
    form.choose("sex", "m")
    expect(form.page.locator("dialog li")).to_have_text(["Pregnant"])
    form.answer("Keep and show")
    assert form.shown("pregnant")
    assert "because it holds a value" in form.message("pregnant")
    form.choose("sex", "f")
    assert form.page.locator(f"{form.row('pregnant')} .message").is_hidden()
    form.choose("sex", "m")
    form.answer("Erase and hide")
    expect(form.page.locator("dialog li")).to_have_text(["Due date"])  # now that nothing asks for it
    form.answer("Erase and hide")
    assert not form.shown("pregnant")
    assert not form.shown("due")
    assert "pregnant" not in form.posted()
    assert form.posted()["due"] == ""


def test_a_project_that_keeps_hidden_values_asks_nobody(opened: Open) -> None:
    form = opened(form_page(project=clinic.project(PreventBranchingEraseValues="1")))
    form.choose("sex", "f")
    form.choose("pregnant", "0")
    form.choose("sex", "m")
    assert not form.shown("pregnant")
    assert form.posted()["pregnant"] == "0"


def test_calculations_follow_what_is_typed(opened: Open) -> None:
    form = opened()
    assert form.value("bmi") == ""
    form.fill("height", "160")
    form.fill("weight", "64.0")
    assert form.value("bmi") == "25"
    assert form.value("words") == "not obese"
    assert not form.shown("heavy")
    form.fill("age", "40")
    form.fill("weight", "84.5")
    assert form.value("bmi") == "33"
    assert form.value("words") == "obese"
    assert form.text("heavy") == "BMI of 33 at 40 years"
    form.choose("sex", "f")
    form.choose("pregnant", "1")
    form.fill("due", "2026-02-25")
    assert form.value("recall") == "2026-03-04"


def test_a_value_out_of_range_may_be_kept_a_wrong_format_not(opened: Open) -> None:
    form = opened()
    form.choose("itch", "1")
    form.fill("age", "120")
    assert "suggested range (0 to 110)" in form.message("age")
    assert form.input("age").get_attribute("aria-invalid") is None
    form.fill("age", "12o")
    assert "not an integer" in form.message("age")
    assert form.input("age").get_attribute("aria-invalid") == "true"
    form.page.locator("#save").click()
    expect(form.page.locator("dialog h2")).to_have_text("Values to be corrected")
    form.answer("Go back")
    expect(form.input("age")).to_be_focused()
    form.fill("age", "12")
    assert form.page.locator(f"{form.row('age')} .message").is_hidden()


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("born", "31-02-1990", "28-02-1990"),
        ("born", "1990-02-28x", "1/2/1990"),
        ("seen", "2026-01-01", "2026-01-01 23:59"),
        ("weight", "64", "64.0"),
        ("mail", "ann@", "ann@example.org"),
        ("hour", "24:00", "23:59"),
        ("height", "1,5", "1.5"),
    ],
)
def test_formats(opened: Open, name: str, wrong: str, right: str) -> None:
    form = opened()
    form.fill(name, wrong)
    assert "Please correct it" in form.message(name)
    form.fill(name, right)
    assert form.page.locator(f"{form.row(name)} .message").is_hidden()


def test_a_date_is_shown_in_its_order_and_limited_by_today(opened: Open) -> None:
    page = form_page({"born": "1986-02-03"})
    form = opened(page)
    assert form.value("born") == "03-02-1986"
    form.fill("born", "05-03-2026")
    assert "(04-03-2026 or less)" in form.message("born")
    form.page.locator(f"{form.row('born')} .today").click()
    assert form.value("born") == "04-03-2026"
    assert form.page.locator(f"{form.row('born')} .message").is_hidden()
    form.page.locator(f"{form.row('seen')} .today").click()
    assert form.value("seen") == "2026-03-04 05:06"
    assert submitted(page, form.posted())["born"] == "2026-03-04"


def test_required_fields_warn_but_do_not_trap(opened: Open) -> None:
    form = opened()
    form.page.evaluate("""document.querySelector('form').addEventListener('submit', event => {
        window.went = !event.defaultPrevented;
        event.preventDefault();
    })""")
    form.page.locator("#save").click()
    expect(form.page.locator("dialog li")).to_have_text(["Age", "Itch"])
    form.answer("Go back")
    expect(form.input("age")).to_be_focused()
    assert form.page.evaluate("window.went") is False
    form.page.locator("#save").click()
    form.answer("Save all the same")
    form.page.wait_for_function("window.went === true")  # the answer is heard a moment after the dialog is closed


def test_missing_data_codes(opened: Open) -> None:
    page = form_page()
    form = opened(page)
    form.fill("age", "30")
    form.page.locator(f"{form.row('age')} button.missing").click()
    form.answer("Unknown (UNK)")
    assert "Marked as missing: Unknown (UNK)" in form.text("age")
    form.page.locator(f"{form.row('symptoms')} button.missing").click()
    form.answer("Not done (ND)")
    form.page.locator(f"{form.row('sex')} button.missing").click()
    form.answer("Not done (ND)")
    form.page.locator(f"{form.row('itch')} button.missing").click()
    form.answer("Not done (ND)")
    values = submitted(page, form.posted())
    assert (values["age"], values["sex"], values["itch"]) == ("UNK", "ND", "ND")
    assert values["symptoms___nd"] == "1"
    assert values["symptoms___1"] == "0"
    assert form.page.locator(f"{form.row('entered')} button.missing").count() == 0
    again = opened(form_page(values))
    assert "Marked as missing: Unknown (UNK)" in again.text("age")
    assert submitted(page, again.posted()) == values
    again.page.locator(f"{again.row('age')} button.clear").click()
    again.fill("age", "31")
    assert submitted(page, again.posted())["age"] == "31"


def test_action_tags(opened: Open) -> None:
    form = opened()
    assert form.value("secret") == "quiet"
    assert not form.shown("secret")
    assert form.value("by") == "ann"
    assert form.input("by").get_attribute("readonly") is not None
    assert form.value("entered") == "2026-03-04"
    assert form.page.locator("[name=ward] option").all_inner_texts() == ["– choose –", "Ward A", "Ward B"]
    remark = form.input("remark")
    assert remark.get_attribute("placeholder") == "as told"
    remark.press_sequentially("twenty characters and more")
    assert remark.input_value() == "twenty characters an"
    assert "0 characters left" in form.text("remark")
    form.box("symptoms", "1").check()
    form.box("symptoms", "2").check()
    assert form.box("symptoms", "3").is_disabled()
    assert "At most 2" in form.message("symptoms")
    form.box("symptoms", "1").uncheck()
    form.box("symptoms", "0").check()
    assert not form.box("symptoms", "2").is_checked()


def test_defaults_do_not_touch_a_form_that_was_saved(opened: Open) -> None:
    form = opened(form_page({"age": "40"}))
    assert form.value("secret") == ""
    assert form.value("entered") == ""


def test_reset_slider_and_matrix(opened: Open) -> None:
    page = form_page()
    form = opened(page)
    form.choose("sex", "f")
    form.page.locator(f"{form.row('sex')} .reset").click()
    assert "sex" not in form.posted()
    assert submitted(page, form.posted())["mood"] == ""
    form.page.locator(f"{form.row('mood')} input[type=range]").focus()
    form.page.keyboard.press("ArrowRight")
    assert submitted(page, form.posted())["mood"] == "51"
    form.page.locator(f"{form.row('mood')} .reset").click()
    assert submitted(page, form.posted())["mood"] == ""
    assert not form.shown("cough")
    form.page.get_by_role("radio", name="Itch Mild").check()
    assert form.posted()["itch"] == "1"
    form.box("symptoms", "3").check()
    assert form.shown("cough")


def test_the_language_changes_without_loading(opened: Open) -> None:
    form = opened()
    form.fill("age", "120")
    form.language("ja")
    assert form.page.locator("html").get_attribute("lang") == "ja"
    assert form.text("age").startswith("年齢")
    assert "必須項目" in form.text("age")
    assert "満年齢" in form.text("age")
    assert "想定される範囲" in form.message("age")
    assert form.page.get_by_role("radio", name="女性").is_visible()
    assert form.page.get_by_role("radio", name="痛み 軽度").is_visible()
    assert form.page.locator("[name=ward] option").nth(1).inner_text() == "A病棟"
    assert form.page.get_by_role("heading", name="患者").is_visible()
    assert form.text("height").startswith("Height")  # has no translation
    form.page.locator(f"{form.row('age')} button.missing").click()
    form.answer("不明")
    assert "欠測:不明(UNK)" in form.text("age")
    assert form.page.get_by_label("言語").is_visible()


def test_what_the_rest_of_the_record_holds_is_read(opened: Open) -> None:
    page = form_page(form="drug", place=Place("7", "", 2), rows=clinic.filled_elsewhere())
    form = opened(page)
    assert form.shown("why")
    assert form.text("why").startswith("Why was 40 treated on 03-02-1986?")


def test_nothing_can_be_entered_where_all_is_read_only(opened: Open) -> None:
    values = {"age": "40", "sex": "f", "pregnant": "1", "symptoms___1": "1", "ward": "b", "itch": "2", "mood": "7"}
    page = form_page(values, readonly=True)
    form = opened(page)
    enabled = form.page.locator("form :is(input:not([type=hidden]), select, textarea):enabled:not([readonly])")
    assert enabled.count() == 0
    assert form.page.locator("form .licats-form button").count() == 0
    assert form.page.get_by_role("radio", name="Female").is_checked()
    assert submitted(page, form.posted()) == {}


def test_a_locked_field_keeps_its_value(opened: Open) -> None:
    values = {"age": "40", "sex": "f", "symptoms___1": "1", "ward": "b"}
    page = form_page(values, readonly_fields=frozenset({"age", "sex", "symptoms", "ward"}))
    form = opened(page)
    assert form.shown("pregnant")
    assert form.shown("fever_since")
    assert not {"age", "sex", "symptoms___1", "ward"} & submitted(page, form.posted()).keys()


def test_it_can_be_filled_by_the_keyboard_alone(opened: Open) -> None:
    form = opened()
    keys = form.page.keyboard
    form.input("record_id").focus()
    keys.press("Tab")
    keys.type("12o")
    keys.press("Tab")  # the menu of missing codes
    keys.press("Shift+Tab")
    assert "not an integer" in form.message("age")
    keys.press("Control+A")
    keys.type("12")
    keys.press("Tab")
    expect(form.page.locator(f"{form.row('age')} button.missing")).to_be_focused()
    keys.press("Enter")
    expect(form.page.locator("dialog button", has_text="Go back")).to_be_focused()
    keys.press("Escape")
    expect(form.input("age")).to_be_focused()
    form.page.locator("[name=sex]").first.focus()
    keys.press("Space")
    assert form.posted()["sex"] == "f"
    outline = form.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize("width", [1000, 360])
def test_nothing_serious_hinders_anybody(opened: Open, width: int) -> None:
    form = opened(form_page({"symptoms___1": "1", "symptoms___3": "1", "sex": "f", "pregnant": "UNK"}), width)
    form.fill("age", "x")
    fits(form.page)
    grave(form.page)
    form.page.locator(f"{form.row('age')} button.missing").click()
    grave(form.page)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def grave(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not bad, json.dumps([(one["id"], one["nodes"][0]["html"][:300]) for one in bad], indent=1)
