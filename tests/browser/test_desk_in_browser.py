"""The desk in a browser: live without a gap on every tab, worked from the keyboard."""

import logging
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect
from sqlalchemy import Engine

from domain.messages import Claim
from tests.browser.conftest import NewContext
from tests.browser.desks import Desks, appears, desks_over, show
from tests.browser.pages import Looks
from tests.waiting import until

TABS = 9
"""More than the six connections that a browser allows one host."""


@pytest.fixture
def two_replicas(engine: Engine) -> Iterator[Desks]:
    with desks_over(engine, replicas=2) as desks:
        yield desks


def in_focus(page: Page) -> str:
    """The case whose row has the focus."""
    return str(page.evaluate("document.activeElement.closest('[data-row]')?.id ?? ''")).removeprefix("case-")


def height_of(page: Page, case: UUID) -> float:
    """Where its row is in the window."""
    box = page.locator(f"#case-{case}").bounding_box()
    return box["y"] if box else -1


def test_a_new_case_appears_by_itself_and_is_marked(desks: Desks, at_desk: Page) -> None:
    first = desks.open("First")
    show(at_desk, desks)
    expect(at_desk.locator("tr.fresh")).to_have_count(0)
    second = desks.open("Second", minutes=10)
    appears(at_desk, second)
    expect(at_desk.locator("tr.fresh")).to_have_count(1)
    expect(at_desk.locator(f"#case-{second}")).to_have_class(re.compile("fresh"))
    shown = [row.get_attribute("id") for row in at_desk.locator("[data-row]").all()]
    assert shown == [f"case-{second}", f"case-{first}"]
    expect(at_desk.get_by_role("link", name=re.compile("^All"))).to_contain_text("2")


def test_what_somebody_takes_is_theirs_on_every_desk(desks: Desks, new_context: NewContext) -> None:
    case = desks.open("First")
    mine, theirs = (new_context(Looks()) for _ in range(2))
    desks.sign_in(mine)
    desks.sign_in(theirs, "other")
    pages = [mine.new_page(), theirs.new_page()]
    for page in pages:
        show(page, desks)
    desks.desk.obey(case, Claim(by=desks.desk.staff["specialist"].by))
    for page in pages:
        expect(page.locator(f"#case-{case}")).to_contain_text("Specialist Smith")
    expect(pages[0].locator(f"#case-{case}")).to_have_class(re.compile("mine"))
    expect(pages[1].locator(f"#case-{case}")).not_to_have_class(re.compile("mine"))


@pytest.mark.parametrize(("who", "words"), [("specialist", "offered to you"), ("other", "offered to Specialist Smith")])
def test_what_is_offered_says_you_to_whom_it_is(desks: Desks, context: BrowserContext, who: str, words: str) -> None:
    known = desks.open("Known", Claim(by=desks.desk.staff["specialist"].by))
    customer = desks.customer_of(known)
    cases = [desks.open(customer=customer, minutes=1)]
    desks.sign_in(context, who)
    page = context.new_page()
    show(page, desks)
    cases.append(desks.open(customer=customer, minutes=2))
    appears(page, cases[1])
    offered = [page.locator(f"#case-{case} .offered") for case in cases]
    for chip in offered:
        expect(chip).to_have_text(words, use_inner_text=True)
    page.locator("#q").fill("Known")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/search")
    for chip in offered:
        expect(chip).to_have_text(words, use_inner_text=True)


def test_a_change_between_rendering_and_listening_is_not_lost(desks: Desks, at_desk: Page) -> None:
    opened: list[UUID] = []

    def open_before(route: Route) -> None:
        opened.append(desks.open("Between"))
        route.continue_()

    at_desk.route("**/events*", open_before)
    with at_desk.expect_response("**/events*"):
        at_desk.goto(f"{desks.url}/desk")
    appears(at_desk, opened[0])


def test_a_stream_that_broke_goes_on_where_it_stopped(desks: Desks, at_desk: Page) -> None:
    asked: list[str | None] = []

    def note(request: Request) -> None:
        if "/events" in request.url:
            asked.append(request.headers.get("last-event-id"))

    at_desk.on("request", note)
    show(at_desk, desks)
    appears(at_desk, desks.open("Before"))
    desks.replicas[0].cut()
    until(lambda: desks.replicas[0].feed.listeners == 0 or None, "the stream is cut")
    appears(at_desk, desks.open("Meanwhile"))
    assert len(asked) > 1


def test_nine_tabs_share_one_stream_and_another_takes_it_over(desks: Desks, context: BrowserContext) -> None:
    desks.sign_in(context)
    tabs = [context.new_page() for _ in range(TABS)]
    for tab in tabs:
        show(tab, desks)
    assert desks.replicas[0].feed.listeners == 1
    case = desks.open("For all")
    for tab in tabs:
        appears(tab, case)
    tabs[0].close()
    until(lambda: desks.replicas[0].feed.listeners == 1 or None, "one listens")
    after = desks.open("After the leader")
    for tab in tabs[1:]:
        appears(tab, after)
    assert desks.replicas[0].feed.listeners == 1


def test_desks_of_two_replicas_show_the_same(two_replicas: Desks, new_context: NewContext) -> None:
    pages = []
    for replica in two_replicas.replicas:
        context = new_context(Looks())
        two_replicas.sign_in(context)
        pages.append(context.new_page())
        pages[-1].goto(f"{replica.url}/desk")
    until(lambda: all(replica.feed.listeners for replica in two_replicas.replicas) or None, "both listen")
    case = two_replicas.open("Anna")
    for page in pages:
        appears(page, case)


