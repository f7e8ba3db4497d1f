"""Administration: the tokens by which programs act for people."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth import digest, token_of
from api.deps import NowDep, SessionDep
from api.problems import Problem
from api.shapes import Line
from api.staff_pages.admin_once import AdminDep, AdminForm, bits_for, may_be_shown, once
from api.staff_pages.frame import PageRoute, page
from db import workforce
from db.staff import ApiToken, Staff

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Hash = Annotated[str, Form(pattern="^[0-9a-f]{64}$")]
LIVES = (7, 30, 90, 365)
"""Days a token may be made for."""


@router.get("/admin/tokens")
def list_tokens(request: Request, person: AdminDep, session: SessionDep, now: NowDep) -> HTMLResponse:
    """Every token; what it opens is not kept."""
    shown = {
        "tokens": workforce.tokens(session),
        "workers": [worker.staff for worker in workforce.everybody(session) if worker.staff.active],
        "lives": LIVES,
        "over": lambda token: bool(token.expires_at and token.expires_at <= now),
    }
    return page(request, "admin_tokens.html", person, shown)


@router.post("/admin/tokens")
def issue_token(
    request: Request,
    person: AdminDep,
    command: AdminForm,
    session: SessionDep,
    now: NowDep,
    staff: Annotated[UUID, Form()],
    days: Annotated[int, Form()],
    name: Annotated[Line, Form()],
) -> Response:
    """A new token, shown this once."""
    owner = session.get(Staff, staff)
    if owner is None or not owner.active or days not in LIVES:
        raise Problem(422, "not_understood", "The form was not understood.")
    token, until = token_of(bits_for(command, "token")), now + timedelta(days=days)
    row = ApiToken(token_hash=digest(token), staff_id=staff, name=name, expires_at=until)
    made = once(session, command, lambda: session.add(row), at=now)
    may_be_shown(made=made, at=now, opens=session.get(ApiToken, digest(token)) is not None)
    shown = {"heading": owner.name, "secret": token, "login": None, "until": until, "back": "/admin/tokens"}
    return page(request, "admin_secret.html", person, shown)


@router.post("/admin/tokens/revocation")
def revoke_token(_: AdminDep, session: SessionDep, token_hash: Hash) -> Response:
    """Let nobody in by it any more."""
    workforce.revoke(session, token_hash)
    return RedirectResponse("/admin/tokens", 303)
