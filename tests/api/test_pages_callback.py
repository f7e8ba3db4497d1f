"""The callback page: a time of the customer's choosing, a number, or no more calls."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from api.pages import slots
from db.inbox import FACTS
from domain.messages import NumberGiven
from domain.policies import policies_from
from domain.policy import Policy
from domain.words import Stage
from tests.api.pages_site import COMMENT, EMAIL, NAME, PHONE, Html, Site

YEKATERINBURG = ZoneInfo("Asia/Yekaterinburg")


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine)


def _times(page: str) -> list[datetime]:
    return [datetime.fromisoformat(one["value"]) for one in Html(page).all("input", name="time")]


def _choose(site: Site, path: str, time: datetime, nonce: str | None = None) -> str:
    nonce = nonce or Html(site.client.get(path).text).value("nonce")
    answer = site.client.post(path, data={"time": time.isoformat(), "nonce": nonce})
    assert answer.status_code == 200, Html(answer.text).text
    return Html(answer.text).text


def test_times_are_company_hours_that_are_civil_for_the_customer_on_the_customers_clock(site: Site) -> None:
    _, path = site.picker()
    page = site.client.get(path).text
    times = _times(page)
    readings = {time.time() for time in times}
    assert {time.utcoffset() for time in times} == {timedelta(hours=5)}
    assert (min(readings).hour, max(readings).hour, max(readings).minute) == (11, 20, 30)
    assert "Екатеринбург, UTC+5" in page


def test_no_time_is_nearer_than_a_quarter_of_an_hour_or_further_than_a_week(site: Site) -> None:
    _, path = site.picker()
    times = _times(site.client.get(path).text)
    assert times[0] == site.now + timedelta(minutes=30)
    assert site.now + timedelta(days=6) < times[-1] < site.now + timedelta(days=7)


def test_in_an_unknown_zone_company_hours_are_shown_on_the_companys_clock(site: Site) -> None:
    _, path = site.picker(zone=None)
    page = site.client.get(path).text
    assert {time.utcoffset() for time in _times(page)} == {timedelta(hours=3)}
    assert "Москва, UTC+3" in page


def test_public_holidays_are_not_offered(site: Site) -> None:
    _, path = site.picker()
    days = {time.date().isoformat() for time in _times(site.client.get(path).text)}
    assert "2026-03-07" in days
    assert "2026-03-08" not in days


def test_a_chosen_time_becomes_a_fact_for_the_case(site: Site) -> None:
    case_id, path = site.picker()
    time = _times(site.client.get(path).text)[3]
    text = _choose(site, path, time)
    assert f"сегодня, 4 марта, {time:%H:%M} — Екатеринбург, UTC+5" in text
    (fact,) = site.facts("callback_chosen", case_id)
    heard = FACTS["callback_chosen"].model_validate(fact)
    assert heard.model_dump() == {"id": fact["id"], "at": site.now, "time": time.astimezone(UTC)}


def test_a_double_click_is_one_fact(site: Site) -> None:
    case_id, path = site.picker()
    time = _times(site.client.get(path).text)[0]
    nonce = Html(site.client.get(path).text).value("nonce")
    assert _choose(site, path, time, nonce) == _choose(site, path, time, nonce)
    assert len(site.facts("callback_chosen", case_id)) == 1


def test_a_customer_may_change_their_mind_and_change_it_back(site: Site) -> None:
    case_id, path = site.picker()
    first, second, *_ = _times(site.client.get(path).text)
    for time in (first, second, first):
        _choose(site, path, time)
    chosen = [datetime.fromisoformat(str(fact["time"])) for fact in site.facts("callback_chosen", case_id)]
    assert chosen == [first, second, first]


@pytest.mark.parametrize(
    "time",
    ["", "tomorrow", "2026-03-04T12:30:00", "2026-03-04T03:00:00+05:00", "2027-03-04T12:00:00+05:00", "9" * 400],
)
def test_a_time_that_is_not_offered_is_refused(site: Site, time: str) -> None:
    case_id, path = site.picker()
    answer = site.client.post(path, data={"time": time})
    assert answer.status_code == 422
    assert Html(answer.text).mistakes() == []
    assert site.facts("callback_chosen", case_id) == []


def test_a_time_that_has_passed_while_the_page_lay_open_is_refused(site: Site) -> None:
    case_id, path = site.picker()
    time = _times(site.client.get(path).text)[0]
    site.now += timedelta(minutes=20)
    answer = site.client.post(path, data={"time": time.isoformat()})
    assert answer.status_code == 422
    assert "прежнее уже недоступно" in Html(answer.text).text
    assert site.facts("callback_chosen", case_id) == []


@pytest.mark.parametrize("stage", [Stage.RESOLVED, Stage.CLOSED])
def test_a_closed_request_takes_nothing_and_points_to_our_questionnaire(site: Site, stage: Stage) -> None:
    case_id, path = site.picker()
    time = _times(site.client.get(path).text)[0]
    site.move(case_id, stage)
    before = site.everything()
    for answer in (
        site.client.get(path),
        site.client.post(path, data={"time": time.isoformat()}),
        site.client.post(f"{path}/number", data={"phone": PHONE}),
        site.client.get(f"{path}/withdrawal"),
        site.client.post(f"{path}/withdrawal"),
    ):
        assert "Эта просьба уже закрыта" in Html(answer.text).text
        assert Html(answer.text).all("a", href="/survey/demo?lang=ru")
    assert site.everything() == before


def test_a_closed_request_of_another_platform_points_nowhere(site: Site) -> None:
    case_id, path = site.picker(source="generic", form="renewal")
    site.move(case_id, Stage.CLOSED)
    assert "/survey/" not in site.client.get(path).text


def test_no_more_calls_is_asked_once_more_and_then_told_to_the_case(site: Site) -> None:
    case_id, path = site.picker()
    before = site.everything()
    assert "Больше не звонить?" in site.client.get(f"{path}/withdrawal").text
    assert site.everything() == before
    for _ in range(2):
        assert "Больше не побеспокоим" in site.client.post(f"{path}/withdrawal").text
    (fact,) = site.facts("customer_withdrew", case_id)
    assert fact["id"] == f"withdrawal:{case_id}"


@pytest.mark.parametrize("told", [{"phone": None}, {"phone": "12"}, {"number_usable": False}])
def test_without_a_number_to_ring_the_page_asks_for_one(site: Site, told: dict[str, object]) -> None:
    _, path = site.picker(**told)
    page = site.client.get(path).text
    assert _times(page) == []
    assert "По какому номеру" in page
    assert Html(page).value("phone") == ""


def test_a_number_given_is_stored_and_promised_a_call(site: Site) -> None:
    case_id, path = site.picker(phone=None)
    site.now += timedelta(hours=3)
    data = {"phone": "8 916 765-43-21", "nonce": Html(site.client.get(path).text).value("nonce")}
    answer = site.client.post(f"{path}/number", data=data)
    assert "до 18:00 (сегодня, 4 марта; Екатеринбург, UTC+5)" in Html(answer.text).text
    (row,) = site.rows("select phone, phone_typed, phone_problem, promise from response")
    assert (row["phone"], row["phone_typed"], row["phone_problem"]) == ("+79167654321", "8 916 765-43-21", None)
    (fact,) = site.facts("number_given", case_id)
    given = NumberGiven.model_validate(fact)
    assert given.promise is not None
    assert given.promise.due == site.now + timedelta(hours=1)
    assert given.calling.contains(given.promise.due)
    assert site.rows("select phone from customer") == [{"phone": "+79167654321"}]


def test_a_number_sent_twice_is_one_fact(site: Site) -> None:
    case_id, path = site.picker(phone=None)
    data = {"phone": PHONE, "nonce": Html(site.client.get(path).text).value("nonce")}
    pages = {site.client.post(f"{path}/number", data=data).text for _ in range(2)}
    assert len(pages) == 1
    assert len(site.facts("number_given", case_id)) == 1


def test_a_number_that_works_is_not_replaced_through_the_link(site: Site) -> None:
    case_id, path = site.picker()
    answer = site.client.post(f"{path}/number", data={"phone": "+79030000011"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert site.facts("number_given", case_id) == []
    assert site.rows("select phone from response") == [{"phone": PHONE}]


def test_a_number_that_cannot_be_rung_may_be_corrected(site: Site) -> None:
    case_id, path = site.picker(phone=None)
    answer = site.client.post(f"{path}/number", data={"phone": "8 916"})
    html = Html(answer.text)
    assert answer.status_code == 422
    assert html.value("phone") == "8 916"
    assert html.mistakes() == []
    assert site.facts("number_given", case_id) == []


def test_a_time_cannot_be_chosen_before_there_is_a_number(site: Site) -> None:
    case_id, path = site.picker(number_usable=False)
    assert "По какому номеру" in site.client.post(path, data={"time": "2026-03-05T12:00:00+05:00"}).text
    assert site.facts("callback_chosen", case_id) == []


def test_no_page_behind_the_link_shows_who_it_is_about(site: Site) -> None:
    case_id, path = site.picker()
    time = _times(site.client.get(path).text)[0].isoformat()
    shown = [
        site.client.get(path).text,
        site.client.get(f"{path}/withdrawal").text,
        site.client.post(path, data={"time": time}).text,
        site.client.post(f"{path}/withdrawal").text,
    ]
    for secret in (NAME, PHONE, PHONE[2:], EMAIL, COMMENT, str(case_id)):
        assert not any(secret in page for page in shown)


def test_half_hours_begin_on_the_wall_clock_of_zones_with_odd_offsets() -> None:
    now = datetime(2026, 3, 4, 9, 1, tzinfo=UTC)
    starts = slots.offer(Policy(), "Asia/Kathmandu", now).starts
    assert {start.astimezone(ZoneInfo("Asia/Kathmandu")).minute for start in starts} == {0, 30}


def test_no_half_hour_reaches_beyond_closing_time() -> None:
    offered = slots.offer(Policy(), "Europe/Moscow", datetime(2026, 3, 4, 17, 10, tzinfo=UTC))
    assert [f"{start:%H:%M}" for start in offered.by_day()[0][1]] == ["20:30"]


def test_a_policy_in_seconds_offers_times_that_seconds_tell_apart() -> None:
    demo = policies_from(None, development=True)["demo"]
    now = datetime(2026, 3, 4, 12, 0, 7, tzinfo=UTC)
    offered = slots.offer(demo, "Europe/Moscow", now)
    shown = [start.strftime(offered.clock) for start in offered.starts[:2]]
    assert shown == ["12:00:30", "12:01:00"]
    assert slots.offer(Policy(), "Europe/Moscow", now).clock == "%H:%M"
