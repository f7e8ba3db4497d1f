"""The cases behind a number of the board, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session, col
from starlette.datastructures import QueryParams

from api import cursors
from api.deps import Parts
from api.staff_pages.board_asked import Asked
from api.staff_pages.board_live import promised
from api.staff_pages.board_words import LIVE, REPORTED
from db import board, queue
from db.casework import Case
from db.queue import Line, Place
from db.report_cases import Behind, cases_behind
from db.staff import Staff
from domain.report import goals_of
from domain.words import Outcome, Stage

PAGE = 50
Word = TypeVar("Word", Stage, Outcome)


class NoSuchNumberError(ValueError):
    """The address names a number that the board has not."""


@dataclass(frozen=True)
class Listed:
    """A page of cases: how many there are in all, those shown, and the address's part of the next page."""

    name: str
    """What the number is called, to be translated."""
    count: int
    lines: Sequence[Line]
    further: str | None
    stage: Stage | None = None
    owner: str | None = None
    cause: str | None = None
    outcome: Outcome | None = None


def open_now(query: QueryParams, parts: Parts, now: datetime) -> Listed:
    """The open cases behind a number of the live part. NoSuchNumberError when there is none."""
    number, stage, owner = query["now"], _one_of(Stage, query.get("stage")), _uuid(query.get("owner"))
    if number not in LIVE:
        raise NoSuchNumberError
    wanted, after = board.Wanted(number, stage, owner), _after(query)
    count, places = board.open_cases(parts.engine, wanted, now, promised(parts.policies), after=after, limit=PAGE + 1)
    told = {name: query[name] for name in ("now", "stage", "owner") if query.get(name)}
    with Session(parts.engine) as session:
        found = session.get(Staff, owner) if owner else None
        lines, further = _lines(session, places), _further(places, urlencode(told))
    return Listed(LIVE[number][0], count, lines, further, stage=stage, owner=found.name if found else None)


def of_report(query: QueryParams, asked: Asked, parts: Parts, zone: str, now: datetime) -> Listed:
    """The cases behind a number of the report. NoSuchNumberError when there is none."""
    number, outcome = query.get("number", "cases"), _one_of(Outcome, query.get("outcome"))
    if number not in REPORTED:
        raise NoSuchNumberError
    behind = Behind(number, outcome=outcome, cause=_text(query.get("cause")))
    question = asked.question(zone, goals_of(parts.policies), now)
    count, places = cases_behind(parts.engine, question, behind, after=_after(query), limit=PAGE + 1)
    with Session(parts.engine) as session:
        lines = _lines(session, places)
    further = _further(places, asked.query(number=number, **behind.named()))
    return Listed(REPORTED[number], count, lines, further, cause=behind.cause, outcome=outcome)


def _lines(session: Session, places: Sequence[Place]) -> list[Line]:
    ids = [place.id for place in places[:PAGE]]
    found = {line.case.id: line for line in queue.found(session, col(Case.id).in_(ids), limit=PAGE)}
    return [found[one] for one in ids if one in found]


def _further(places: Sequence[Place], asked: str) -> str | None:
    return f"{asked}&{urlencode({'cursor': cursors.written(places[PAGE - 1])})}" if len(places) > PAGE else None


def _after(query: QueryParams) -> Place | None:
    cursor = query.get("cursor")
    return cursors.read(cursor) if cursor else None


def _one_of(words: type[Word], typed: str | None) -> Word | None:
    if not typed:
        return None
    try:
        return words(typed)
    except ValueError:
        raise NoSuchNumberError from None


def _uuid(typed: str | None) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise NoSuchNumberError from None


def _text(typed: str | None) -> str | None:
    if typed and "\0" in typed:
        raise NoSuchNumberError
    return typed or None
