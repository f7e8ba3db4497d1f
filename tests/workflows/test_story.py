"""What the history of a case tells an operator, and what it never contains."""

import base64
import re

from sqlmodel import Session
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHistory

from db.tables import Customer, Note
from domain.words import AttemptOutcome, Outcome
from tests.workflows import moves
from tests.workflows.conftest import Start
from tests.workflows.playing import Play

MARK = "Zyxw"
PERSONAL = {
    "name": f"{MARK} Name",
    "phone": "+79165550199",
    "phone_typed": f"{MARK} 8 916 555-01-99",
    "email": f"{MARK}@example.com",
    "comment": f"{MARK} comment",
    "answers": [{"question": "why", "answer": f"{MARK} answer"}],
}
MARKS = (MARK, "5550199", "555-01-99")
SUMMARISED = {EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, EventType.EVENT_TYPE_TIMER_STARTED}


def readable(history: WorkflowHistory) -> str:
    """The exported history, with every payload as it was before it was packed."""
    exported = history.to_json()
    packed = re.findall(r'"data":\s*"([^"]*)"', exported)
    return exported + "".join(base64.b64decode(data).decode() for data in packed)


def plant(play: Play) -> None:
    """Marks in everything people write beside the response."""
    with Session(play.engine) as session, session.begin():
        session.get_one(Customer, play.opening.customer).name = f"{MARK} customer"
        for kind in ("note", "question", "answer", "reason", "resolution"):
            session.add(Note(case_id=play.case, kind=kind, text=f"{MARK} {kind}"))


async def busy(start: Start) -> Play:
    """A case in which nearly everything happens."""
    play = await start(**PERSONAL)
    plant(play)
    await play.later(minutes=61)
    await moves.acknowledge(play)
    await play.claim()
    await play.call(AttemptOutcome.NO_ANSWER)
    await play.later(minutes=16)
    await play.call(AttemptOutcome.REACHED)
    await moves.answer_review(play, await moves.escalate(play))
    await play.resolve()
    await play.later(days=3)
    await play.answer()
    assert await play.outcome() is Outcome.ANSWERED
    return play


async def test_nothing_personal_is_found_in_a_history(start: Start) -> None:
    play = await busy(start)
    history = readable(await play.handle.fetch_history())
    assert str(play.case) in history
    assert "promise_broken" in history
    assert [mark for mark in MARKS if mark in history] == []


async def test_every_activity_and_timer_says_what_it_is_for(start: Start) -> None:
    play = await busy(start)
    events = [event for event in (await play.handle.fetch_history()).events if event.event_type in SUMMARISED]
    assert {event.event_type for event in events} == SUMMARISED
    unexplained = [event.event_id for event in events if not event.user_metadata.summary.data]
    assert unexplained == []


async def details(play: Play) -> str:
    metadata: WorkflowMetadata = await play.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return metadata.current_details


async def test_the_current_details_follow_the_stages(start: Start) -> None:
    play = await start()
    told = [await details(play)]
    await play.claim()
    await play.call(AttemptOutcome.REACHED)
    told.append(await details(play))
    review = await moves.escalate(play)
    told.append(await details(play))
    await moves.answer_review(play, review)
    await play.resolve()
    told.append(await details(play))
    await play.answer()
    await play.outcome()
    told.append(await details(play))
    assert [text.splitlines()[0] for text in told] == [
        "**awaiting_callback**",
        "**in_progress**",
        "**under_review**",
        "**resolved**",
        "**closed** · answered",
    ]
    assert "- next: promise, 50% gone, " in told[0]
    assert "- owner: nobody" in told[0]
    assert "promise: kept" in told[1]
