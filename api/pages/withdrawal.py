"""«Please do not call me any more»: asked once more, then told to the case."""

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.deps import NowDep, PartsDep, SessionDep
from api.pages import linked
from api.pages.catalogue import WORDS
from api.pages.layout import GET, ReadOnlyDep, message, page, refuse_strangers
from db import callbacks, inbox
from db.links import LinkKind
from domain.messages import CustomerWithdrew

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.api_route("/c/{token}/withdrawal", methods=GET)
def ask(token: str, request: Request, session: ReadOnlyDep, parts: PartsDep) -> HTMLResponse:
    """Ask whether they mean it; nothing is withdrawn yet."""
    found = linked.follow(session, token, LinkKind.CALLBACK)
    if not linked.is_open(found):
        return linked.closed(request, found, parts)
    return page(request, "withdrawal.html", linked.language_for(request, found), {"address": linked.address(request)})


@router.post("/c/{token}/withdrawal", dependencies=[Depends(refuse_strangers)])
def withdraw(token: str, request: Request, session: SessionDep, parts: PartsDep, now: NowDep) -> HTMLResponse:
    """The customer wants no more calls: every open case of their number ends."""
    linked.limit(request)
    found = linked.follow(session, token, LinkKind.CALLBACK)
    if not linked.is_open(found):
        return linked.closed(request, found, parts)
    for case_id in {found.case.id, *callbacks.open_cases_of(session, found.response.phone or "")}:
        inbox.tell(session, case_id, CustomerWithdrew(id=f"withdrawal:{case_id}", at=now))
    language = linked.language_for(request, found)
    words = WORDS[language]
    return message(request, language, words.withdrawn_title, words.withdrawn_text, kind="done")
