"""Deliveries of a response: repeated, reordered and at once, they make one row, one case and one promise."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import Engine

from db.tables import Case, Customer, Inbox, Response
from domain.promise import Promise
from settings import Settings
from surveys.reading import Json
from temporal_client import connect_lazily
from tests.api.webhook_app import NOON, Webhooks, generic, version, webhooks

MOBILE = "+79161234567"


@pytest.fixture
async def hooks(engine: Engine) -> Webhooks:
    return webhooks(engine, await connect_lazily(Settings(_env_file=None)))


def the(hooks: Webhooks) -> Response:
    (row,) = hooks.rows(Response)
    return row


def kinds(hooks: Webhooks) -> list[str]:
    return sorted(row.kind for row in hooks.rows(Inbox))


def fact(hooks: Webhooks, kind: str) -> Inbox:
    (row,) = [row for row in hooks.rows(Inbox) if row.kind == kind]
    return row


def contact(phone: str | None = "8 (916) 123-45-67", *, requested: bool = True) -> Json:
    return {"requested": requested, "phone": phone}


async def test_a_contact_request_is_stored_with_its_promise_and_a_case_on_its_way(hooks: Webhooks) -> None:
    answer = await hooks.generic(generic())
    row, waiting = the(hooks), fact(hooks, "contact_request")
    promise = Promise.model_validate(row.promise)
    assert (answer.status_code, answer.json()) == (202, {"id": str(row.id)})
    assert (row.phone, row.phone_problem, row.contact_requested_at) == (MOBILE, None, NOON)
    assert (promise.requested_at, promise.due) == (NOON, NOON + timedelta(hours=1))
    assert (waiting.case_id, waiting.key, waiting.urgent_at, waiting.body) == (row.id, str(row.id), promise.due, {})


async def test_a_repeat_answers_200_with_the_same_id(hooks: Webhooks) -> None:
    first = await hooks.generic(generic())
    before = hooks.count()
    again = [await hooks.generic(generic()) for _ in range(2)]
    assert [answer.status_code for answer in again] == [200, 200]
    assert [answer.json() for answer in again] == [first.json()] * 2
    assert hooks.count() == before


async def test_without_a_contact_request_it_is_stored_and_no_case_opens(hooks: Webhooks) -> None:
    answer = await hooks.generic(generic(contact=contact(requested=False)))
    assert (answer.status_code, the(hooks).contact_requested_at, hooks.rows(Inbox)) == (202, None, [])


async def test_twenty_deliveries_at_once_make_one_case(hooks: Webhooks) -> None:
    answers = await asyncio.gather(*(hooks.generic(generic()) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert {answer.json()["id"] for answer in answers} == {str(the(hooks).id)}
    assert (hooks.count()["customer"], kinds(hooks)) == (1, ["contact_request"])


async def test_twenty_responses_of_one_new_customer_at_once_make_one_profile(hooks: Webhooks) -> None:
    who: Json = {"id": "c-1", "invited_email": "anna@example.com"}
    documents = [generic(response_id=f"r-{n}", customer=who) for n in range(20)]
    answers = await asyncio.gather(*(hooks.generic(document) for document in documents))
    assert {answer.status_code for answer in answers} == {202}
    assert (hooks.count()["customer"], hooks.count()["response"], hooks.count()["inbox"]) == (1, 20, 20)


def formbricks(event: str, minute: int, data: Json) -> Json:
    inside: Json = {"id": "f-1", "surveyId": "S1", "updatedAt": version(minute), "data": data}
    return {"event": event, "webhookId": "w", "data": inside}


CREATED = formbricks("responseCreated", 1, {})
UPDATED = formbricks("responseUpdated", 2, {"call": "accepted", "phone": "9161234567"})
FINISHED = formbricks("responseFinished", 3, {"call": "accepted", "phone": "9161234567", "why": "Не работает"})


@pytest.mark.parametrize("order", list(permutations((CREATED, UPDATED, FINISHED))))
async def test_in_whatever_order_it_is_one_case_and_the_newest_state(hooks: Webhooks, order: tuple[Json, ...]) -> None:
    answers = [await hooks.signed("/webhooks/surveys/formbricks", one, source="formbricks") for one in order + order]
    row = the(hooks)
    assert {answer.json()["id"] for answer in answers} == {str(row.id)}
    assert (row.finished, row.comment, row.phone, row.contact_requested_at) == (True, "Не работает", MOBILE, NOON)
    assert kinds(hooks).count("contact_request") == 1


async def test_finished_goes_before_updated_of_the_same_instant(hooks: Webhooks) -> None:
    finished = formbricks("responseFinished", 2, {"why": "finished"})
    for one in (finished, formbricks("responseUpdated", 2, {"why": "updated"})):
        await hooks.signed("/webhooks/surveys/formbricks", one, source="formbricks")
    assert (the(hooks).finished, the(hooks).comment) == (True, "finished")


async def test_a_request_in_an_older_delivery_still_counts_and_changes_nothing_else(hooks: Webhooks) -> None:
    newer = generic(updated_at=version(59), contact=contact(None, requested=False), comment="newer")
    await hooks.generic(newer)
    hooks.clock.pass_(timedelta(minutes=1))
    answer = await hooks.generic(generic(updated_at=version(58), comment="older"))
    row = the(hooks)
    assert (answer.status_code, kinds(hooks)) == (202, ["contact_request"])
    assert (row.comment, row.phone, row.contact_requested_at) == ("newer", MOBILE, NOON + timedelta(minutes=1))


async def test_the_promise_never_moves_and_the_request_is_never_taken_back(hooks: Webhooks) -> None:
    await hooks.generic(generic())
    promise = the(hooks).promise
    hooks.clock.pass_(timedelta(minutes=30))
    await hooks.generic(generic(updated_at=version(59), contact=contact(requested=False), comment="?"))
    assert (the(hooks).promise, the(hooks).contact_requested_at) == (promise, NOON)


async def test_a_later_change_of_an_open_case_is_told_to_it(hooks: Webhooks) -> None:
    await hooks.generic(generic(updated_at=version(50)))
    changed = await hooks.generic(generic(updated_at=version(55), comment="It got worse"))
    unchanged = await hooks.generic(generic(updated_at=version(56), comment="It got worse"))
    told, row = fact(hooks, "response_amended"), the(hooks)
    assert (changed.status_code, unchanged.status_code) == (202, 202)
    assert (told.case_id, told.key) == (row.id, f"{row.id}:2026-11-03T08:55:00+00:00")
    assert told.body == {"id": told.key, "at": "2026-11-03T08:55:00Z"}


async def test_an_older_change_is_told_to_nobody(hooks: Webhooks) -> None:
    await hooks.generic(generic(updated_at=version(50), comment="new"))
    answer = await hooks.generic(generic(updated_at=version(40), comment="old"))
    assert (answer.status_code, the(hooks).comment, kinds(hooks)) == (200, "new", ["contact_request"])


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (None, "missing"),
        ("call me maybe", "unparseable"),
        ("112", "invalid"),
        ("8 809 123-45-67", "premium"),
        ("+44 20 7946 0958", "country_not_allowed"),
    ],
)
async def test_an_unusable_number_still_opens_a_case(hooks: Webhooks, typed: str | None, problem: str) -> None:
    answer = await hooks.generic(generic(contact=contact(typed)))
    row = the(hooks)
    assert (answer.status_code, row.phone, row.phone_typed, row.promise) == (202, None, typed, None)
    assert row.phone_problem == problem
    assert fact(hooks, "contact_request").urgent_at == NOON


async def test_a_number_that_comes_later_makes_the_promise_from_then_on(hooks: Webhooks) -> None:
    await hooks.generic(generic(updated_at=version(50), contact=contact("none")))
    hooks.clock.pass_(timedelta(minutes=30))
    await hooks.generic(generic(updated_at=version(55)))
    row, given = the(hooks), fact(hooks, "number_given")
    due = NOON + timedelta(minutes=90)
    assert (row.phone, row.phone_problem, Promise.model_validate(row.promise).due) == (MOBILE, None, due)
    assert (given.body["promise"], given.urgent_at) == (row.promise, due)
    assert given.body["calling"]
    assert hooks.rows(Customer)[0].phone == MOBILE


@pytest.mark.parametrize(("usable", "told"), [(False, 1), (True, 0)])
async def test_another_number_reaches_a_case_whose_own_proved_to_be_none(
    hooks: Webhooks, usable: bool, told: int
) -> None:
    await hooks.generic(generic(updated_at=version(50)))
    row = the(hooks)
    hooks.add(
        Case(
            id=row.id,
            seq=1,
            customer_id=row.customer_id,
            source=row.source,
            policy=row.policy,
            stage="awaiting_callback",
            requested_at=NOON,
            snapshot={"number_usable": usable},
        )
    )
    await hooks.generic(generic(updated_at=version(55), contact=contact("8 916 765-43-21")))
    assert the(hooks).phone == "+79167654321"
    assert len([one for one in hooks.rows(Inbox) if one.kind == "number_given"]) == told


async def test_a_worse_number_never_replaces_one_that_can_be_rung(hooks: Webhooks) -> None:
    await hooks.generic(generic(updated_at=version(50)))
    await hooks.generic(generic(updated_at=version(55), contact=contact("oops")))
    assert (the(hooks).phone, the(hooks).phone_problem) == (MOBILE, None)


async def test_another_number_is_kept_for_the_customer_too(hooks: Webhooks) -> None:
    await hooks.generic(generic(updated_at=version(50)))
    await hooks.generic(generic(updated_at=version(55), contact=contact("+7 916 765-43-21")))
    assert (the(hooks).phone, hooks.rows(Customer)[0].phone) == ("+79167654321", "+79167654321")
    assert kinds(hooks) == ["contact_request", "response_amended"]


@pytest.mark.parametrize(
    ("customer", "phone", "zone"),
    [
        ({"zone": "Asia/Vladivostok"}, "8 916 123-45-67", "Asia/Vladivostok"),
        ({}, "8 (423) 222-22-22", "Asia/Vladivostok"),
        ({}, "8 916 123-45-67", None),
        ({"zone": "Mars/Olympus"}, "8 916 123-45-67", None),
    ],
)
async def test_the_zone_is_the_surveys_then_the_landlines(
    hooks: Webhooks, customer: dict[str, Json], phone: str, zone: str | None
) -> None:
    await hooks.generic(generic(customer=customer, contact=contact(phone)))
    assert the(hooks).zone == zone


async def test_the_profiles_zone_goes_before_the_surveys(hooks: Webhooks) -> None:
    hooks.add(Customer(external_id="c-1", zone="Asia/Kamchatka"))
    hooks.clock.time = datetime(2026, 11, 3, 8, 30, tzinfo=UTC)
    await hooks.generic(generic(customer={"id": "c-1", "zone": "Europe/Moscow"}))
    # Half an hour of Kamchatka's day is left; the company then opens at 06:00 UTC, after the holiday of 4 November.
    assert Promise.model_validate(the(hooks).promise).due == datetime(2026, 11, 5, 6, 30, tzinfo=UTC)


async def test_nul_and_lone_surrogates_are_stored_as_text(hooks: Webhooks) -> None:
    answer = await hooks.generic(generic(comment="a\x00b", customer={"name": "\ud800Anna"}))
    assert (answer.status_code, the(hooks).comment, the(hooks).name) == (202, "ab", "\ufffdAnna")


async def test_the_same_external_id_of_another_form_is_another_response(hooks: Webhooks) -> None:
    mapped = generic(form="mapped", answers=[{"id": "q1", "value": True}])
    first, second = await hooks.generic(generic()), await hooks.generic(mapped)
    assert first.json() != second.json()
    assert kinds(hooks) == ["contact_request", "contact_request"]


async def test_a_known_customer_is_found_by_id_then_by_the_invited_address(hooks: Webhooks) -> None:
    by_id, by_mail = Customer(external_id="c-1"), Customer(invited_email="anna@example.com")
    hooks.add(by_id, by_mail)
    who: dict[str, Json] = {
        "id": {"id": "c-1"},
        "mail": {"invited_email": "Anna@Example.com"},
        "typed": {"email": "anna@example.com", "name": "Not Anna"},
    }
    for name, customer in who.items():
        await hooks.generic(generic(response_id=name, customer=customer))
    whose = {row.external_id: row.customer_id for row in hooks.rows(Response)}
    assert (whose["id"], whose["mail"]) == (by_id.id, by_mail.id)
    assert whose["typed"] not in (by_id.id, by_mail.id)


async def test_a_typed_phone_merges_nobody(hooks: Webhooks) -> None:
    await hooks.generic(generic(response_id="r-1"))
    await hooks.generic(generic(response_id="r-2"))
    assert hooks.count()["customer"] == 2


async def test_a_later_delivery_may_say_who_it_is(hooks: Webhooks) -> None:
    silent = contact(None, requested=False)
    await hooks.generic(generic(updated_at=version(50), contact=silent))
    await hooks.generic(generic(updated_at=version(55), contact=silent, customer={"id": "c-1"}))
    (customer,) = hooks.rows(Customer)
    assert (customer.external_id, the(hooks).customer_id) == ("c-1", customer.id)
