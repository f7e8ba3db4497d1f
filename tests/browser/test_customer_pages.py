"""The customer's pages on a telephone: in both languages and schemes, with scripts and without."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from api.pages.catalogue import WORDS
from db.links import LinkKind
from domain.words import Language, Stage
from ops.postgres import EmbeddedPostgres
from tests.api.pages_site import Site
from tests.browser.contrast import TEXT, contrast
from tests.browser.pages import Looks, Scheme, Scripts, fits, sound
from tests.browser.serving import served
from tests.databases import a_pool

_numbers = count(1)


@dataclass(frozen=True)
class Street:
    """Our pages at an address, and cases to be asked about."""

    site: Site
    url: str

    def survey(self) -> str:
        """The questionnaire."""
        return f"{self.url}/survey/demo"

    def callback(self, **told: object) -> str:
        """Where a time is chosen for a new case."""
        return self.url + self.site.picker(phone=_phone(), **told)[1]

    def final(self) -> tuple[UUID, str]:
        """A new case that is resolved, and its final survey."""
        case, path = self.site.final(phone=_phone())
        return case, f"{self.url}{path}"

    def closed(self) -> str:
        """The callback page of a closed case."""
        return self.url + self.site.link(self.site.case(Stage.CLOSED, phone=_phone()), LinkKind.CALLBACK)


def _phone() -> str:
    return f"+7916{next(_numbers):07d}"


@pytest.fixture(scope="module")
def our_street(migrated: EmbeddedPostgres) -> Iterator[Street]:
    with a_pool(migrated) as engine:
        site = Site(engine)
        with served(site.app) as address:
            yield Street(site, address)


@pytest.fixture
def street(our_street: Street) -> Street:
    """Where nobody has sent a form yet: all tests come from one address."""
    state = our_street.site.app.state
    if hasattr(state, "rate_counter"):
        del state.rate_counter
    return our_street


def send(page: Page) -> None:
    page.locator("button[type=submit]").click()


def _survey(street: Street, page: Page, lang: str) -> None:
    page.goto(f"{street.survey()}?lang={lang}")


def _survey_refused(street: Street, page: Page, lang: str) -> None:
    _survey(street, page, lang)
    page.locator("#contact").check()
    page.locator("#email").fill("no address")
    send(page)
    expect(page.locator(".summary a")).to_have_count(2)


def _thanks(street: Street, page: Page, lang: str) -> None:
    _survey(street, page, lang)
    page.get_by_role("radio", name="4").first.check()
    send(page)
    page.wait_for_url("**/thanks/**")


def _final(street: Street, page: Page, lang: str) -> None:
    page.goto(f"{street.final()[1]}?lang={lang}&score=9")


def _callback(street: Street, page: Page, lang: str) -> None:
    page.goto(f"{street.callback()}?lang={lang}")


def _chosen(street: Street, page: Page, lang: str) -> None:
    _callback(street, page, lang)
    page.locator("details[open] input[type=radio]").first.check()
    send(page)
    expect(page.locator("h1")).to_have_text(WORDS[Language(lang)].chosen_title)


def _number(street: Street, page: Page, lang: str) -> None:
    page.goto(f"{street.callback(number_usable=False)}?lang={lang}")
    expect(page.locator("h1")).to_have_text(WORDS[Language(lang)].number_title)


def _withdrawal(street: Street, page: Page, lang: str) -> None:
    _callback(street, page, lang)
    page.locator("a[href*=withdrawal]").click()
    expect(page.locator("h1")).to_have_text(WORDS[Language(lang)].withdraw_title)


def _withdrawn(street: Street, page: Page, lang: str) -> None:
    _withdrawal(street, page, lang)
    send(page)
    expect(page.locator("h1")).to_have_text(WORDS[Language(lang)].withdrawn_title)


def _closed(street: Street, page: Page, lang: str) -> None:
    page.goto(f"{street.closed()}?lang={lang}")


def _unknown(street: Street, page: Page, lang: str) -> None:
    page.goto(f"{street.url}/s/nowhere?lang={lang}")


Way = Callable[[Street, Page, str], None]
WAYS: dict[str, Way] = {
    "survey": _survey,
    "survey refused": _survey_refused,
    "thanks": _thanks,
    "final survey": _final,
    "callback": _callback,
    "callback chosen": _chosen,
    "number": _number,
    "withdrawal": _withdrawal,
    "withdrawn": _withdrawn,
    "closed": _closed,
    "unknown": _unknown,
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))


@each_way
@pytest.mark.parametrize("looks", [Looks.phone()], ids=str)
def test_each_page_is_sound(street: Street, page: Page, way: Way) -> None:
    for language in ("ru", "en"):
        way(street, page, language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        sound(page)
        expect(page.locator("nav, a[href^='/desk'], a[href^='/sign-in']")).to_have_count(0)


@pytest.mark.parametrize("looks", [Looks.phone().without_scripts()], ids=str)
def test_each_page_fits_and_works_without_scripts(street: Street, page: Page) -> None:
    for way in WAYS.values():
        for language in ("ru", "en"):
            way(street, page, language)
            fits(page)


@pytest.mark.parametrize(
    "looks", [Looks.phone("ru", Scheme.DARK), Looks.phone("en", Scheme.LIGHT).without_scripts()], ids=str
)
def test_the_whole_final_survey_is_answered_on_a_telephone(street: Street, page: Page, looks: Looks) -> None:
    (case, address), words = street.final(), WORDS[Language(looks.language)]
    page.goto(f"{address}?lang={looks.language}")
    page.get_by_role("radio", name="9", exact=True).check()
    page.get_by_label(words.solved_yes, exact=True).check()
    page.get_by_label(words.comment).fill("Помогли быстро")
    page.get_by_label(words.contact_again).check()
    page.get_by_label(words.phone).fill("8 (903) 000-00-11")
    page.get_by_role("button", name=words.send).click()
    expect(page.locator("h1")).to_have_text(words.thanks_title)
    query = "select tnps, solved, comment, contact_requested from finalsurvey where case_id = :id"
    expected = {"tnps": 9, "solved": True, "comment": "Помогли быстро", "contact_requested": True}
    assert street.site.rows(query, id=case) == [expected]


@pytest.mark.parametrize("looks", [Looks.phone(scheme=scheme) for scheme in Scheme], ids=str)
def test_a_score_can_be_hit_and_is_seen_once_chosen(street: Street, page: Page) -> None:
    page.goto(street.final()[1])
    for score in page.locator(".of-11 .chip").all():
        box = score.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    page.get_by_role("radio", name="9", exact=True).check()
    chosen = page.locator(".chip input:checked + span")
    ink, ground = (chosen.evaluate(f"one => getComputedStyle(one).{of}") for of in ("color", "backgroundColor"))
    assert contrast(_hex(ink), _hex(ground)) >= TEXT


@pytest.mark.parametrize(
    ("looks", "zone"),
    [(Looks(zone="Asia/Omsk"), "Asia/Omsk"), (Looks(zone="Asia/Omsk", scripts=Scripts.OFF), "")],
    ids=["scripts", "no-scripts"],
)
def test_the_browser_tells_its_time_zone_where_scripts_run(street: Street, page: Page, zone: str) -> None:
    page.goto(street.survey())
    expect(page.locator("input[name=zone]")).to_have_value(zone)


@pytest.mark.parametrize("looks", [Looks.phone("en")], ids=str)
def test_it_can_be_answered_from_the_keyboard(street: Street, page: Page) -> None:
    page.goto(f"{street.final()[1]}?lang=en")
    page.get_by_role("radio", name="0", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="1", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label(WORDS[Language.EN].solved_yes, exact=True)).to_be_checked()
    page.get_by_label(WORDS[Language.EN].contact_again).focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(WORDS[Language.EN].thanks_title)


def _hex(colour: str) -> str:
    """From `rgb(1, 2, 3)`."""
    return "#" + "".join(f"{int(part):02x}" for part in colour.removeprefix("rgb(").removesuffix(")").split(","))
