"""A session that ends while its page is open: the page says so, keeps what was typed, and goes on after signing in."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import Engine
from sqlmodel import Session

from db import accounts
from domain.messages import Claim, Release
from domain.words import Language
from tests.api.staff_pages.entering import PASSWORD, account
from tests.browser.desks import Desks, desks_over
from tests.browser.pages import Looks, sound
from tests.waiting import until

WHO = "specialist"


@pytest.fixture
def desks(engine: Engine) -> Iterator[Desks]:
    with desks_over(engine) as desks:
        for who in (WHO, "other"):
            account(desks.office, who)
        yield desks


@pytest.fixture
def case(desks: Desks) -> UUID:
    return desks.open("Anna Belova", Claim(by=desks.desk.staff[WHO].by))


@pytest.fixture
def page(desks: Desks, case: UUID, context: BrowserContext, looks: Looks, complaints: list[str]) -> Iterator[Page]:
    """The case, with half a note on it; refused requests are no fault."""
    desks.sign_in(context, WHO, Language(looks.language))
    page = context.new_page()
    page.goto(f"{desks.url}/desk/cases/{case}")
    until(lambda: desks.replicas[0].feed.listeners or None, "the page listens")
    page.locator("#do-note > summary").click()
    page.locator("#note-text").fill("Half a word")
    yield page
    assert [one for one in complaints if not one.startswith("401: ")] == []
    complaints.clear()


def notice(page: Page) -> Locator:
    return page.locator("#signed-out")


def save(page: Page) -> None:
    page.locator("#form-note button").click()


def sign_out(desks: Desks) -> None:
    """Somewhere else."""
    with Session(desks.desk.engine) as session, session.begin():
        accounts.sign_out_everywhere(session, desks.office.staff(WHO))


def sign_in(page: Page, who: str) -> Page:
    """By the link on the page; the new tab."""
    with page.context.expect_page() as opened:
        notice(page).get_by_role("link").click()
    tab = opened.value
    tab.locator("#login").fill(who)
    tab.locator("#password").fill(PASSWORD)
    tab.locator("button.primary").click()
    return tab


def test_what_was_typed_is_kept_and_sent_after_signing_in_again(desks: Desks, page: Page, case: UUID) -> None:
    other = page.context.new_page()
    other.goto(f"{desks.url}/desk")
    other.locator(".menu > summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.locator("#password")).to_be_visible()
    save(page)
    expect(notice(page)).to_contain_text("You have been signed out. What you typed stays on this page.")
    expect(page.locator("#note-text")).to_have_value("Half a word")
    tab = sign_in(page, WHO)
    expect(tab).to_have_url(f"{desks.url}/desk/cases/{case}")
    expect(notice(page)).to_be_hidden()
    save(page)
    expect(page.locator(".steps")).to_contain_text("Half a word")


def test_nobody_sends_what_somebody_else_typed(desks: Desks, page: Page) -> None:
    sign_out(desks)
    save(page)
    tab = sign_in(page, "other")
    expect(tab.locator(".steps")).to_be_visible()
    save(page)
    expect(notice(page)).to_be_visible()
    expect(page.locator("#note-text")).to_have_value("Half a word")
    expect(tab.locator(".steps")).not_to_contain_text("Half a word")


def test_a_page_that_hears_of_a_change_says_that_it_may_not_see_it(desks: Desks, page: Page, case: UUID) -> None:
    fetched: list[str] = []
    sign_out(desks)
    desks.desk.obey(case, Release(by=desks.desk.staff[WHO].by))
    expect(notice(page)).to_be_visible()
    expect(page.locator("#note-text")).to_have_value("Half a word")
    until(lambda: not desks.replicas[0].feed.listeners or None, "the stream is let go")
    page.on("request", lambda request: fetched.append(request.url))
    page.evaluate("document.dispatchEvent(new CustomEvent('case:look'))")
    expect(notice(page)).to_be_visible()
    assert fetched == []


@pytest.mark.parametrize("looks", [Looks("ru"), Looks.phone("en")], ids=str)
def test_it_is_said_soundly_in_both_languages(desks: Desks, page: Page, looks: Looks) -> None:
    sign_out(desks)
    save(page)
    said = {"ru": "Набранное осталось на этой странице.", "en": "What you typed stays on this page."}
    expect(notice(page)).to_contain_text(said[looks.language])
    sound(page)


def test_a_stream_that_is_refused_is_not_asked_for_again(
    desks: Desks, context: BrowserContext, complaints: list[str]
) -> None:
    desks.sign_in(context, WHO)
    page, asked = context.new_page(), list[str]()

    def end_session_first(route: Route) -> None:
        asked.append(route.request.url)
        sign_out(desks)
        route.continue_()

    page.route("**/events*", end_session_first)
    page.clock.install()
    page.goto(f"{desks.url}/desk")
    expect(notice(page)).to_be_visible()
    page.clock.fast_forward(60_000)
    assert page.evaluate("fetch('/me').then((answer) => answer.status)") == 401  # behind whatever the clock set off
    assert len(asked) == 1
    assert {one[:8] for one in complaints} == {"401: GET"}
    complaints.clear()
