"""The final survey: answered once, by a POST only, and asking for contact again opens the next loop."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain.words import Language, Stage
from tests.api.pages_site import COMMENT, EMAIL, NAME, PHONE, Html, Site


@pytest.fixture
def site(engine: Engine) -> Site:
    return Site(engine)


def test_zero_is_a_score_and_not_solved_is_an_answer(site: Site) -> None:
    case_id, path = site.final()
    answer = site.client.post(path, data={"tnps": "0", "solved": "no", "comment": "Долго"})
    assert answer.status_code == 200
    (row,) = site.rows("select * from finalsurvey")
    assert (row["tnps"], row["solved"], row["comment"], row["contact_requested"]) == (0, False, "Долго", False)
    assert row["answered_at"] == site.now
    (fact,) = site.facts("survey_answered", case_id)
    assert (fact["id"], fact["solved"], fact["next_case"]) == (f"survey:{case_id}", False, None)


def test_a_question_left_open_is_no_answer(site: Site) -> None:
    _, path = site.final()
    site.client.post(path, data={"solved": "yes"})
    assert site.rows("select tnps, solved from finalsurvey") == [{"tnps": None, "solved": True}]


def test_the_score_of_the_mails_link_is_chosen_on_the_page(site: Site) -> None:
    _, path = site.final()
    for score in range(11):
        assert Html(site.client.get(f"{path}?score={score}").text).chosen("tnps") == [str(score)]
    assert site.rows("select * from finalsurvey") == []


def test_the_first_answer_stays(site: Site) -> None:
    _, path = site.final()
    site.client.post(path, data={"tnps": "9"})
    again = site.client.post(path, data={"tnps": "1"})
    assert again.status_code == 200
    assert "ответ уже получен" in Html(again.text).text
    assert "ответ уже получен" in Html(site.client.get(f"{path}?score=1").text).text
    assert site.rows("select tnps from finalsurvey") == [{"tnps": 9}]


def test_a_double_click_is_one_answer_and_one_next_loop(site: Site) -> None:
    case_id, path = site.final()
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _: site.client.post(path, data={"tnps": "2", "contact": "yes"}), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(site.facts("survey_answered", case_id)) == len(site.rows("select * from finalsurvey")) == 1
    assert len(site.rows("select id from response where source = 'final_survey'")) == 1


def test_asking_for_contact_again_opens_the_next_loop_on_the_same_number(site: Site) -> None:
    case_id, path = site.final()
    site.client.post(path, data={"tnps": "0", "solved": "no", "contact": "yes", "comment": "Опять"})
    (row,) = site.rows("select * from response where source = 'final_survey'")
    assert (row["previous_case"], row["external_id"], row["form"]) == (case_id, str(case_id), "demo")
    assert (row["phone"], row["email"], row["name"], row["zone"]) == (PHONE, EMAIL, NAME, "Asia/Yekaterinburg")
    assert (row["comment"], row["nps"], row["consent_version"]) == ("Опять", None, "2026-11")
    assert {name: value for name, (_, value) in site.answers("final_survey").items()} == {
        "tnps": 0,
        "solved": False,
        "comment": "Опять",
        "contact": True,
    }
    requests = site.rows("select case_id from inbox where kind = 'contact_request' and case_id = :id", id=row["id"])
    assert len(requests) == 1
    assert site.rows("select next_case from finalsurvey") == [{"next_case": row["id"]}]
    assert site.facts("survey_answered", case_id)[0]["next_case"] == str(row["id"])


def test_the_next_loop_is_of_the_same_customer(site: Site) -> None:
    _, path = site.final()
    site.client.post(path, data={"contact": "yes"})
    assert len({row["customer_id"] for row in site.rows("select customer_id from response")}) == 1


def test_another_number_may_be_typed_for_the_next_loop(site: Site) -> None:
    _, path = site.final()
    site.client.post(path, data={"contact": "yes", "phone": "8 903 000-00-11"})
    assert site.rows("select phone from response where source = 'final_survey'") == [{"phone": "+79030000011"}]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "tnps"),
        ({"tnps": "11"}, "tnps"),
        ({"tnps": "5", "solved": "maybe"}, "solved"),
        ({"tnps": "5", "comment": "а" * 4001}, "comment"),
        ({"contact": "yes", "phone": "12"}, "phone"),
        ({"tnps": "5", "phone": "+79161234567"}, "contact"),
    ],
)
def test_a_mistake_stores_nothing_and_keeps_what_was_typed(site: Site, fields: dict[str, str], wrong: str) -> None:
    _, path = site.final()
    before = site.everything()
    answer = site.client.post(path, data=fields)
    html = Html(answer.text)
    assert answer.status_code == 422
    assert f"#{wrong}" in [link["href"] for link in html.all("a")]
    assert html.mistakes() == []
    assert ("checked" in html.all("input", name="contact")[0]) is ("contact" in fields)
    assert site.everything() == before


def test_without_a_number_on_record_one_has_to_be_typed(site: Site) -> None:
    _, path = site.final(phone=None)
    assert site.client.post(path, data={"contact": "yes"}).status_code == 422
    assert site.client.post(path, data={"contact": "yes", "phone": PHONE}).status_code == 200


def test_after_a_week_the_survey_has_ended(site: Site) -> None:
    _, path = site.final()
    site.now += timedelta(days=7)
    assert site.client.get(path).status_code == 410
    answer = site.client.post(path, data={"tnps": "5"})
    assert answer.status_code == 410
    assert "Опрос уже завершён" in Html(answer.text).text
    assert site.rows("select * from finalsurvey") == []


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.IN_PROGRESS])
def test_a_case_that_is_not_resolved_or_is_closed_asks_nothing(site: Site, stage: Stage) -> None:
    case_id, path = site.final()
    with site.engine.begin() as connection:
        connection.exec_driver_sql("update cases set resolved_at = null")
    site.move(case_id, stage)
    assert site.client.get(path).status_code == 410


def test_whoever_answered_is_thanked_after_the_case_closed_too(site: Site) -> None:
    case_id, path = site.final()
    site.client.post(path, data={"tnps": "7"})
    site.move(case_id, Stage.CLOSED)
    assert site.client.get(path).status_code == 200


def test_the_page_speaks_the_language_of_the_response(site: Site) -> None:
    _, path = site.final(language=Language.EN)
    assert "How did it go?" in site.client.get(path).text
    assert "Как всё прошло?" in site.client.get(f"{path}?lang=ru").text


def test_no_page_of_the_final_survey_shows_who_it_is_about(site: Site) -> None:
    case_id, path = site.final()
    shown = [
        site.client.get(path).text,
        site.client.post(path, data={"contact": "yes", "phone": "1"}).text,
        site.client.post(path, data={"contact": "yes", "tnps": "1"}).text,
        site.client.get(path).text,
    ]
    for secret in (NAME, PHONE, PHONE[2:], EMAIL, COMMENT, str(case_id)):
        assert not any(secret in page for page in shown)
