"""The built-in questionnaire: what is stored, what is refused, and what is said about it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from domain.words import Stage
from tests.api.pages_site import PHONE, Html, Site

ASKED = {"nps": "3", "contact": "yes", "phone": "8 (916) 123-45-67"}


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine)


def _nonce(site: Site) -> str:
    return Html(site.client.get("/survey/demo").text).value("nonce")


def _send(site: Site, path: str = "/survey/demo", **fields: str) -> str:
    """The thanks page after a form was taken."""
    answer = site.client.post(path, data={"nonce": _nonce(site), **fields})
    assert answer.status_code == 303, Html(answer.text).text
    return site.client.get(answer.headers["location"]).text


def _waiting(site: Site) -> int:
    return len(site.rows("select id from inbox where kind = 'contact_request'"))


def test_a_ticked_box_is_a_contact_request_whatever_the_score(site: Site) -> None:
    _send(site, **{**ASKED, "nps": "10"})
    (response,) = site.rows("select * from response")
    assert (response["source"], response["form"], response["product"]) == ("form", "demo", "home")
    assert (response["nps"], response["phone"]) == (10, PHONE)
    assert response["contact_requested_at"] == site.now
    assert _waiting(site) == 1


def test_zero_is_a_score(site: Site) -> None:
    _send(site, nps="0")
    (response,) = site.rows("select nps, ces, contact_requested_at from response")
    assert response == {"nps": 0, "ces": None, "contact_requested_at": None}
    assert _waiting(site) == 0


def test_the_specialist_reads_question_and_answer_as_the_customer_did(site: Site) -> None:
    _send(site, "/survey/demo?lang=en", nps="0", ces="7", comment=" Great\r\nhelp ")
    (response,) = site.rows("select comment, language from response")
    answers = site.answers("form")
    assert answers["nps"] == ("How likely are you to recommend us to friends and acquaintances?", 0)
    assert answers["ces"][1] == 7
    assert answers["contact"] == ("I want a specialist to contact me", False)
    assert (response["comment"], response["language"]) == ("Great\r\nhelp", "en")


def test_the_consent_is_kept_with_its_version_and_time(site: Site) -> None:
    _send(site, **ASKED)
    assert site.rows("select consent_version, consent_at from response") == [
        {"consent_version": "2026-11", "consent_at": site.now}
    ]


def test_without_the_tick_no_consent_is_claimed_and_no_contact_kept(site: Site) -> None:
    _send(site, nps="5", name="Анна", email="anna@example.com")
    (row,) = site.rows("select consent_version, consent_at, name, email, phone from response")
    assert set(row.values()) == {None}


def test_the_thanks_say_by_when_we_call_on_the_customers_clock(site: Site) -> None:
    text = Html(_send(site, **ASKED, zone="Asia/Yekaterinburg")).text
    assert "до 15:00 (сегодня, 4 марта; Екатеринбург, UTC+5)" in text


def test_the_thanks_tell_the_companys_time_where_the_zone_is_unknown(site: Site) -> None:
    text = Html(_send(site, "/survey/demo?lang=en", **ASKED, zone="Mars/Olympus")).text
    assert "by 13:00 (today, 4 March; Moscow, UTC+3)" in text


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "Etc/GMT+12", "GMT"])
def test_a_browser_that_hides_its_zone_does_not_place_anybody_in_utc(site: Site, zone: str) -> None:
    _send(site, **ASKED, zone=zone)
    assert site.rows("select zone from response") == [{"zone": None}]


def test_a_request_at_night_is_promised_for_the_morning(site: Site) -> None:
    site.now = datetime(2026, 3, 4, 20, 30, tzinfo=UTC)
    assert "до 10:00 (завтра, 5 марта" in Html(_send(site, **ASKED, zone="Europe/Moscow")).text


def test_thanks_without_a_request_promise_nothing(site: Site) -> None:
    text = Html(_send(site, nps="9")).text
    assert "Спасибо за ответ!" in text
    assert "позвонит" not in text


def test_a_double_click_is_one_response(site: Site) -> None:
    nonce = _nonce(site)
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _: site.client.post("/survey/demo", data={**ASKED, "nonce": nonce}), range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(site.rows("select id from response")) == _waiting(site) == 1


def test_one_open_request_a_number_with_the_same_words_for_both(site: Site) -> None:
    first, second = _send(site, **ASKED), _send(site, **{**ASKED, "nps": "0", "phone": "+79161234567"})
    assert _waiting(site) == 1
    assert len(site.rows("select id from response")) == 2
    assert Html(first).text == Html(second).text


def test_two_requests_for_one_number_at_the_same_moment_open_one_case(site: Site) -> None:
    nonces = [_nonce(site) for _ in range(6)]
    with ThreadPoolExecutor(6) as customers:
        list(customers.map(lambda nonce: site.client.post("/survey/demo", data={**ASKED, "nonce": nonce}), nonces))
    assert len(site.rows("select id from response")) == 6
    assert _waiting(site) == 1


@pytest.mark.parametrize(
    ("stage", "opened"),
    [(Stage.IN_PROGRESS, 0), (Stage.UNDER_REVIEW, 0), (Stage.RESOLVED, 1), (Stage.CLOSED, 1)],
)
def test_a_number_may_ask_again_once_its_case_is_resolved(site: Site, stage: Stage, opened: int) -> None:
    site.case(stage)
    before = _waiting(site)
    _send(site, **ASKED)
    assert _waiting(site) - before == opened


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "nps"),
        ({"nps": "11"}, "nps"),
        ({"nps": "-1"}, "nps"),
        ({"nps": "٣"}, "nps"),
        ({"nps": "9" * 5000}, "nps"),
        ({"ces": "0"}, "ces"),
        ({"comment": "а" * 4001}, "comment"),
        ({"contact": "yes"}, "phone"),
        ({"contact": "yes", "phone": "123"}, "phone"),
        ({"contact": "yes", "phone": "+1 212 555 0100"}, "phone"),
        ({"contact": "yes", "phone": "8-809-123-45-67"}, "phone"),
        ({"contact": "yes", "phone": "1" * 5000}, "phone"),
        ({"nps": "1", "phone": "+79161234567"}, "contact"),
        ({**ASKED, "email": "anna"}, "email"),
        ({**ASKED, "name": "а" * 121}, "name"),
    ],
)
def test_a_mistake_is_shown_beside_its_field_and_nothing_is_stored(
    site: Site, fields: dict[str, str], wrong: str
) -> None:
    before = site.everything()
    answer = site.client.post("/survey/demo", data={"nonce": _nonce(site), **fields})
    html = Html(answer.text)
    assert answer.status_code == 422
    assert [link["href"] for link in html.all("a") if link["href"].startswith("#")] == [f"#{wrong}"]
    assert html.mistakes() == []
    assert site.everything() == before


def test_after_a_mistake_everything_typed_is_still_there(site: Site) -> None:
    typed = {
        "nonce": _nonce(site),
        "nps": "0",
        "ces": "4",
        "comment": '<script>alert("1")</script> & «кавычки»',
        "contact": "yes",
        "phone": "12",
        "name": "О'Нил",
        "email": "a@b.example",
    }
    answer = site.client.post("/survey/demo", data=typed)
    html = Html(answer.text)
    assert html.chosen("nps") == ["0"]
    assert html.chosen("ces") == ["4"]
    assert "checked" in html.all("input", name="contact")[0]
    assert {name: html.value(name) for name in ("nonce", "phone", "name", "email")} == {
        name: typed[name] for name in ("nonce", "phone", "name", "email")
    }
    assert typed["comment"] in html.text
    assert "<script>alert" not in answer.text


def test_a_form_filled_in_by_a_program_is_thanked_and_not_stored(site: Site) -> None:
    before = site.everything()
    assert "Спасибо" in _send(site, **ASKED, leave_empty="https://spam.example")
    assert site.everything() == before


def test_what_postgresql_cannot_store_is_dropped(site: Site) -> None:
    _send(site, comment="до\x00после")
    assert site.rows("select comment from response") == [{"comment": "допосле"}]


def test_the_score_of_a_link_is_chosen_and_not_stored(site: Site) -> None:
    before = site.everything()
    assert Html(site.client.get("/survey/demo?score=0").text).chosen("nps") == ["0"]
    assert Html(site.client.get("/survey/demo?score=nonsense").text).chosen("nps") == []
    assert site.everything() == before


def test_the_language_is_the_chosen_one_then_the_forms(site: Site) -> None:
    assert 'lang="ru"' in site.client.get("/survey/demo").text
    assert '<html lang="en">' in site.client.get("/survey/demo?lang=en").text
    assert '<html lang="en">' in site.client.get("/survey/english").text
    assert '<html lang="ru">' in site.client.get("/survey/demo?lang=xx").text


@pytest.mark.parametrize("slug", ["unknown", "renewal", "%2e%2e", "a" * 3000])
def test_a_form_that_does_not_exist_is_a_page_not_found(site: Site, slug: str) -> None:
    answer = site.client.get(f"/survey/{slug}")
    assert answer.status_code == 404
    assert site.client.post(f"/survey/{slug}", data=ASKED).status_code == 404


def test_one_client_sends_ten_forms_in_ten_minutes(site: Site) -> None:
    nonces = [_nonce(site) for _ in range(11)]
    codes = [site.client.post("/survey/demo", data={"nps": "1", "nonce": nonce}).status_code for nonce in nonces]
    assert codes == [303] * 10 + [429]
    assert len(site.rows("select id from response")) == 10


def test_who_sends_too_many_is_told_when_to_come_again(site: Site) -> None:
    answers = [site.client.post("/survey/demo?lang=en", data={}) for _ in range(11)]
    wait = int(answers[-1].headers["retry-after"])
    assert 0 < wait <= timedelta(minutes=10).total_seconds()
    assert "Too many attempts" in Html(answers[-1].text).text


def test_thanks_for_an_unknown_answer_tell_nothing(site: Site) -> None:
    answer = site.client.get("/survey/demo/thanks/AAAAAAAAAAAAAAAAAAAAAA")
    assert answer.status_code == 200
    assert "позвонит" not in answer.text


def test_a_form_takes_a_hundred_and_twenty_a_minute_and_one_client_cannot_use_them_up(site: Site) -> None:
    flood = TestClient(site.app, client=("192.0.2.1", 1))
    for _ in range(130):
        flood.post("/survey/demo", data={})
    others = [TestClient(site.app, client=(f"198.51.100.{number}", 1)) for number in range(111)]
    codes = [client.post("/survey/demo", data={}).status_code for client in others]
    assert codes == [422] * 110 + [429]
