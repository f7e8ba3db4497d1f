"""The case page in a browser: whole loops, two people on one case, a promise that turns red, and typing left alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import Engine
from sqlmodel import Session

from channels.simulator.people import Script
from db.casework import Attempt, Note
from db.columns import new_id, now
from db.outreach import Alert, FinalSurvey, Message
from db.people import Customer, Licence, Organisation, Purchase
from domain.messages import AskBack, Assign, Call, Claim, Escalate, LogAttempt
from domain.words import AttemptOutcome, Language, Role
from tests.browser.conftest import NewContext
from tests.browser.desks import Desks, desks_over
from tests.browser.installation import Colleague, Installation
from tests.browser.pages import BOTH_WAYS, Looks, fits, sound
from tests.waiting import until

LATE = re.compile(r"\blate\b")
LISTEN = """() => {
  [window.told, window.refreshed] = [[], 0];
  document.addEventListener("feed:case", ({ detail }) => window.told.push(detail.case));
  document.addEventListener("case:changed", () => window.refreshed++);
}"""
"""Of which cases the page hears, and how often it reads its own anew."""


@pytest.fixture
def desks(engine: Engine) -> Iterator[Desks]:
    """Rows alone."""
    with desks_over(engine) as desks:
        yield desks


@pytest.fixture
def mine(desks: Desks, context: BrowserContext) -> tuple[Page, UUID]:
    """My case, and a page to look at it."""
    desks.sign_in(context)
    return context.new_page(), desks.open("Anna Belova", Claim(by=desks.desk.staff["specialist"].by))


def show(page: Page, desks: Desks, case: UUID) -> None:
    """Open it, and wait until it follows the feed."""
    page.goto(f"{desks.url}/desk/cases/{case}")
    until(lambda: desks.replicas[0].feed.listeners or None, "the page listens")


def looked_at(
    installation: Installation, new_context: NewContext, who: Colleague, case: UUID, looks: Looks | None = None
) -> Page:
    context = new_context(looks or Looks())
    installation.sign_in(context, who)
    page = context.new_page()
    page.goto(f"{installation.url}/desk/cases/{case}")
    return page


def test_a_whole_loop_from_the_claim_to_the_resolution(installation: Installation, new_context: NewContext) -> None:
    """With the keyboard where it is shorter; the customer answers the telephone."""
    anna, phone = installation.hire(name="Anna Orlova"), "+79160009901"
    installation.simulator.direct(phone, Script(ring_seconds=0.5, talk_seconds=0.5))
    page = looked_at(installation, new_context, anna, installation.respond(phone=phone))
    page.keyboard.press("t")
    expect(page.locator(".whose")).to_have_text("Your case")
    page.keyboard.press("c")
    expect(page.locator("#call-now")).to_contain_text(re.compile("A call is under way|Ringing the customer|Live"))
    expect(page.locator(".chip").first).to_have_text("In progress")  # by itself, once they have spoken
    expect(page.locator("#call-now")).to_have_count(0)
    page.locator("#do-resolve > summary").click()
    page.get_by_label("Cause").select_option("setup")
    page.get_by_label("What solved it").fill("Installed the update together.")
    page.locator("#form-resolve input[name=solved][value=yes]").check()
    page.locator("#form-resolve input[name=one_conversation][value=yes]").check()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.locator(".chip").first).to_have_text("Resolved")
    expect(page.locator(".steps")).to_contain_text("Installed the update together.")
    expect(page.locator("#do-resolve")).to_be_hidden()


def test_of_two_on_one_case_one_is_refused_and_told_who_has_it(
    installation: Installation, new_context: NewContext
) -> None:
    anna, boris = installation.hire(name="Anna Orlova"), installation.hire(name="Boris Titov")
    case = installation.respond()
    hers = looked_at(installation, new_context, anna, case)
    his = looked_at(installation, new_context, boris, case, Looks().without_scripts())
    expect(his.locator("#presence")).to_have_text("Anna Orlova is looking at this case too.")
    hers.get_by_role("button", name="Take the case").click()
    expect(hers.locator(".whose")).to_have_text("Your case")
    his.get_by_role("button", name="Take the case").click()
    expect(his.get_by_role("alert")).to_have_text("Anna Orlova already has this case. Take another one.")
    expect(his.locator(".whose")).to_have_text("Owner: Anna Orlova")
    expect(his.get_by_role("button", name="Take the case")).to_have_count(0)
    his.goto(f"{installation.url}/desk/cases/{case}")
    expect(his.get_by_role("alert")).to_have_count(0)


def test_whoever_looks_as_well_sees_that_it_was_taken(installation: Installation, new_context: NewContext) -> None:
    lead, case = installation.hire(Role.LEAD, language=Language.RU), installation.respond()
    page = looked_at(installation, new_context, lead, case, Looks("ru"))
    expect(page.locator(".whose")).to_have_text("Ни у кого")
    installation.command(installation.hire(name="Anna Orlova"), case, "claim")
    expect(page.locator(".whose")).to_have_text("Ответственный: Anna Orlova")
    expect(page.locator(".steps")).to_contain_text("Обращение взято в работу.")


def test_a_promise_turns_red_when_its_hour_is_over(desks: Desks, mine: tuple[Page, UUID]) -> None:
    page, case = mine
    page.goto(f"{desks.url}/desk/cases/{case}")
    timer = page.locator(".dues sla-timer")
    expect(timer).not_to_have_class(LATE)
    calm = timer.evaluate("one => getComputedStyle(one).color")
    page.clock.set_fixed_time(now() + timedelta(minutes=50))
    expect(timer).to_have_class(re.compile("soon"))
    page.clock.set_fixed_time(now() + timedelta(minutes=65))
    expect(timer).to_have_class(LATE)
    expect(timer).to_contain_text("−")
    assert timer.evaluate("one => getComputedStyle(one).color") != calm


def test_what_is_unfolded_stays_so_whatever_happens_meanwhile(desks: Desks, mine: tuple[Page, UUID]) -> None:
    page, case = mine
    show(page, desks, case)
    page.locator("#do-note > summary").click()
    desks.desk.obey(case, Assign(by=desks.desk.staff["lead"].by, owner=desks.office.staff("other"), comment=new_id()))
    expect(page.locator(".whose")).to_have_text("Owner: Other Smith")
    expect(page.locator("#note-text")).to_be_visible()


def test_what_happens_meanwhile_disturbs_nobody_who_types(desks: Desks, mine: tuple[Page, UUID]) -> None:
    page, case = mine
    me, lead = desks.desk.staff["specialist"].by, desks.desk.staff["lead"].by
    desks.desk.obey(case, LogAttempt(by=me, attempt=new_id(), outcome=AttemptOutcome.REACHED))
    show(page, desks, case)
    for form in ("callback", "escalate", "note"):
        page.locator(f"#do-{form} > summary").click()
    page.locator("#escalate-text").fill("Does it run on 7?")
    page.locator("#note-text").press_sequentially("Half a wo")
    key = page.locator("#form-note input[name=key]").input_value()
    desks.desk.obey(case, Assign(by=lead, owner=desks.office.staff("other"), comment=new_id()))
    expect(page.locator(".whose")).to_have_text("Owner: Other Smith")
    page.keyboard.type("rd")
    expect(page.locator("#note-text")).to_have_value("Half a word")
    expect(page.locator("#form-note input[name=key]")).to_have_value(key)
    expect(page.locator("#escalate-text")).to_have_value("Does it run on 7?")  # though it may not be asked any more
    expect(page.locator("#do-callback")).to_be_hidden()
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator(".steps")).to_contain_text("Half a word")


def test_what_was_refused_stays_through_what_happens_next(
    desks: Desks, mine: tuple[Page, UUID], complaints: list[str]
) -> None:
    page, case = mine
    show(page, desks, case)
    page.locator("#do-withdraw > summary").click()
    page.locator("#withdraw-text").fill("They said no.")
    page.get_by_role("button", name="End the case").click()
    expect(page.get_by_role("alert")).to_contain_text("Send it again: it is carried out once.")
    assert [one[:9] for one in complaints] == ["503: POST"]
    complaints.clear()
    key = page.locator("#form-withdraw input[name=key]").input_value()
    until(lambda: desks.replicas[0].feed.listeners or None, "the page listens")
    desks.desk.obey(case, Call(by=desks.desk.staff["specialist"].by, attempt=new_id()))
    expect(page.locator("#call-now")).to_be_visible()
    expect(page.locator("#withdraw-text")).to_have_value("They said no.")
    expect(page.locator("#form-withdraw input[name=key]")).to_have_value(key)


def test_a_call_is_followed_while_it_rings(desks: Desks, mine: tuple[Page, UUID]) -> None:
    page, case = mine
    settings = desks.replicas[0].app.state.parts.settings
    attempt = new_id()
    show(page, desks, case)
    desks.desk.obey(case, Call(by=desks.desk.staff["specialist"].by, attempt=attempt))
    expect(page.locator("#call-now")).to_contain_text("A call is under way")
    assert not settings.uses_twilio
    rung(desks, attempt, accepted_at=now())
    expect(page.locator("#call-now")).to_contain_text("Ringing the customer")
    rung(desks, attempt, picked_up_at=now(), answered_by="human")
    expect(page.locator("#call-now")).to_contain_text("Live")


def rung(desks: Desks, attempt: UUID, **told: object) -> None:
    """What the provider tells of a call is written to its row."""
    with Session(desks.desk.engine) as session, session.begin():
        session.get_one(Attempt, attempt).sqlmodel_update(told)


def test_another_case_is_none_of_our_business(desks: Desks, mine: tuple[Page, UUID]) -> None:
    page, case = mine
    other = desks.open("Ivan Petrov")
    show(page, desks, case)
    page.evaluate(LISTEN)
    desks.desk.obey(other, Claim(by=desks.desk.staff["other"].by))
    desks.desk.obey(
        case, LogAttempt(by=desks.desk.staff["specialist"].by, attempt=new_id(), outcome=AttemptOutcome.BUSY)
    )
    expect(page.locator(".steps")).to_contain_text("Busy")
    told, refreshed = page.evaluate("[window.told, window.refreshed]")
    assert str(other) in told
    assert refreshed == told.count(str(case)) > 0


def test_one_fills_in_a_form_without_a_mouse(desks: Desks, mine: tuple[Page, UUID]) -> None:
    page, case = mine
    show(page, desks, case)
    page.locator("#do-note > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("call me c, take t")
    expect(page.locator("#note-text")).to_have_value("call me c, take t")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".steps")).to_contain_text("call me c, take t")


@pytest.mark.parametrize("looks", BOTH_WAYS, ids=str)
def test_it_is_sound_for_every_role(desks: Desks, new_context: NewContext, looks: Looks) -> None:
    """With all its forms unfolded."""
    for who, case in {"specialist": full(desks), "lead": late(desks)}.items():
        sound(unfolded(desks, new_context, looks, who, case))


def test_it_fits_a_telephone_without_scripts(desks: Desks, new_context: NewContext) -> None:
    fits(unfolded(desks, new_context, Looks.phone("ru").without_scripts(), "specialist", full(desks)))


def unfolded(desks: Desks, new_context: NewContext, looks: Looks, who: str, case: UUID) -> Page:
    """The page as this person sees it, with all forms."""
    context = new_context(looks)
    desks.sign_in(context, who, Language(looks.language))
    page = context.new_page()
    page.goto(f"{desks.url}/desk/cases/{case}")
    for form in page.locator("details.do:not([hidden]) > summary").all():
        form.click()
    return page


def late(desks: Desks) -> UUID:
    """A case whose promise is broken, with an alert that repeats."""
    case = desks.open("Пётр Громов", minutes=70)
    desks.desk.let_time_pass(case)
    desks.desk.store(Alert(key=str(case), case_id=case, kind="promise_broken", due=now(), raised_at=now(), repeats=2))
    return case


def full(desks: Desks) -> UUID:
    """A case with something of everything."""
    anna, company, day = new_id(), new_id(), timedelta(days=1)
    desks.desk.store(Organisation(id=company, external_id=str(company), name="ООО «Тюльпан»"))
    desks.desk.store(
        Customer(id=anna, name="Анна Белова", address_form="Анна Петровна", zone="Asia/Omsk", city="Омск",
                 email="anna.belova.of.the.tulip.company@example.com", organisation_id=company, literacy="уверенно"),
    )  # fmt: skip
    desks.desk.store(
        Licence(external_id=str(new_id()), customer_id=anna, product="home", segment="full", valid_until=now() - day),
        Licence(external_id=str(new_id()), customer_id=anna, product="office", segment="business",
                valid_until=now() + 9 * day),
        Purchase(external_id=str(new_id()), customer_id=anna, product="vpn", amount_minor=129900, currency="RUB",
                 state="abandoned", at=now() - day),
    )  # fmt: skip
    desks.open("", customer=anna, minutes=4000)
    answers = [
        {"question_id": "a", "question_text": "Порекомендуете нас друзьям и знакомым?", "value": 0, "meaning": "nps"},
        {"question_id": "b", "question_text": "Чем пользовались?", "value": ["Обновление", "Поддержка"]},
    ]
    me, second = desks.desk.staff["specialist"].by, desks.desk.staff["second_line"].by
    case = desks.open("", customer=anna, answers=answers, comment="Не запускается. " * 20, nps=0)
    review, question, back = new_id(), new_id(), new_id()
    desks.desk.store(
        Note(id=question, case_id=case, review_id=review, kind="question", by=me.id, text="Работает ли на 7?"),
        Note(id=back, case_id=case, review_id=review, kind="question_back", by=second.id, text="Какая сборка?"),
        Note(case_id=case, kind="note", by=me.id, text="Просит звонить после обеда."),
        Message(key=f"{case}1", case_id=case, template="we_are_late", channel="sms", state="delivered"),
        Message(key=f"{case}2", case_id=case, template="tried_to_reach", channel="mail", state="failed"),
        FinalSurvey(case_id=case, tnps=9, solved=True, comment="Спасибо"),
    )
    for ask in (
        Claim(by=me),
        LogAttempt(by=me, attempt=new_id(), outcome=AttemptOutcome.NO_ANSWER),
        LogAttempt(by=me, attempt=new_id(), outcome=AttemptOutcome.REACHED),
        Escalate(by=me, review=review, question=question),
        AskBack(by=second, review=review, question=back),
    ):
        desks.desk.obey(case, ask)
    return case
