"""Second line in a browser: the escalation round trip between two people, and nobody's typing is disturbed."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from domain.words import Language, Role
from tests.api.staff_pages.questions import answered, asked, asked_back, broken, forwarded
from tests.browser.conftest import NewContext
from tests.browser.desks import Desks, desks_over
from tests.browser.installation import Colleague, Installation
from tests.browser.pages import BOTH_WAYS, Looks, sound

LONG = "The installer stops at 95 %, says nothing, and a second run finds the first one's files locked. " * 3


@pytest.fixture
def desks(engine: Engine) -> Iterator[Desks]:
    """Rows alone."""
    with desks_over(engine) as desks:
        yield desks


@pytest.fixture
def specialist(installation: Installation) -> Colleague:
    """Who asks."""
    return installation.hire(name="Anna Orlova")


@pytest.fixture
def case(installation: Installation, specialist: Colleague) -> UUID:
    """They have spoken with its customer."""
    case = installation.respond(name=f"Ivan {uuid4().hex[:8]}")
    installation.command(specialist, case, "claim")
    installation.command(specialist, case, "attempts", {"outcome": "reached"})
    return case


def looked_at(installation: Installation, new_context: NewContext, who: Colleague, path: str) -> Page:
    context = new_context(Looks())
    installation.sign_in(context, who)
    page = context.new_page()
    page.goto(installation.url + path)
    return page


def write(page: Page, form: str, text: str) -> None:
    """Open this form of the case's page, fill it in, send it."""
    page.locator(f"{form} > summary").click()
    page.locator(f"{form} textarea").fill(text)
    page.locator(f"{form} button.primary").click()


def test_a_question_goes_to_second_line_and_comes_back_answered(
    installation: Installation, new_context: NewContext, specialist: Colleague, case: UUID
) -> None:
    ours = looked_at(installation, new_context, installation.hire(Role.SECOND_LINE), "/reviews")
    theirs = looked_at(installation, new_context, specialist, f"/desk/cases/{case}")
    write(theirs, "#do-escalate", "Which version runs there?")
    question = ours.locator("article", has=ours.locator(f"a[href='/desk/cases/{case}']"))
    expect(question).to_contain_text("Which version runs there?")  # by itself
    question.get_by_role("link", name="Answer").click()
    ours.get_by_label("Your answer").fill("Which system is it?")
    ours.get_by_role("button", name="Ask back").click()
    expect(question).to_contain_text("the specialist's turn")
    expect(theirs.locator("#case")).to_contain_text("Which system is it?")
    write(theirs, "[id^=do-reply]:not([hidden])", "Windows 7.")
    expect(question).to_contain_text("Windows 7.")
    question.get_by_role("link", name="Answer").click()
    ours.get_by_label("Hand on to a third party").fill("DEV-4711")
    ours.keyboard.press("Enter")
    expect(question).to_contain_text("at a third party, reference DEV-4711")
    question.get_by_role("link", name="Answer").click()
    ours.get_by_label("Your answer").fill("Version 12 does.")
    ours.get_by_role("button", name="Answer", exact=True).click()
    expect(ours).to_have_url(f"{installation.url}/reviews")
    expect(question).to_have_count(0)
    expect(theirs.locator("#case")).to_contain_text("Version 12 does.")


def test_what_one_types_stays_when_a_colleague_answers_first(
    installation: Installation, new_context: NewContext, specialist: Colleague, case: UUID
) -> None:
    review = installation.command(specialist, case, "reviews", {"question": "Which version?"})["reviews"][0]["id"]  # type: ignore[call-overload,index]  # JSON
    ours = looked_at(installation, new_context, installation.hire(Role.SECOND_LINE), f"/reviews/{case}/{review}")
    ours.get_by_label("Your answer").press_sequentially("Version 1")
    lead = installation.hire(Role.LEAD, name="Olga Green")
    installation.command(lead, case, f"reviews/{review}/answer", {"text": "Version 12."})
    expect(ours.locator("#review")).to_contain_text("Olga Green answers")
    ours.keyboard.type("3.")
    expect(ours.get_by_label("Your answer")).to_have_value("Version 13.")
    ours.get_by_role("button", name="Answer", exact=True).click()
    expect(ours.get_by_role("alert")).to_contain_text("does not wait for an answer any more")
    expect(ours.locator("textarea")).to_have_value("Version 13.")
    ours.get_by_role("button", name="Leave it as a note").click()
    expect(ours.locator("#case")).to_contain_text("Version 13.")


@pytest.mark.parametrize(
    "looks",
    BOTH_WAYS,
    ids=str,
)
def test_it_is_sound_in_both_languages_by_day_and_by_night(desks: Desks, new_context: NewContext, looks: Looks) -> None:
    questions = busy(desks)
    context = new_context(looks)
    desks.sign_in(context, "second_line", Language(looks.language))
    page = context.new_page()
    for path in ("/reviews", *questions):
        page.goto(desks.url + path)
        sound(page)


def test_the_list_is_walked_by_keyboard(desks: Desks, new_context: NewContext) -> None:
    questions = busy(desks)
    context = new_context(Looks())
    desks.sign_in(context, "second_line")
    page = context.new_page()
    page.goto(f"{desks.url}/reviews")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(desks.url + questions[0])
    page.keyboard.press("a")
    expect(page.get_by_label("Your answer")).to_be_focused()


def busy(desks: Desks) -> list[str]:
    """A question for each turn, an answered one, and two promises to rescue; the paths of the questions."""
    office = desks.office
    desks.rename("specialist", "Анна Орлова")
    waits, third, back, done = (asked(office, f"{text} {LONG}") for text in ("First.", "Second.", "Third.", "Fourth."))
    forwarded(office, third, "DEV-4711")
    asked_back(office, back, "Which system is it?")
    answered(office, done, "Yes.")
    for _ in range(2):
        broken(office)
    return [f"/reviews/{case}/{review}" for case, review in (waits, third, back, done)]
