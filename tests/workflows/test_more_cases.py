"""More cases of one customer: the next loop, and two that are open at once."""

from sqlmodel import Session, select

from db import inbox
from db.tables import Inbox
from domain.events import EventKind
from domain.messages import ServedElsewhere
from domain.words import AttemptOutcome, Outcome, Stage
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play
from workflows.close_the_loop import CloseTheLoop


def waiting_for(play: Play) -> list[Inbox]:
    with Session(play.engine) as session:
        return list(session.exec(select(Inbox).where(Inbox.case_id == play.case)))


async def deliver(play: Play) -> None:
    """Bring the inbox to the case, as the relay does."""
    for row in waiting_for(play):
        fact = inbox.FACTS[row.kind].model_validate(row.body)
        assert isinstance(fact, ServedElsewhere)
        await play.tell(CloseTheLoop.served_elsewhere, fact)


async def test_an_answer_that_asks_for_contact_leads_to_the_next_loop(start: Start) -> None:
    first = await start()
    await first.claim()
    await first.call(AttemptOutcome.REACHED)
    await first.resolve()
    second = await start(customer=first.opening.customer, previous_case=first.case)
    await first.answer(next_case=second.case)
    assert await first.outcome() is Outcome.ANSWERED
    assert (first.row().next_id, second.row().previous_id) == (second.case, first.case)
    assert (first.row().loop, second.row().loop) == (1, 2)
    assert second.promised > first.promised


async def test_a_second_case_is_linked_and_offered_to_the_same_owner(start: Start) -> None:
    first = await start()
    await first.claim()
    second = await start(customer=first.opening.customer)
    row = second.row()
    assert (row.sibling_id, row.offered_to) == (first.case, first.staff["specialist"].id)


async def test_one_ring_serves_both(start: Start) -> None:
    first = await start()
    second = await start(customer=first.opening.customer)
    await second.claim("second")
    await first.claim()
    await first.call(AttemptOutcome.REACHED)
    assert [row.kind for row in waiting_for(second)] == ["served_elsewhere"]
    await deliver(second)
    snapshot = await second.settled()
    assert (snapshot.stage, snapshot.promise.kept_at) == (Stage.IN_PROGRESS, snapshot.reached_at)
    assert second.first(EventKind.SERVED_ELSEWHERE).ref == first.case
    assert not waiting_for(first), "the first is not served back"
    await second.later(minutes=30)
    assert (await second.snapshot()).owner, "nobody need call them any more"
    assert EventKind.NOT_CALLED_WARNED not in second.steps()


async def test_cases_already_reached_or_closed_or_of_others_are_not_served(start: Start) -> None:
    first = await start()
    reached = await start(customer=first.opening.customer)
    await reached.claim()
    await reached.call(AttemptOutcome.REACHED)
    await deliver(first)
    withdrawn = await start(customer=first.opening.customer)
    await moves.customer_withdraws(withdrawn)
    await withdrawn.settled()
    stranger = await start()
    await first.claim()
    await first.call(AttemptOutcome.REACHED)
    assert [len(waiting_for(play)) for play in (reached, withdrawn, stranger)] == [0, 0, 0]


async def test_a_case_reached_already_hears_that_it_was_served_elsewhere_without_effect(start: Start) -> None:
    first = await start()
    second = await start(customer=first.opening.customer)
    for play in (first, second):
        await play.claim()
        await play.call(AttemptOutcome.REACHED)
    before = await second.settled()
    await deliver(second)
    assert await second.settled() == before
