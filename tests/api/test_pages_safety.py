"""What must hold on every page of the customer's: opening changes nothing, nothing leaks, nobody else may send."""

import re

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.pages import ICON
from api.security_headers import HEADERS, SecurityHeaders
from db.links import LinkKind
from tests.api.pages_site import Html, Site

CROSS_SITE = [
    {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"},
    {"sec-fetch-site": "same-site", "origin": "http://other.testserver"},
    {"origin": "https://elsewhere.example"},
]
OURS = [
    {},
    {"sec-fetch-site": "same-origin", "origin": "null"},
    {"origin": "null"},
    {"origin": "http://testserver"},
    {"origin": "http://localhost:8000"},
]


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine)


def _addresses(site: Site) -> list[str]:
    """Every page there is, in both languages, with all that mails add to links."""
    _, final = site.final()
    _, picker = site.picker(phone="+79030000022")
    _, numberless = site.picker(phone=None)
    bare = [
        "/survey/demo",
        "/survey/demo/thanks/AAAAAAAAAAAAAAAAAAAAAA",
        final,
        picker,
        numberless,
        f"{picker}/withdrawal",
    ]
    scores = [f"{final}?score={score}" for score in range(11)]
    return [*bare, *(f"{address}?lang=en" for address in bare), *scores, "/survey/demo?score=0"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_every_link_of_every_mail_changes_nothing(site: Site, method: str) -> None:
    addresses = _addresses(site)
    before = site.everything()
    assert {site.client.request(method, address).status_code for address in addresses} == {200}
    assert site.everything() == before


def test_every_page_is_sound_html_with_a_label_for_each_field(site: Site) -> None:
    mistakes = {address: Html(site.client.get(address).text).mistakes() for address in _addresses(site)}
    assert {address: found for address, found in mistakes.items() if found} == {}


def test_every_page_may_be_kept_by_nobody_and_loads_only_what_is_ours(site: Site) -> None:
    for address in _addresses(site):
        headers = site.client.get(address).headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "set-cookie" not in headers


def test_no_page_links_to_another_site(site: Site) -> None:
    for address in _addresses(site):
        assert not re.findall(r"https?://", site.client.get(address).text)


def test_stylesheet_and_script_are_served_to_be_kept(site: Site) -> None:
    html = Html(site.client.get("/survey/demo").text)
    for address in (html.all("link", rel="stylesheet")[0]["href"], html.all("script")[0]["src"]):
        answer = site.client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert site.client.get("/pages/words.py").status_code == 422


def test_the_icon_is_served_to_be_kept_to_pages_and_to_browsers_that_look_by_themselves(site: Site) -> None:
    [named] = Html(site.client.get("/survey/demo").text).all("link", rel="icon")
    answers = [site.client.get(address) for address in (named["href"], "/favicon.ico")]
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert answer.headers["cache-control"] == "public, max-age=86400"
        assert answer.content == ICON.read_bytes()


@pytest.mark.parametrize("token", ["x", "x" * 22, "x" * 3000, "%00", "%D0%B6" * 22])
@pytest.mark.parametrize("page", ["/s/{}", "/c/{}", "/c/{}/withdrawal"])
def test_every_token_that_leads_nowhere_gets_the_same_page(site: Site, page: str, token: str) -> None:
    answer = site.client.get(page.format(token))
    assert answer.status_code == 404
    assert "Страница не найдена" in answer.text
    assert site.client.post(page.format(token), data={"tnps": "1"}).status_code in (404, 405)


def test_a_token_of_the_other_page_leads_nowhere(site: Site) -> None:
    case_id, final = site.final()
    picker = site.link(case_id, LinkKind.CALLBACK)
    assert site.client.get(final.replace("/s/", "/c/")).status_code == 404
    assert site.client.get(picker.replace("/c/", "/s/")).status_code == 404


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_form_sent_from_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    _, final = site.final()
    _, picker = site.picker()
    before = site.everything()
    for address in ("/survey/demo", final, picker, f"{picker}/number", f"{picker}/withdrawal"):
        answer = site.client.post(address, data={"nps": "1", "tnps": "1"}, headers=headers)
        assert answer.status_code == 403
        assert "Не получилось" in answer.text
    assert site.everything() == before


@pytest.mark.parametrize("headers", OURS)
def test_a_form_sent_from_our_page_is_taken(site: Site, headers: dict[str, str]) -> None:
    assert site.client.post("/survey/demo", data={"nps": "1"}, headers=headers).status_code == 303


def test_forms_behind_links_are_limited_too(site: Site) -> None:
    codes = [site.client.post(f"/s/{'x' * 22}", data={}).status_code for _ in range(31)]
    assert codes == [404] * 30 + [429]


def test_the_limit_counts_each_client_for_itself(site: Site) -> None:
    first = [TestClient(site.app, client=("192.0.2.1", 1)) for _ in range(31)]
    assert [client.post("/s/x", data={}).status_code for client in first][-1] == 429
    neighbour = TestClient(site.app, client=("192.0.2.2", 1))
    assert neighbour.post("/s/x", data={}).status_code == 404


def test_a_client_does_not_escape_the_limit_within_its_own_subnet(site: Site) -> None:
    clients = [TestClient(site.app, client=(f"2001:db8::{number:x}", 1)) for number in range(31)]
    assert [client.post("/s/x", data={}).status_code for client in clients][-1] == 429
    neighbour = TestClient(site.app, client=("2001:db8:0:1::1", 1))
    assert neighbour.post("/s/x", data={}).status_code == 404


def test_an_answer_may_say_itself_how_it_is_kept() -> None:
    app = FastAPI()
    app.add_middleware(SecurityHeaders)
    app.get("/kept")(lambda: PlainTextResponse("", headers={"Cache-Control": "no-cache"}))
    client = TestClient(app)
    assert client.get("/kept").headers["cache-control"] == "no-cache"
    missing = client.get("/missing").headers
    assert {name: missing[name] for name in HEADERS} == HEADERS
