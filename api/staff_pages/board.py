"""The board: what is open now, how promises were kept, the cases behind every number, and one case as it is live."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from api import workflows
from api.auth import LEADS, Person
from api.deps import NowDep, Parts, PartsDep
from api.problems import Problem
from api.report_csv import to_csv
from api.staff_pages import board_asked, board_cases, board_live, plots
from api.staff_pages.board_asked import Asked, UnclearError
from api.staff_pages.board_cases import NoSuchNumberError
from api.staff_pages.board_trends import GAUGES, TRENDS, Drawing, causes, stretches
from api.staff_pages.board_words import FIGURES, STEPS, WON_BACK
from api.staff_pages.formats import Formats
from api.staff_pages.frame import PageRoute, page, sent, zone_of
from api.staff_pages.signed_in import signed_in, watching
from api.staff_pages.translations import N_, said
from api.staff_pages.waits import wait
from db import causes as managed_causes
from db.report import loop_overview, loop_report
from db.report_cases import names_of
from domain.report import LoopReport, Question, goals_of
from domain.words import Language
from settings import Settings

router = APIRouter(route_class=PageRoute, include_in_schema=False)
NO_SUCH_NUMBER = N_("The board has no such number. Begin at the board.")
Leader = Annotated[Person, signed_in(*LEADS)]
Watching = Annotated[Person, watching(*LEADS)]


@dataclass(frozen=True)
class _Typed:
    """What the form shows: what was understood, or what was typed and why it was not."""

    asked: Asked
    first: str
    last: str
    complaint: str | None = None


@router.get("/board")
def show(request: Request, person: Leader, parts: PartsDep, now: NowDep) -> HTMLResponse:
    """Everything; the address says of which period, products and sources."""
    typed = _typed(request, now)
    question = _question(request, typed.asked, parts, now)
    report = loop_overview(parts.engine, question)
    shown = {
        "live": board_live.fragment(request, person, now),
        "typed": typed,
        "asked": typed.asked,
        "names": names_of(parts.engine, question),
        **_figures(request, person, parts, typed.asked, report),
    }
    return page(request, "board.html", person, shown, status=422 if typed.complaint else 200)


@router.get("/board/live")
def show_live(request: Request, person: Watching, now: NowDep) -> HTMLResponse:
    """What is open now, alone."""
    return sent(request, board_live.fragment(request, person, now))


@router.get("/board.csv")
def download(request: Request, _: Leader, parts: PartsDep, now: NowDep) -> Response:
    """The figures of the period as a table: all cases, and each week or month."""
    asked = _asked(request, now)
    report = loop_report(parts.engine, _question(request, asked, parts, now))
    name = f"board-{asked.first}-{asked.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(to_csv(report), media_type="text/csv", headers=headers)


@router.get("/board/cases")
def list_cases(request: Request, person: Leader, parts: PartsDep, now: NowDep) -> HTMLResponse:
    """The cases behind a number."""
    query = request.query_params
    asked = None if "now" in query else _asked(request, now)
    try:
        if asked:
            listed = board_cases.of_report(query, asked, parts, zone_of(request), now)
        else:
            listed = board_cases.open_now(query, parts, now)
    except NoSuchNumberError:
        raise Problem(404, "unknown_number", said(person.language, NO_SUCH_NUMBER)) from None
    shown = {"listed": listed, "asked": asked, "cause_names": _cause_names(parts, person.language)}
    return page(request, "board_cases.html", person, shown)


@router.get("/board/cases/{case_id}")
async def show_case(request: Request, case_id: UUID, person: Leader, parts: PartsDep) -> HTMLResponse:
    """One case live from its workflow: what it waits for, until when; from the rows when that does not answer."""
    found = await workflows.get_workflow(case_id, person, parts)
    waiting = found.snapshot.waiting_for
    shown = {
        "found": found,
        "waits": wait(person.language, waiting) if waiting else None,
        "temporal": temporal_address(parts.settings, found.workflow_id),
    }
    return page(request, "board_case.html", person, shown)


def _figures(request: Request, person: Person, parts: Parts, asked: Asked, report: LoopReport) -> dict[str, object]:
    drawing = Drawing(person.language, Formats(person.language, zone_of(request), report.as_of))
    over_time = stretches(asked, report, person.language)
    found = causes(report, _cause_names(parts, person.language))
    return {
        "whole": report.total,
        "few_below": plots.FEW,
        "stretches": over_time,
        "causes": found,
        "figures": FIGURES,
        "won_back": WON_BACK,
        "steps": STEPS,
        "trends": TRENDS,
        "tnps_plot": drawing.tnps(over_time),
        "plots": {figure.key: drawing.share(figure, over_time) for figure in TRENDS},
        "gauges": {figure.key: drawing.gauge(figure, report.total) for figure in GAUGES},
        "cause_plot": drawing.causes(found),
    }


def _typed(request: Request, now: datetime) -> _Typed:
    query = request.query_params
    try:
        asked = _read(request, now)
    except UnclearError as unclear:
        usual = board_asked.usual(_today(request, now))
        return _Typed(usual, query.get("from", ""), query.get("to", ""), str(unclear))
    return _Typed(asked, asked.first.isoformat(), asked.last.isoformat())


def _asked(request: Request, now: datetime) -> Asked:
    try:
        return _read(request, now)
    except UnclearError as unclear:
        raise Problem(422, "bad_period", str(unclear)) from None


def _read(request: Request, now: datetime) -> Asked:
    return board_asked.read(request.query_params, _today(request, now))


def _today(request: Request, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone_of(request))).date()


def _question(request: Request, asked: Asked, parts: Parts, now: datetime) -> Question:
    return asked.question(zone_of(request), goals_of(parts.policies), now)


def _cause_names(parts: Parts, language: Language) -> dict[str, str]:
    with Session(parts.engine) as session:
        return managed_causes.names(session, language.value)


def temporal_address(settings: Settings, workflow: str) -> str | None:
    """In the Temporal UI; None where we know of none: a cluster of one's own tells us only by the setting."""
    known = not settings.temporal_address or "temporal_ui_origins" in settings.model_fields_set
    if not known or not settings.temporal_ui_origins:
        return None
    namespace = quote(settings.temporal_namespace, safe="")
    return f"{settings.temporal_ui_origins[0]}/namespaces/{namespace}/workflows/{quote(workflow, safe='')}"
