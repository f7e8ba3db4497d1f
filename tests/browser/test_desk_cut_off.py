"""A desk that hears nothing any more: it says so, says since when, and reads everything anew when that is over."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Request, expect

from domain.words import Language
from tests.browser.desks import Desks, appears, show
from tests.browser.pages import PATIENCE, Looks, Scheme, sound
from tests.waiting import until

LOST = {
    "en": re.compile(r"^Connection lost\. Shown is what was known at \d\d:\d\d\. Trying again…$"),
    "ru": re.compile(r"^Связь прервалась\. Показано то, что было известно в \d\d:\d\d\. Пробуем снова…$"),
}


@pytest.mark.parametrize("looks", [Looks(), Looks("ru", zone="Asia/Tokyo")], ids=str)
def test_while_the_server_is_down_every_tab_says_so_and_then_reads_anew(
    desks: Desks, at_desk: Page, looks: Looks, complaints: list[str]
) -> None:
    desks.office.speak("specialist", Language(looks.language))
    tabs = [at_desk, at_desk.context.new_page()]
    for tab in tabs:
        show(tab, desks)
        expect(tab.locator("#cut")).to_have_text("")
    known = datetime.now(ZoneInfo("Europe/Moscow"))
    desks.replicas[0].stop()
    for tab in tabs:
        expect(tab.locator("#cut")).to_have_text(LOST[looks.language], timeout=PATIENCE)
    assert _minutes_between(known, tabs[0].locator("#cut").inner_text()) <= 1
    missed = desks.open("Meanwhile")
    desks.replicas[0].come_back()
    for tab in tabs:
        expect(tab.locator("#cut")).to_have_text("", timeout=PATIENCE)
        appears(tab, missed)
    complaints.clear()


def _minutes_between(known: datetime, line: str) -> float:
    """From the moment that the line names to this one, whose clock is the company's."""
    [told] = re.findall(r"\d\d:\d\d", line)
    named = datetime.strptime(told, "%H:%M").replace(tzinfo=known.tzinfo)
    passed = (known - named.replace(year=known.year, month=known.month, day=known.day)).total_seconds() / 60
    return passed % (24 * 60)


@pytest.mark.parametrize("looks", [Looks.phone("ru"), Looks.phone("en", Scheme.DARK)], ids=str)
def test_while_the_network_is_away_the_desk_says_so_and_stays_sound(
    desks: Desks, at_desk: Page, looks: Looks, complaints: list[str]
) -> None:
    desks.office.speak("specialist", Language(looks.language))
    desks.open("First")
    show(at_desk, desks)
    at_desk.context.set_offline(True)
    desks.replicas[0].cut()  # the browser lets a stream live that is open, and what comes over it is heard
    expect(at_desk.get_by_role("status").first).to_have_text(LOST[looks.language], timeout=PATIENCE)
    sound(at_desk)
    missed = desks.open("Meanwhile")
    at_desk.context.set_offline(False)
    expect(at_desk.locator("#cut")).to_have_text("", timeout=PATIENCE)
    appears(at_desk, missed)
    complaints.clear()


def test_what_breaks_and_comes_back_at_once_is_not_spoken_of(desks: Desks, at_desk: Page) -> None:
    at_desk.clock.install()
    show(at_desk, desks)
    at_desk.evaluate(SAID)
    desks.replicas[0].cut()
    until(lambda: desks.replicas[0].feed.listeners == 0 or None, "the stream is cut")
    until(lambda: desks.replicas[0].feed.listeners or None, "it is back")
    appears(at_desk, desks.open("After"))
    at_desk.clock.fast_forward("00:10")
    assert at_desk.evaluate("window.said") == []


SAID = """() => {
  window.said = [];
  const line = document.getElementById("cut");
  new MutationObserver(() => line.textContent && window.said.push(line.textContent)).observe(line, { childList: true });
}"""


def test_a_connection_that_died_without_a_sign_is_given_up(desks: Desks, at_desk: Page) -> None:
    asked: list[Request] = []
    at_desk.on("request", lambda request: asked.append(request) if "/events" in request.url else None)
    at_desk.clock.install()
    show(at_desk, desks)
    at_desk.clock.fast_forward("00:30")
    at_desk.clock.run_for(1)
    assert len(asked) == 1
    with at_desk.expect_request("**/events*"):
        at_desk.clock.fast_forward("00:20")
    appears(at_desk, desks.open("After"))
