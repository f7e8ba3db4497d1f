"""The ground that the browser tests stand on: it serves, and it does not overlook what a browser complains of."""

import asyncio

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from domain.words import Role
from tests.browser.conftest import NewContext
from tests.browser.installation import HURRIED, PASSWORD, Installation
from tests.browser.pages import Looks, Scheme, Scripts, accessible, fits
from tests.waiting import until

LOUD = "<!doctype html><html lang='en'><title>Loud</title><main><h1>Loud</h1>{}</main>"


def test_a_case_opens_and_is_worked_on(installation: Installation) -> None:
    specialist, case = installation.hire(), installation.respond()
    installation.command(specialist, case, "claim")
    until(lambda: (row := installation.case(case)) and row.owner_id == specialist.id, "it is theirs")


def test_a_hurried_promise_breaks_while_one_looks(installation: Installation) -> None:
    case = installation.respond(HURRIED)
    until(lambda: (row := installation.case(case)) and row.promise_broken_at, "its promise breaks")


def test_somebody_signs_in_by_the_page(installation: Installation, page: Page) -> None:
    lead = installation.hire(Role.LEAD)
    page.goto(f"{installation.url}/sign-in")
    page.locator("input[name=login]").fill(lead.login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert [cookie["httpOnly"] for cookie in page.context.cookies()] == [True]
    page.close()


def test_a_browser_is_given_a_session(installation: Installation, context: BrowserContext) -> None:
    installation.sign_in(context, installation.hire(Role.LEAD))
    assert context.request.get(f"{installation.url}/desk", max_redirects=0).status == 200


class TestWhatIsNoticed:
    @pytest.mark.parametrize(
        ("body", "complaint"),
        [
            ("<script>throw new Error('oh')</script>", "script: "),
            ("<script>console.error('oh')</script>", "console: oh"),
            ("<img src='/no-such.png' alt=''>", "404: GET "),
        ],
    )
    def test_a_page_that_complains(
        self, installation: Installation, page: Page, complaints: list[str], body: str, complaint: str
    ) -> None:
        _serve(page, installation, LOUD.format(body))
        assert [one for one in complaints if not one.startswith(complaint)] == []
        assert complaints != []
        complaints.clear()

    def test_a_violation_of_the_policy(self, installation: Installation, page: Page, complaints: list[str]) -> None:
        _serve(page, installation, LOUD.format("<p style='color:red'>Red</p>"), policy="default-src 'self'")
        assert "Content Security Policy" in complaints.pop()
        assert complaints == []

    def test_a_picture_without_words(self, installation: Installation, page: Page) -> None:
        page.set_content(LOUD.format("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>"))
        with pytest.raises(AssertionError, match="image-alt"):
            accessible(page)

    @pytest.mark.parametrize("looks", [Looks(), Looks(scheme=Scheme.DARK)], ids=str)
    def test_colours_that_are_too_near_by_night_alone(self, page: Page, looks: Looks) -> None:
        night = "@media (prefers-color-scheme: dark) { body { color: #555; background: #444 } }"
        page.set_content(LOUD.format(f"<style>{night}</style><p>Dim</p>"))
        with pytest.raises(AssertionError, match="color-contrast"):
            accessible(page)

    @pytest.mark.parametrize("looks", [Looks.phone(), Looks.phone().without_scripts()], ids=str)
    def test_a_page_too_wide(self, page: Page, looks: Looks) -> None:
        page.set_content(LOUD.format("<table><td><input size=90></table>"))
        with pytest.raises(AssertionError, match="pixels wide"):
            fits(page)


@pytest.mark.parametrize("looks", [Looks("ru", Scheme.DARK, 320, 640), Looks()], ids=str)
def test_a_page_is_looked_at_as_told(page: Page, looks: Looks) -> None:
    seen = page.evaluate(
        "[navigator.language, matchMedia('(prefers-color-scheme: dark)').matches, innerWidth, innerHeight]"
    )
    assert seen == [looks.language, looks.scheme is Scheme.DARK, looks.width, looks.height]


@pytest.mark.parametrize("looks", [Looks(scripts=Scripts.OFF)], ids=str)
def test_scripts_can_be_off(installation: Installation, page: Page, looks: Looks) -> None:
    _serve(page, installation, LOUD.format("<script>document.title = 'Scripted'</script>"))
    expect(page).to_have_title("Loud")


def test_two_people_have_two_browsers(installation: Installation, new_context: NewContext) -> None:
    one, other = new_context(Looks()), new_context(Looks(language="ru"))
    installation.sign_in(one, installation.hire())
    assert (len(one.cookies()), len(other.cookies())) == (1, 0)


async def test_asynchronous_tests_run_between_those_of_the_browser() -> None:
    await asyncio.sleep(0)


def test_so_do_loops_of_ones_own() -> None:
    asyncio.run(asyncio.sleep(0))


def _serve(page: Page, installation: Installation, html: str, *, policy: str = "default-src * 'unsafe-inline'") -> None:
    """Show this text in place of a page of ours."""
    headers = {"content-security-policy": policy}
    page.route("**/loud", lambda route: route.fulfill(body=html, content_type="text/html", headers=headers))
    page.goto(f"{installation.url}/loud")
