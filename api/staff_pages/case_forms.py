"""What is done on a case's page: each form becomes the same command, by the same rules, as in the JSON API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import case_commands, notes, reviews
from api.auth import CASEWORK, DESK, LEADS
from api.commands import Command
from api.shapes import (
    AssignmentIn,
    AttemptIn,
    CallbackIn,
    DeadlineIn,
    NoteIn,
    ResolutionIn,
    ReviewIn,
    WithdrawalIn,
)
from api.staff_pages.case_page import carried_out
from api.staff_pages.case_sent import Form
from api.staff_pages.case_times import instant
from api.staff_pages.frame import PageRoute
from api.staff_pages.signed_in import form_commanded_by
from domain.policies import STANDARD

router = APIRouter(prefix="/desk/cases/{case_id}", route_class=PageRoute, include_in_schema=False)
DeskForm = Annotated[Command, form_commanded_by(*DESK)]
CaseworkForm = Annotated[Command, form_commanded_by(*CASEWORK)]
LeadForm = Annotated[Command, form_commanded_by(*LEADS)]


@router.post("/claim")
async def claim(request: Request, case_id: UUID, command: DeskForm) -> Response:
    """Take it."""
    return await carried_out(request, case_id, "claim", lambda _: case_commands.claim_case(case_id, command))


@router.post("/release")
async def release(request: Request, case_id: UUID, command: CaseworkForm) -> Response:
    """Put it back."""
    return await carried_out(request, case_id, "release", lambda _: case_commands.release_case(case_id, command))


@router.post("/call")
async def call(request: Request, case_id: UUID, command: DeskForm) -> Response:
    """Ring."""
    return await carried_out(request, case_id, "call", lambda _: case_commands.call_customer(case_id, command))


@router.post("/attempt")
async def log_attempt(request: Request, case_id: UUID, command: DeskForm) -> Response:
    """Write down a call made by other means."""

    async def work(form: Form) -> None:
        body = AttemptIn.model_validate({"outcome": form.get("outcome")})
        await case_commands.log_attempt(case_id, body, command)

    return await carried_out(request, case_id, "attempt", work)


@router.post("/callback")
async def agree_callback(request: Request, case_id: UUID, command: DeskForm) -> Response:
    """Agree a time, by the clock that the form names."""

    async def work(form: Form) -> None:
        body = CallbackIn(time=instant(form.get("time", ""), form.get("zone", "")))
        await case_commands.schedule_callback(case_id, body, command)

    return await carried_out(request, case_id, "callback", work)


@router.post("/note")
async def write_note(request: Request, case_id: UUID, command: CaseworkForm) -> Response:
    """Leave a note."""

    async def work(form: Form) -> None:
        await notes.write_note(case_id, NoteIn(text=form.get("text", "")), command)

    return await carried_out(request, case_id, "note", work)


@router.post("/escalate")
async def escalate(request: Request, case_id: UUID, command: DeskForm) -> Response:
    """Ask second line, or answer what it asked back."""
    review = str((await request.form()).get("review", ""))

    async def work(form: Form) -> None:
        body = ReviewIn.model_validate({"question": form.get("text", ""), "review": review or None})
        await reviews.ask_second_line(case_id, body, command)

    return await carried_out(request, case_id, f"escalate {review}".strip(), work)


@router.post("/resolve")
async def resolve(request: Request, case_id: UUID, command: CaseworkForm) -> Response:
    """End the work."""

    async def work(form: Form) -> None:
        told = {name: form.get(name, "") for name in ("cause", "text")}
        answered = {name: {"yes": True, "no": False}.get(form.get(name, "")) for name in ("solved", "one_conversation")}
        await case_commands.resolve_case(case_id, ResolutionIn.model_validate(told | answered), command)

    return await carried_out(request, case_id, "resolve", work)


@router.post("/withdraw")
async def withdraw(request: Request, case_id: UUID, command: CaseworkForm) -> Response:
    """End it at the customer's wish."""

    async def work(form: Form) -> None:
        await case_commands.withdraw_case(case_id, WithdrawalIn(reason=form.get("text", "")), command)

    return await carried_out(request, case_id, "withdraw", work)


@router.post("/assign")
async def assign(request: Request, case_id: UUID, command: LeadForm) -> Response:
    """Give it to somebody."""

    async def work(form: Form) -> None:
        body = AssignmentIn.model_validate({"owner": form.get("owner"), "comment": form.get("text", "")})
        await case_commands.assign_case(case_id, body, command)

    return await carried_out(request, case_id, "assign", work)


@router.post("/deadline")
async def move_deadline(request: Request, case_id: UUID, command: LeadForm) -> Response:
    """Another deadline, by the company's clock."""
    zone = command.parts.policies[STANDARD].company.zone

    async def work(form: Form) -> None:
        body = DeadlineIn(due=instant(form.get("time", ""), zone), reason=form.get("text", ""))
        await case_commands.move_deadline(case_id, body, command)

    return await carried_out(request, case_id, "deadline", work)


@router.post("/acknowledge")
async def acknowledge(request: Request, case_id: UUID, command: LeadForm) -> Response:
    """The alerts were seen."""
    return await carried_out(
        request, case_id, "acknowledge", lambda _: case_commands.acknowledge_alerts(case_id, command)
    )
