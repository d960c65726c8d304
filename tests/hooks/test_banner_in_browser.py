"""The banner as people see it: rendered by the module behind real PHP, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from small_redcap import SmallRedcap

HOSTILE = (
    """<img src=x onerror="document.title='hit'"><script>document.title='hit'</script> 発現日 & "日付" '</li>"""
)
#: where the query on the kidney form stands among the rows of the small study
QUERY = "7"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen."""
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


def show(page: Page, redcap: SmallRedcap, **world: object) -> None:
    redcap.do("new", world)
    page.goto(f"{redcap.url}/test/page")


def asked_for(redcap: SmallRedcap) -> list[tuple[str, str]]:
    with redcap.client() as client:
        return [(one.record, one.reason) for one in client.module.changes().changes]


def test_what_people_entered_is_shown_as_text(redcap: SmallRedcap, page: Page) -> None:
    show(page, redcap, rows={"7": {QUERY: {"qry_text_d": HOSTILE}}})
    banner = page.locator("#licats-banner")
    page.get_by_text("1 open query").click()
    expect(banner.locator("li")).to_have_count(1)
    expect(banner.locator("li")).to_contain_text(HOSTILE)
    expect(banner.locator("li")).to_be_visible()
    assert banner.locator("img, script").count() == 0
    assert page.title() == "form"


def test_the_banner_speaks_japanese(redcap: SmallRedcap, page: Page) -> None:
    show(page, redcap, language="Japanese")
    banner = page.locator("#licats-banner")
    for words in ("LICATS:腎臓", "グレード2", "未解決クエリ1件", "実行完了の報告はまだありません"):
        expect(banner).to_contain_text(words)
    expect(page.get_by_role("button", name="今すぐ再計算")).to_be_enabled()


def test_what_was_saved_since_marks_the_banner_as_stale(redcap: SmallRedcap, page: Page) -> None:
    show(page, redcap)
    fresh = page.locator("#licats-banner").get_attribute("class")
    assert page.get_by_text("Saved").count() == 0
    redcap.save("1", "licats_kidney", 1)
    page.reload()
    stale = page.locator("#licats-banner")
    assert (fresh, stale.get_attribute("class")) == ("blue", "yellow")
    expect(stale.locator("strong").last).to_be_visible()


def test_recompute_now_asks_once_for_the_record_of_the_page(redcap: SmallRedcap, page: Page) -> None:
    show(page, redcap)
    button, said = page.locator("#licats-recompute"), page.locator("#licats-recompute-said")
    with page.expect_request("**/test/ajax") as sent:
        button.click()
    assert json.loads(sent.value.post_data or "") == ["recompute", {}]
    expect(said).to_have_text(button.get_attribute("data-done") or "-")
    expect(button).to_be_disabled()
    assert asked_for(redcap) == [("1", "recompute")]
    page.reload()
    button.click()
    expect(said).to_have_text(button.get_attribute("data-already") or "-")
    assert asked_for(redcap) == [("1", "recompute")]


def test_a_request_that_failed_may_be_made_again(redcap: SmallRedcap, page: Page) -> None:
    show(page, redcap)
    button, said = page.locator("#licats-recompute"), page.locator("#licats-recompute-said")
    page.route("**/test/ajax", lambda route: route.fulfill(status=500, body="{}"))
    button.click()
    expect(said).to_have_text(button.get_attribute("data-failed") or "-")
    expect(button).to_be_enabled()
    page.unroute("**/test/ajax")
    # a refusal of the module is told in the same words
    page.route("**/test/ajax", lambda route: route.fulfill(json={"state": "refused"}))
    button.click()
    expect(said).to_have_text(button.get_attribute("data-failed") or "-")
    page.unroute("**/test/ajax")
    button.click()
    expect(said).to_have_text(button.get_attribute("data-done") or "-")
    expect(button).to_be_disabled()