def test_a_server_stops_at_once_though_desks_listen(
    desks: Desks, at_desk: Page, caplog: pytest.LogCaptureFixture, complaints: list[str]
) -> None:
    show(at_desk, desks)
    with caplog.at_level(logging.ERROR):
        desks.replicas[0].stop()
    assert not desks.replicas[0].thread.is_alive()
    assert [record.message for record in caplog.records] == []
    at_desk.close()
    complaints.clear()


def test_a_refetch_keeps_rows_place_and_focus(desks: Desks, at_desk: Page) -> None:
    cases = [desks.open(f"Number {number}", minutes=-number) for number in range(120)]
    show(at_desk, desks)
    expect(at_desk.locator("[data-row]")).to_have_count(50)
    at_desk.locator(f"#case-{cases[49]}").scroll_into_view_if_needed()
    expect(at_desk.locator("[data-row]")).to_have_count(100)
    at_desk.locator(f"#case-{cases[60]} a.opens").focus()
    before = height_of(at_desk, cases[60])
    new = desks.open("New", minutes=30)
    expect(at_desk.locator(f"#case-{new}")).to_have_count(1)
    expect(at_desk.locator("[data-row]")).to_have_count(100)
    assert in_focus(at_desk) == str(cases[60])
    assert abs(height_of(at_desk, cases[60]) - before) < 2


def test_whoever_was_at_a_row_that_went_is_at_the_one_in_its_place(desks: Desks, at_desk: Page) -> None:
    cases = [desks.open(f"Number {number}", minutes=-number) for number in range(3)]
    show(at_desk, desks, "?owner=none")
    at_desk.locator(f"#case-{cases[1]} a.opens").focus()
    desks.desk.obey(cases[1], Claim(by=desks.desk.staff["other"].by))
    expect(at_desk.locator(f"#case-{cases[1]}")).to_have_count(0)
    assert in_focus(at_desk) == str(cases[2])


def test_the_desk_is_worked_from_the_keyboard(desks: Desks, at_desk: Page) -> None:
    cases = [str(desks.open(f"Number {number}", minutes=-number)) for number in range(3)]
    show(at_desk, desks)
    walked = []
    for key in "jjjjk":
        at_desk.keyboard.press(key)
        walked.append(in_focus(at_desk))
    assert walked == [cases[0], cases[1], cases[2], cases[2], cases[1]]
    at_desk.keyboard.press("?")
    dialog = at_desk.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    at_desk.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    at_desk.keyboard.press("/")
    at_desk.keyboard.type("jk?n")
    expect(at_desk.locator("#q")).to_have_value("jk?n")
    at_desk.locator(f"#case-{cases[1]} a.opens").focus()
    at_desk.keyboard.press("Enter")
    at_desk.wait_for_url(f"**/desk/cases/{cases[1]}")


def test_with_a_russian_keyboard_the_same_keys_work(desks: Desks, at_desk: Page) -> None:
    press = "told => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {...told, bubbles: true}))"
    first, second = (str(desks.open(f"Number {number}", minutes=-number)) for number in range(2))
    show(at_desk, desks)
    walked = []
    for key, code in (("о", "KeyJ"), ("о", "KeyJ"), ("л", "KeyK"), ("j", "KeyC")):
        at_desk.evaluate(press, {"key": key, "code": code})
        walked.append(in_focus(at_desk))
    assert walked == [first, second, first, second], "a Latin letter is itself wherever its key is"


def test_n_takes_the_next_one(desks: Desks, at_desk: Page) -> None:
    show(at_desk, desks)
    at_desk.keyboard.press("n")
    at_desk.wait_for_url("**/desk?next=none")
    expect(at_desk.get_by_role("main").get_by_role("status")).to_contain_text("Nobody is waiting for you now.")


def test_new_cases_are_counted_in_the_title_until_somebody_looks(desks: Desks, at_desk: Page) -> None:
    at_desk.add_init_script("document.hasFocus = () => false")
    show(at_desk, desks)
    title = at_desk.title()
    cases = [desks.open(f"Number {number}") for number in range(2)]
    expect(at_desk).to_have_title(f"(2) {title}")
    desks.desk.obey(cases[0], Claim(by=desks.desk.staff["other"].by))
    expect(at_desk).to_have_title(f"(1) {title}")
    at_desk.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(at_desk).to_have_title(title)


HEARD = "document.addEventListener('desk:rang', () => { window.rang = (window.rang ?? 0) + 1; })"


def rang(page: Page) -> int:
    return int(page.evaluate("window.rang ?? 0"))


def test_sound_is_off_until_it_is_switched_on_and_heard_from_one_tab(desks: Desks, context: BrowserContext) -> None:
    context.add_init_script(HEARD)
    desks.sign_in(context)
    tabs = [context.new_page(), context.new_page()]
    for tab in tabs:
        show(tab, desks)
    appears(tabs[1], desks.open("Silent"))
    assert [rang(tab) for tab in tabs] == [0, 0]
    switch = tabs[0].get_by_role("button", name="Sound for new cases")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    until(lambda: rang(tabs[0]) or None, "a sample is heard")
    tabs[1].locator("h1").click()
    loud = desks.open("Loud", minutes=5)
    for tab in tabs:
        appears(tab, loud)
    until(lambda: sum(map(rang, tabs)) == 2 or None, "one tab rings")
    tabs[0].reload()
    expect(switch).to_have_attribute("aria-pressed", "true")


def test_whoever_is_signed_out_is_told_and_led_to_sign_in(desks: Desks, at_desk: Page, complaints: list[str]) -> None:
    show(at_desk, desks)
    at_desk.context.clear_cookies()
    desks.open("New")
    told = at_desk.locator("#signed-out")
    expect(told).to_be_visible()
    expect(told.get_by_role("link")).to_have_attribute("href", "/sign-in?next=%2Fdesk")
    complaints.clear()
