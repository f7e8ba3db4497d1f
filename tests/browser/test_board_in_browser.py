"""Board, administration, signing in: sound in both languages, by day and by night, on a phone."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from domain.messages import Claim, LogAttempt, Resolve
from domain.words import AttemptOutcome, Language
from tests.browser.conftest import NewContext
from tests.browser.desks import Desks, desks_over
from tests.browser.pages import BOTH_WAYS, Looks, sound

LEAD = (
    "/board",
    "/board?by=month&product=home",
    "/board/cases?now=open",
    "/board/cases/{case}",
    "/desk/duty",
    "/desk/search",
)
ADMIN = ("/admin/staff", "/admin/staff/{admin}", "/admin/tokens", "/admin/causes", "/desk")
"""The last one is not for them, and says so."""
NOBODY = ("/sign-in",)


@pytest.fixture
def desks(engine: Engine) -> Iterator[Desks]:
    """Rows alone."""
    with desks_over(engine) as desks:
        yield desks


@pytest.fixture
def case(desks: Desks) -> UUID:
    """Open; beside it one that was solved."""
    by = desks.desk.staff["specialist"].by
    reached = LogAttempt(by=by, attempt=uuid4(), outcome=AttemptOutcome.REACHED)
    solved = Resolve(by=by, cause="setup", text=uuid4(), solved=True, one_conversation=True)
    desks.desk.open(Claim(by=by), reached, solved, product="home", nps=3)
    return desks.desk.open(product="home")


def as_person(desks: Desks, new_context: NewContext, who: str, looks: Looks) -> Page:
    context = new_context(looks)
    desks.sign_in(context, who, Language(looks.language))
    return context.new_page()


@pytest.mark.parametrize("looks", BOTH_WAYS, ids=str)
def test_the_board_is_sound(desks: Desks, case: UUID, new_context: NewContext, looks: Looks) -> None:
    page = as_person(desks, new_context, "lead", looks)
    for path in LEAD:
        page.goto(desks.url + path.format(case=case))
        for closed in page.locator("main details").all():
            closed.evaluate("one => one.open = true")
        sound(page)


@pytest.mark.parametrize("looks", BOTH_WAYS, ids=str)
def test_administration_and_signing_in_are_sound(desks: Desks, new_context: NewContext, looks: Looks) -> None:
    page = as_person(desks, new_context, "admin", looks)
    for path in (*ADMIN, "/password"):
        page.goto(desks.url + path.format(admin=desks.desk.staff["admin"].id))
        sound(page)
    page.context.clear_cookies()
    for path in NOBODY:
        page.goto(desks.url + path)
        sound(page)


def test_a_number_of_the_board_opens_its_cases_and_follows_the_feed(
    desks: Desks, case: UUID, new_context: NewContext
) -> None:
    page = as_person(desks, new_context, "manager", Looks())
    page.goto(f"{desks.url}/board")
    untaken = page.locator("a.big[href='/board/cases?now=nobodys']")
    expect(untaken).to_contain_text("1")
    desks.desk.open()
    expect(untaken).to_contain_text("2")
    untaken.click()
    expect(page.locator(f"a[href='/board/cases/{case}'], a[href='/desk/cases/{case}']").first).to_be_visible()
