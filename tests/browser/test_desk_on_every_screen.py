"""The pages of the desk are sound at every width, in both languages, and work without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from domain.words import Language
from tests.browser.desks import Desks, appears, show
from tests.browser.pages import BOTH_WAYS, Looks, fits, sound


@pytest.mark.parametrize("looks", [*BOTH_WAYS, Looks(width=800)], ids=str)
def test_the_pages_of_the_desk_are_sound(desks: Desks, at_desk: Page, looks: Looks) -> None:
    desks.fill()
    desks.office.speak("specialist", Language(looks.language))
    show(at_desk, desks)
    expect(at_desk.locator("label[for=q]")).to_be_in_viewport(ratio=1)
    sound(at_desk)
    at_desk.keyboard.press("?")
    sound(at_desk)
    at_desk.keyboard.press("Escape")
    at_desk.locator("#q").fill("константин")
    at_desk.keyboard.press("Enter")
    expect(at_desk.locator("[data-row]")).to_have_count(1)
    sound(at_desk)
    at_desk.goto(f"{desks.url}/desk/duty")
    sound(at_desk)
    at_desk.goto(f"{desks.url}/desk?due=overdue&stage=in_progress&next=none")
    sound(at_desk)


@pytest.mark.parametrize("looks", [Looks.phone("en").without_scripts()], ids=str)
def test_the_desk_works_without_scripts(desks: Desks, at_desk: Page) -> None:
    cases = [desks.open(f"Number {number}", minutes=-number) for number in range(60)]
    at_desk.goto(f"{desks.url}/desk")
    fits(at_desk)
    expect(at_desk.locator("[data-row]")).to_have_count(50)
    at_desk.get_by_role("link", name="Next page").click()
    expect(at_desk.locator("[data-row]")).to_have_count(10)
    appears(at_desk, cases[59])
    at_desk.get_by_role("link", name=re.compile("^Mine")).click()
    expect(at_desk.locator("[data-row]")).to_have_count(0)
    at_desk.locator("#q").fill("Number 7")
    at_desk.get_by_role("button", name="Find").click()
    appears(at_desk, cases[7])
    at_desk.goto(f"{desks.url}/desk")
    at_desk.get_by_role("button", name="Off duty: go on").click()
    expect(at_desk.get_by_role("button", name="On duty: go off")).to_be_visible()
