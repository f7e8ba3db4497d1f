"""Staff commands through the real workflow: true rows at once, refusals with their reason, texts in rows only."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlmodel import Session, select
from temporalio.client import Client
from temporalio.worker import Worker

from api import updates
from api.shown import CaseCard
from db.casework import Attempt, Case, Note
from db.columns import now
from domain.messages import Ask, Fact, LogAttempt, name_of
from domain.state import Snapshot
from tests.api.conftest import Open, row
from tests.api.staff_desk import PHONE, Desk, until
from workflows.close_the_loop import CloseTheLoop

RESOLUTION = {"cause": "network_setup", "text": "Opened a port.", "solved": True, "one_conversation": True}


async def done(desk: Desk, who: str, path: str, body: object = None) -> Snapshot:
    answer = await desk.post(who, path, body)
    assert answer.status_code == 200, answer.text
    return Snapshot.model_validate(answer.json())


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def texts(desk: Desk, case_id: UUID) -> list[str]:
    with Session(desk.engine) as session:
        return [note.text for note in session.exec(select(Note).where(Note.case_id == case_id))]


async def in_progress(desk: Desk, case_id: UUID) -> None:
    await done(desk, "specialist", f"/cases/{case_id}/claim")
    await done(desk, "specialist", f"/cases/{case_id}/attempts", {"outcome": "reached"})


async def test_after_the_answer_the_rows_are_true(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    snapshot = await done(live, "specialist", f"/cases/{case_id}/claim")
    stored = row(live, case_id)
    assert stored
    assert stored.owner_id == snapshot.owner == live.staff["specialist"].id
    assert stored.seq == snapshot.seq


async def test_a_second_claim_is_refused_naming_the_owner(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await done(live, "specialist", f"/cases/{case_id}/claim")
    refused = await live.post("other", f"/cases/{case_id}/claim")
    assert problem(refused) == (409, "owned_by_another")
    assert refused.json()["detail"] == "Specialist Smith already has this case. Refresh, and take another one."


async def test_a_question_to_second_line_and_back_until_it_is_solved(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    path = f"/cases/{case_id}"
    await in_progress(live, case_id)
    asked = await done(live, "specialist", f"{path}/reviews", {"question": "Which version?"})
    review = asked.reviews[0].id
    await done(live, "second_line", f"{path}/reviews/{review}/question", {"text": "Which system?"})
    await done(live, "specialist", f"{path}/reviews", {"question": "Windows.", "review": str(review)})
    await done(live, "second_line", f"{path}/reviews/{review}/forward", {"reference": "DEV-1"})
    await done(live, "second_line", f"{path}/reviews/{review}/answer", {"text": "Version 12."})
    resolved = await done(live, "specialist", f"{path}/resolution", RESOLUTION)
    card = CaseCard.model_validate((await live.get("specialist", path)).json())
    steps = (await live.get("specialist", f"{path}/timeline")).json()["steps"]
    assert (resolved.cause, resolved.solved) == ("network_setup", True)
    assert [(one.kind, one.text) for one in card.reviews[0].texts] == [
        ("question", "Which version?"),
        ("question_back", "Which system?"),
        ("question", "Windows."),
        ("reference", "DEV-1"),
        ("answer", "Version 12."),
    ]
    assert [step["text"] for step in steps if step["kind"] == "resolved"] == ["Opened a port."]


async def test_a_lead_gives_a_case_away_and_moves_its_deadline(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    other = live.staff["other"]
    body = {"owner": str(other.id), "comment": "Knows the customer."}
    assigned = await done(live, "lead", f"/cases/{case_id}/assignment", body)
    due = now() + timedelta(hours=3)
    moved = await done(live, "lead", f"/cases/{case_id}/deadline", {"due": due.isoformat(), "reason": "Waits."})
    agreed = await done(live, "other", f"/cases/{case_id}/callbacks", {"time": (due + timedelta(hours=1)).isoformat()})
    assert assigned.owner == other.id
    assert moved.deadline == due
    assert agreed.callback == due + timedelta(hours=1)
    assert sorted(texts(live, case_id)) == ["Knows the customer.", "Waits."]


async def test_a_case_is_given_only_to_somebody_at_the_desk(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    for owner in (uuid4(), live.staff["admin"].id):
        refused = await live.post("lead", f"/cases/{case_id}/assignment", {"owner": str(owner), "comment": "Why not."})
        assert problem(refused) == (422, "not_at_the_desk")
    assert texts(live, case_id) == []


async def test_the_text_of_a_refused_command_is_taken_back(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await done(live, "specialist", f"/cases/{case_id}/claim")
    assert problem(await live.post("specialist", f"/cases/{case_id}/resolution", RESOLUTION)) == (409, "not_reached")
    assert texts(live, case_id) == []


async def test_a_release_puts_the_case_back_on_the_desk(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await done(live, "specialist", f"/cases/{case_id}/claim")
    released = await done(live, "specialist", f"/cases/{case_id}/release")
    assert released.owner is None
    assert problem(await live.post("specialist", f"/cases/{case_id}/release")) == (409, "nobodys")


async def test_nothing_can_be_done_with_a_closed_case(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await done(live, "lead", f"/cases/{case_id}/withdrawal", {"reason": "Wants no calls."})
    client: Client = live.app.state.parts.temporal
    await client.get_workflow_handle(f"case-{case_id}").result()
    refused = await live.post("lead", f"/cases/{case_id}/withdrawal", {"reason": "Again."})
    assert problem(refused) == (409, "closed")
    assert texts(live, case_id) == ["Wants no calls."]


async def test_an_alert_is_acknowledged(live: Desk, open_case: Open) -> None:
    case_id = await open_case(requested=now() - timedelta(hours=2))
    await until(lambda: _broken(row(live, case_id)))
    alerts = (await live.get("manager", "/alerts")).json()["alerts"]
    await done(live, "manager", f"/cases/{case_id}/acknowledgement")
    assert [(alert["case_id"], alert["kind"]) for alert in alerts] == [(str(case_id), "promise_broken")]
    assert (await live.get("manager", "/alerts")).json() == {"alerts": []}
    assert problem(await live.post("lead", f"/cases/{case_id}/acknowledgement")) == (409, "no_alarm")


def _broken(stored: Case | None) -> bool:
    return stored is not None and stored.promise_broken_at is not None


async def test_a_call_rings_unless_the_number_rings_in_another_case(live: Desk, open_case: Open) -> None:
    ringing, waiting = await open_case(), await open_case()
    for case_id in (ringing, waiting):
        await done(live, "specialist", f"/cases/{case_id}/claim")
    called = await done(live, "specialist", f"/cases/{ringing}/calls")
    with Session(live.engine) as session, session.begin():
        session.get_one(Attempt, called.attempts[0].id).phone = PHONE
    assert problem(await live.post("specialist", f"/cases/{waiting}/calls")) == (409, "already_ringing")
    assert problem(await live.post("specialist", f"/cases/{ringing}/calls")) == (409, "call_under_way")


async def test_a_number_that_cannot_be_rung_is_not_called(live: Desk, open_case: Open) -> None:
    case_id = await open_case(phone=None, promise=None)
    await done(live, "specialist", f"/cases/{case_id}/claim")
    assert problem(await live.post("specialist", f"/cases/{case_id}/calls")) == (409, "no_number")


@pytest.mark.parametrize(
    ("who", "command", "body"),
    [
        ("specialist", "callbacks", {"time": "2027-01-01T10:00:00"}),
        ("lead", "deadline", {"due": "2027-01-01T10:00:00", "reason": "Naive."}),
        ("specialist", "resolution", RESOLUTION | {"solved": 1}),
        ("specialist", "resolution", RESOLUTION | {"cause": "Network Setup"}),
        ("specialist", "attempts", {"outcome": "talked"}),
        ("specialist", "notes", {"text": "  "}),
    ],
)
async def test_a_body_that_means_nothing_is_refused(desk: Desk, who: str, command: str, body: object) -> None:
    refused = await desk.post(who, f"/cases/{desk.open()}/{command}", body)
    assert problem(refused) == (422, "invalid")


async def test_a_note_needs_no_workflow(desk: Desk) -> None:
    case_id = desk.open()
    for _ in range(2):
        answer = await desk.post("specialist", f"/cases/{case_id}/notes", {"text": "After lunch."}, key="k")
        assert answer.status_code == 201
    card = CaseCard.model_validate((await desk.get("lead", f"/cases/{case_id}")).json())
    assert [(note.text, note.by_name) for note in card.notes] == [("After lunch.", "Specialist Smith")]


async def test_while_temporal_is_away_a_command_asks_to_be_repeated(desk: Desk) -> None:
    answer = await desk.post("specialist", f"/cases/{desk.open()}/claim", key="k")
    assert problem(answer) == (503, "workflow_unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_a_retry_after_a_timeout_joins_the_command_under_way(
    live: Desk, crew: Callable[[], Worker], queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = live.respond()
    client: Client = live.app.state.parts.temporal
    await client.start_workflow(CloseTheLoop.run, told, id=f"case-{told.case}", task_queue=queue)
    async with crew():
        await until(lambda: row(live, told.case) is not None)
    with monkeypatch.context() as hurried:
        hurried.setattr(updates, "PATIENCE", timedelta(seconds=1))
        timed_out = await live.post("specialist", f"/cases/{told.case}/claim", key="k")
    async with crew():
        retried = await live.post("specialist", f"/cases/{told.case}/claim", key="k")
    steps = (await live.get("lead", f"/cases/{told.case}/timeline")).json()["steps"]
    assert problem(timed_out) == (503, "workflow_unavailable")
    assert retried.status_code == 200
    assert [step["kind"] for step in steps] == ["opened", "claimed"]


async def test_of_many_claims_at_once_one_wins(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    people = ["specialist", "other"] * 3
    answers = await asyncio.gather(*(live.post(who, f"/cases/{case_id}/claim") for who in people))
    winners = {answer.json()["owner"] for answer in answers if answer.status_code == 200}
    assert len(winners) == 1
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 3


async def test_texts_stay_out_of_the_workflows_history(live: Desk, open_case: Open) -> None:
    case_id = await open_case()
    await in_progress(live, case_id)
    await done(live, "specialist", f"/cases/{case_id}/resolution", RESOLUTION | {"text": "MARKER-7F3A"})
    client: Client = live.app.state.parts.temporal
    history = await client.get_workflow_handle(f"case-{case_id}").fetch_history()
    written = b"".join(event.SerializeToString() for event in history.events)
    assert b"network_setup" in written
    assert b"MARKER-7F3A" not in written


def test_asks_have_the_names_of_updates_and_facts_those_of_signals() -> None:
    members = {name: getattr(CloseTheLoop, name) for name in dir(CloseTheLoop)}
    asks = [ask for ask in Ask.__subclasses__() if ask.__module__ == "domain.messages"]
    assert name_of(LogAttempt) == "log_attempt"
    assert {name_of(ask) for ask in asks} == {name for name, member in members.items() if hasattr(member, "_defn")}
    signals = {name for name, member in members.items() if hasattr(member, "__temporal_signal_definition")}
    assert {name_of(fact) for fact in Fact.__subclasses__()} == signals
