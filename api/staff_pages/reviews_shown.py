"""What second line is shown: its questions, whose turn each is, and broken promises to rescue; both page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from sqlmodel import Session

from api import cursors
from api.auth import Person
from api.problems import Problem
from api.staff_pages.case_words import CaseWords
from api.staff_pages.desk_rows import rows_of
from api.staff_pages.translations import N_
from db import queue, reviews
from db.queue import Wanted
from db.reviews import Place, Question, Standing
from domain.words import OPEN_STAGES, Role

PAGE = 50
ANSWERERS = (Role.SECOND_LINE, Role.LEAD)
"""Who answers; a manager looks on."""
VIEWERS = (*ANSWERERS, Role.MANAGER)
TURNS: Mapping[Standing, str] = {
    Standing.SECOND_LINE: N_("To be answered"),
    Standing.THIRD_PARTY: N_("At a third party"),
    Standing.SPECIALIST: N_("Asked back: the specialist's turn"),
}
RUNGS: Mapping[int, str] = {
    1: N_("Second line was reminded"),
    2: N_("Its lead was told"),
    3: N_("The owner and the customer were told"),
}


@dataclass(frozen=True)
class Asked:
    """From which place on; the start unless told."""

    cursor: str | None = None
    rescue: str | None = None

    @property
    def address(self) -> str:
        """What follows the path: empty, or a query with its question mark."""
        chosen = {"cursor": self.cursor, "rescue": self.rescue}
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{query}" if query else ""


async def _asked(
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    rescue: Annotated[str | None, Query(max_length=200)] = None,
) -> Asked:
    return Asked(cursor, rescue)


AskedDep = Annotated[Asked, Depends(_asked)]


def shown(session: Session, person: Person, asked: Asked, at: datetime) -> dict[str, object]:
    """For the template of the whole list. Problem 422 for a cursor that is none of ours."""
    after = place_of(asked.cursor) if asked.cursor else None
    questions = reviews.page(session, after=after, limit=PAGE + 1)
    return {
        "asked": asked,
        "turns": _by_turn(questions[:PAGE]),
        "more": Asked(cursor=cursor_of(questions[PAGE - 1].place)) if len(questions) > PAGE else None,
        **about_questions(person),
        **_to_rescue(session, person, asked, at),
    }


def about_questions(person: Person) -> dict[str, object]:
    """What the template of any question needs."""
    return {
        "may_answer": person.role in ANSWERERS,
        "rungs": RUNGS,
        "words": CaseWords(person.language, {}),
        "standing": Standing,
        "turn_names": TURNS,
    }


def cursor_of(place: Place) -> str:
    """The place as opaque text."""
    return f"{place.standing:d}~{place.due.isoformat()}~{place.id}"


def place_of(cursor: str) -> Place:
    """The place of a cursor. Problem 422 when it is none of ours."""
    try:
        standing, due, review = cursor.split("~")
        return Place(Standing(int(standing)), datetime.fromisoformat(due), UUID(review))
    except ValueError:
        raise Problem(422, "unknown_cursor", "Begin at the start of the list.") from None


def _by_turn(questions: Sequence[Question]) -> list[tuple[Standing, list[Question]]]:
    turns = [(turn, [one for one in questions if one.standing is turn]) for turn in TURNS]
    return [(turn, ones) for turn, ones in turns if ones]


def _to_rescue(session: Session, person: Person, asked: Asked, at: datetime) -> dict[str, object]:
    wanted = Wanted(stages=OPEN_STAGES, to_rescue=True)
    after = cursors.read(asked.rescue) if asked.rescue else None
    lines = queue.page(session, wanted, after=after, limit=PAGE + 1)
    last = lines[PAGE - 1].case if len(lines) > PAGE else None
    return {
        "broken": rows_of(session, lines[:PAGE], person.role, at),
        "more_broken": Asked(rescue=cursors.written(queue.Place(last.urgent_at, last.id))) if last else None,
    }
