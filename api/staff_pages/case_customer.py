"""Completing the customer's card while talking."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from sqlmodel import Session

from api import cases
from api.auth import DESK, Person
from api.deps import Parts, PartsDep
from api.shapes import CustomerPatch
from api.staff_pages.case_page import carried_out
from api.staff_pages.case_sent import Form
from api.staff_pages.frame import PageRoute
from api.staff_pages.signed_in import signed_in

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/desk/cases/{case_id}/customer")
async def complete(
    request: Request, case_id: UUID, person: Annotated[Person, signed_in(*DESK)], parts: PartsDep
) -> Response:
    """Store the fields that were changed; what a colleague has written into others meanwhile stays."""

    async def work(form: Form) -> None:
        await run_in_threadpool(_store, parts, case_id, person, _changed(form))

    return await carried_out(request, case_id, "customer", work)


def _changed(form: Form) -> CustomerPatch:
    typed = {name: form[name].strip() for name in CustomerPatch.model_fields if name in form}
    changed = {name: value or None for name, value in typed.items() if value != form.get(f"was_{name}")}
    return CustomerPatch.model_validate(changed)


def _store(parts: Parts, case_id: UUID, person: Person, learnt: CustomerPatch) -> None:
    with Session(parts.engine) as session, session.begin():
        cases.complete_customer(case_id, learnt, person, session)
