"""Rows follow the workflow: written once, never backwards, and by whoever comes first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, SQLModel, col, select

from db.columns import new_id
from db.projection import project
from db.tables import Alert, Attempt, Case, Customer, Inbox, Response, Review, Staff, Timeline
from domain import rules
from domain.messages import (
    Acknowledge,
    AnswerReview,
    Ask,
    Call,
    CallEnded,
    Claim,
    CustomerAnswered,
    Escalate,
    Release,
    Resolve,
)
from domain.projection import Record, ticket_of
from domain.words import AttemptOutcome, Role, Stage
from tests.domain import case_stages as stages
from tests.domain.case_stages import ATTEMPT, LEAD, OWNER, REVIEW, SECOND_LINE, TEXT, minute

PEOPLE = {OWNER.id: Role.SPECIALIST, SECOND_LINE.id: Role.SECOND_LINE, LEAD.id: Role.LEAD}


@pytest.fixture
def customer(engine: Engine) -> UUID:
    """A customer, and the staff whom cases may belong to."""
    person = Customer()
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.add(person)
        session.add_all(Staff(id=id, name=role, role=role) for id, role in PEOPLE.items())
    return person.id


def stored(engine: Engine, customer: UUID, make: Callable[[], rules.Case] = stages.opened, **ids: UUID) -> rules.Case:
    """A case of this customer with a response in the database, and nothing projected yet."""
    case = make()
    case.opening = case.opening.model_copy(update={"customer": customer, **ids})
    moment = stages.T0
    row = Response(
        id=case.opening.case,
        source="generic",
        form="demo",
        external_id=str(new_id()),
        version=moment,
        submitted_at=moment,
        customer_id=customer,
        language="en",
    )
    with Session(engine) as session, session.begin():
        session.add(row)
    return case


def record(case: rules.Case) -> Record:
    """What the workflow would hand over now."""
    events = tuple(case.take_events())
    ticket = ticket_of(case.opening) if events[0].seq == 1 else None
    due = rules.awaited(case)
    snapshot = case.snapshot(due.step if due else None, due.at if due else None)
    return Record(events=events, snapshot=snapshot, ticket=ticket)


def write(engine: Engine, record: Record) -> None:
    with engine.begin() as connection:
        project(connection, record)


def asked(case: rules.Case, ask: Ask, n: float) -> Record:
    stages.obey(case, ask, n)
    return record(case)


def everything(engine: Engine) -> list[list[dict[str, object]]]:
    """All rows that a projection writes."""
    tables: tuple[type[SQLModel], ...] = (Case, Timeline, Attempt, Review, Alert, Inbox)
    with Session(engine) as session:
        return [[row.model_dump() for row in session.exec(select(table)).all()] for table in tables]


def row_of(engine: Engine, case: rules.Case) -> Case:
    with Session(engine) as session:
        return session.get_one(Case, case.opening.case)


def alerts(engine: Engine) -> list[Alert]:
    with Session(engine) as session:
        return list(session.exec(select(Alert).order_by(col(Alert.raised_at))))


def numbers(engine: Engine, case: rules.Case) -> list[int]:
    with Session(engine) as session:
        mine = select(Timeline.seq).where(Timeline.case_id == case.opening.case).order_by(col(Timeline.id))
        return list(session.exec(mine))


@pytest.mark.parametrize("make", [stages.opened, stages.under_review, stages.alarmed, stages.closed])
def test_the_same_record_twice_changes_nothing(engine: Engine, customer: UUID, make: Callable[[], rules.Case]) -> None:
    told = record(stored(engine, customer, make))
    write(engine, told)
    before = everything(engine)
    write(engine, told)
    assert everything(engine) == before


def test_another_event_under_a_used_number_fails_and_writes_nothing(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer)
    opening = record(case)
    write(engine, opening)
    claim = asked(case, Claim(by=OWNER), 1)
    write(engine, claim)
    before = everything(engine)
    other = claim.events[0].model_copy(update={"id": "2:claimed:somebody else", "by": LEAD.id})
    with pytest.raises(IntegrityError):
        write(engine, claim.model_copy(update={"events": (other,)}))
    assert everything(engine) == before


def test_an_older_record_never_overwrites_a_newer_one(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer)
    write(engine, record(case))
    older = asked(case, Claim(by=OWNER), 1)
    newer = asked(case, Release(by=OWNER), 2)
    write(engine, newer)
    write(engine, older)
    row = row_of(engine, case)
    assert (row.seq, row.owner_id) == (3, None)
    assert sorted(numbers(engine, case)) == [1, 2, 3]


def test_the_row_says_what_the_snapshot_says(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.closed)
    told = record(case)
    write(engine, told)
    row, snapshot = row_of(engine, case), told.snapshot
    assert Stage(row.stage) is Stage.CLOSED
    same = {"seq", "stage", "outcome", "reached_at", "resolved_at", "closed_at", "cause", "solved", "urgent_at"}
    assert {name: getattr(row, name) for name in same} == {name: getattr(snapshot, name) for name in same}
    assert (row.owner_id, row.promise_kept_at) == (snapshot.owner, snapshot.promise.kept_at)
    with Session(engine) as session:
        attempt = session.get_one(Attempt, ATTEMPT)
    assert (attempt.outcome, attempt.answered_at, attempt.ended_at) == ("reached", minute(3), minute(4))


def test_a_review_is_one_row_whatever_becomes_of_it(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.under_review)
    write(engine, record(case))
    write(engine, asked(case, AnswerReview(by=SECOND_LINE, review=REVIEW, answer=TEXT), 9))
    write(engine, asked(case, Escalate(by=OWNER, review=new_id(), question=TEXT), 10))
    with Session(engine) as session:
        assert session.get_one(Review, REVIEW).answered_at == minute(9)
        assert len(session.exec(select(Review)).all()) == 2


def test_what_the_telephone_wrote_of_an_attempt_survives_its_end(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.ringing)
    write(engine, record(case))
    with Session(engine) as session, session.begin():
        session.get_one(Attempt, ATTEMPT).sqlmodel_update({"phone": "+79160000000", "provider_id": "CA1"})
    rules.hear(case, CallEnded(id="e", at=minute(4), attempt=ATTEMPT, outcome=AttemptOutcome.BUSY), now=minute(4))
    write(engine, record(case))
    with Session(engine) as session:
        attempt = session.get_one(Attempt, ATTEMPT)
    assert (attempt.outcome, attempt.phone, attempt.provider_id) == ("busy", "+79160000000", "CA1")


def test_an_alert_is_raised_repeated_and_acknowledged(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.alarmed)
    write(engine, record(case))
    (raised,) = alerts(engine)
    assert (raised.kind, raised.due, raised.repeats, raised.ended_at) == ("promise_broken", minute(60), 0, None)
    rules.fall_due(case, minute(66))
    write(engine, record(case))
    (repeated,) = alerts(engine)
    assert (repeated.id, repeated.repeats, repeated.raised_at) == (raised.id, 1, raised.raised_at)
    write(engine, asked(case, Acknowledge(by=LEAD), 70))
    (seen,) = alerts(engine)
    assert (seen.acknowledged_by, seen.acknowledged_at, seen.ended_at) == (LEAD.id, minute(70), minute(70))


def test_an_alert_whose_cause_ends_was_acknowledged_by_nobody(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.alarmed)
    write(engine, record(case))
    stages.obey(case, Claim(by=OWNER), 62)
    stages.obey(case, Call(by=OWNER, attempt=ATTEMPT), 63)
    rules.hear(case, CustomerAnswered(id="a", at=minute(63), attempt=ATTEMPT), now=minute(63))
    rules.hear(case, CallEnded(id="e", at=minute(64), attempt=ATTEMPT, outcome=AttemptOutcome.REACHED), now=minute(64))
    write(engine, record(case))
    (ended,) = alerts(engine)
    assert (ended.acknowledged_by, ended.acknowledged_at, ended.ended_at) == (None, None, minute(64))


def test_an_alarm_raised_anew_is_another_alert(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.under_review)
    write(engine, record(case))
    for n in (5 + 4 * 60, 5 + 8 * 60):
        rules.fall_due(case, minute(n))
        write(engine, record(case))
    first, second = [alert for alert in alerts(engine) if alert.kind == "review_overdue"]
    assert (first.ended_at, second.ended_at) == (minute(5 + 8 * 60), None)


def test_reaching_a_customer_serves_their_other_open_cases_once(engine: Engine, customer: UUID) -> None:
    over, waiting = stored(engine, customer, stages.closed), stored(engine, customer)
    over.attempts.clear()  # all these cases would have the same attempt
    for case in (over, waiting):
        write(engine, record(case))
    reached = stored(engine, customer, stages.in_progress)
    told = record(reached)
    write(engine, told)
    write(engine, told)
    with Session(engine) as session:
        (row,) = session.exec(select(Inbox))
    this, other = reached.opening.case, waiting.opening.case
    assert (row.kind, row.case_id, row.key, row.done_at) == ("served_elsewhere", other, f"{this}:{other}", None)
    assert row.body == {"id": row.key, "at": minute(3).isoformat(), "case": str(this)}


def test_the_next_loop_is_linked_both_ways(engine: Engine, customer: UUID) -> None:
    first = stored(engine, customer)
    write(engine, record(first))
    second = stored(engine, customer, previous=first.opening.case)
    write(engine, record(second))
    assert row_of(engine, first).next_id == second.opening.case
    assert row_of(engine, second).previous_id == first.opening.case
    write(engine, asked(first, Claim(by=OWNER), 1))
    assert row_of(engine, first).next_id == second.opening.case, "later steps of the first keep the link"


@pytest.mark.parametrize("change", ["update timeline set kind = 'x'", "delete from timeline", "truncate timeline"])
def test_the_timeline_is_append_only(engine: Engine, customer: UUID, change: str) -> None:
    case = stored(engine, customer)
    write(engine, record(case))
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(change))
    assert numbers(engine, case) == [1]


def test_the_timeline_has_no_gap(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.in_progress)
    write(engine, record(case))
    for n in range(1, 5):
        rules.fall_due(case, minute(60 * 24 * n))
        write(engine, record(case))
    write(engine, asked(case, _resolution(), 60 * 24 * 5))
    found = numbers(engine, case)
    assert found == list(range(1, case.seq + 1))


def _resolution() -> Resolve:
    return Resolve(by=OWNER, cause="setup", text=TEXT, solved=True, one_conversation=True)


def test_two_writers_of_one_record_write_it_once(engine: Engine, customer: UUID) -> None:
    told = record(stored(engine, customer, stages.alarmed))
    with ThreadPoolExecutor(2) as writers:
        list(writers.map(lambda _: write(engine, told), range(2)))
    _, timeline, _, _, raised, _ = everything(engine)
    assert (len(timeline), len(raised)) == (len(told.events), 1)


def test_writers_of_many_cases_commit_in_the_order_of_the_timelines_ids(engine: Engine, customer: UUID) -> None:
    told = [record(stored(engine, customer, stages.alarmed)) for _ in range(20)]
    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda one: write(engine, one), told))
    with Session(engine) as session:
        ids = list(session.exec(select(Timeline.id, Timeline.recorded_at).order_by(col(Timeline.id))))
    assert len(ids) == sum(len(one.events) for one in told)
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(ids))


def test_a_quiet_event_is_on_record_like_any_other(engine: Engine, customer: UUID) -> None:
    case = stored(engine, customer, stages.alarmed)
    told = record(case)
    assert sum(event.quiet for event in told.events) == 3
    write(engine, told)
    with Session(engine) as session:
        dues = {row.due for row in session.exec(select(Timeline).where(Timeline.kind == "promise_warned"))}
    assert dues == {minute(30), minute(45), minute(54)}
