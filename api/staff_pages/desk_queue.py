"""The queue as the desk shows it: filters that live in the address, figures beside them, rows made once for many."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query, Request
from markupsafe import Markup
from sqlmodel import Session

from api import cursors
from api.auth import Person
from api.deps import parts_of
from api.staff_pages.assets import packs
from api.staff_pages.desk_rows import rows_of
from api.staff_pages.frame import language_of, packed, rendered
from api.staff_pages.renderings import Renderings
from db import queue, queue_counts
from db.columns import now
from db.queue import Place, Wanted
from db.queue_counts import Count
from domain.words import OPEN_STAGES, Stage

PAGE = 50
MOST = 500
"""So many rows are kept up to date on one desk; whoever wants to see more goes on to another page."""
WAITING_SHOWN = 20
LONGEST_POSITION = 19
SOON = timedelta(hours=1)
STAGES = (Stage.AWAITING_CALLBACK, Stage.IN_PROGRESS, Stage.UNDER_REVIEW)


class Whose(StrEnum):
    """Whose cases."""

    ALL = "all"
    MINE = "me"
    NOBODYS = "none"


class DueBy(StrEnum):
    """By when somebody has to act."""

    ANY = "any"
    OVERDUE = "overdue"
    HOUR = "hour"


@dataclass(frozen=True)
class Asked:
    """What a desk asks for. Neutral filters are left out of its address."""

    owner: Whose = Whose.ALL
    stage: Stage | None = None
    due: DueBy = DueBy.ANY
    cursor: str | None = None
    rows: int = PAGE
    loaded: int = 0
    """Rows that the desk shows before those."""

    @property
    def filtered(self) -> bool:
        """Whether something is left out."""
        return self.owner is not Whose.ALL or self.stage is not None or self.due is not DueBy.ANY

    def of(self, owner: Whose) -> "Asked":
        """Theirs instead, from the top."""
        return replace(self._top(), owner=owner)

    def at(self, stage: Stage | None) -> "Asked":
        """In this stage instead, from the top."""
        return replace(self._top(), stage=stage)

    def within(self, due: DueBy) -> "Asked":
        """Due by then instead, from the top."""
        return replace(self._top(), due=due)

    def _top(self) -> "Asked":
        return replace(self, cursor=None, rows=PAGE, loaded=0)

    @property
    def address(self) -> str:
        """What follows the path: empty, or a query with its question mark."""
        chosen = {
            "owner": None if self.owner is Whose.ALL else self.owner,
            "stage": self.stage,
            "due": None if self.due is DueBy.ANY else self.due,
            "cursor": self.cursor,
            "loaded": self.loaded or None,
        }
        query = urlencode({name: str(value) for name, value in chosen.items() if value is not None})
        return f"?{query}" if query else ""


async def _asked(
    owner: Whose = Whose.ALL,
    stage: Stage | None = None,
    due: DueBy = DueBy.ANY,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    rows: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    loaded: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Asked:
    return Asked(owner, stage, due, cursor, rows, loaded)


AskedDep = Annotated[Asked, Depends(_asked)]


Counted = Mapping[UUID | None, Sequence[Count]]
"""By owner."""


@dataclass(frozen=True)
class Figures:
    """How many cases each filter would show, the other filters staying as they are."""

    counted: Counted
    me: UUID

    def of(self, asked: Asked) -> int:
        """So many."""
        return sum(self._due(one, asked.due) for one in self._of_whom(asked.owner) if asked.stage in (None, one.stage))

    def _of_whom(self, owner: Whose) -> Iterable[Count]:
        if owner is Whose.ALL:
            return chain.from_iterable(self.counted.values())
        return self.counted.get(self.me if owner is Whose.MINE else None, ())

    def _due(self, one: Count, due: DueBy) -> int:
        return {DueBy.ANY: one.number, DueBy.OVERDUE: one.overdue, DueBy.HOUR: one.soon}[due]


def queue_shown(request: Request, person: Person, asked: Asked, kept: Renderings) -> str:
    """Filters with their figures, contact requests on their way, and rows; what is `kept` is not made anew."""
    figures = Figures(kept.once(*_counting(request)), person.id)
    table = _made_once(request, person, asked, "_desk_table.html", kept)
    shown = {
        "asked": asked,
        "figures": figures,
        "whose": Whose,
        "stages": STAGES,
        "due_by": DueBy,
        "table": Markup(table),  # made by a template
    }
    return rendered(request, "_desk_queue.html", person, shown)


async def queue_packed(request: Request, person: Person, asked: Asked, kept: Renderings) -> bytes:
    """The same, packed, and made once for all to whom it looks the same: of a person it shows how many are theirs."""
    counted = await kept.soon(*_counting(request))
    whom = person.id if asked.owner is Whose.MINE else Figures(counted, person.id).of(asked.of(Whose.MINE))
    key = ("queue", packs(request), person.language, person.role, asked, whom, *_moment(request))
    return await kept.soon(key, lambda: packed(request, queue_shown(request, person, asked, kept)))


def rows_shown(request: Request, person: Person, asked: Asked, kept: Renderings) -> str:
    """Rows alone, to go on with."""
    return _made_once(request, person, asked, "_desk_rows.html", kept)


def _counting(request: Request) -> tuple[Hashable, Callable[[], Counted]]:
    def read() -> Counted:
        at, found = now(), defaultdict[UUID | None, list[Count]](list)
        with Session(parts_of(request).engine) as session:
            for one in queue_counts.counts(session, at=at, soon=at + SOON):
                found[one.owner].append(one)
        return found

    return ("counts", *_moment(request)), read


def _made_once(request: Request, person: Person, asked: Asked, template: str, kept: Renderings) -> str:
    """The same for everybody of one role and language who asks alike: nothing in it depends on who looks."""
    owner = person.id if asked.owner is Whose.MINE else None

    def make() -> str:
        return rendered(request, template, person, _read(request, person, asked))

    key = (template, language_of(request, person), person.role, asked, owner, *_moment(request))
    return kept.once(key, make)


def _moment(request: Request) -> tuple[int, int]:
    """The second of this request, after everything that the feed has told this desk, also where another process did."""
    if not hasattr(request.state, "moment"):
        told = request.headers.get("feed-position", "")
        elsewhere = int(told) if told.isdecimal() and len(told) <= LONGEST_POSITION else 0
        request.state.moment = max(request.state.position, elsewhere), int(now().timestamp())
    moment: tuple[int, int] = request.state.moment
    return moment


def _read(request: Request, person: Person, asked: Asked) -> dict[str, object]:
    at = now()
    after = cursors.read(asked.cursor) if asked.cursor else None
    with Session(parts_of(request).engine) as session:
        lines = queue.page(session, _wanted(asked, person, at), after=after, limit=asked.rows + 1)
        last = lines[asked.rows - 1].case if len(lines) > asked.rows else None
        rows = rows_of(session, lines[: asked.rows], person.role, at)
        count, requests = queue.waiting(session, limit=WAITING_SHOWN)
    return {
        "asked": asked,
        "rows": rows,
        "more": _behind(asked, Place(last.urgent_at, last.id)) if last else None,
        "last": last.id if last else None,
        "goes_on": asked.loaded + asked.rows < MOST,
        "waiting": count,
        "requests": [(row.urgent_at, phone) for row, phone in requests],
    }


def _behind(asked: Asked, place: Place) -> Asked:
    return replace(asked, cursor=cursors.written(place), rows=PAGE, loaded=min(asked.loaded + asked.rows, MOST))


def _wanted(asked: Asked, person: Person, at: datetime) -> Wanted:
    before = {DueBy.ANY: None, DueBy.OVERDUE: at, DueBy.HOUR: at + SOON}
    return Wanted(
        stages=[asked.stage] if asked.stage else OPEN_STAGES,
        owner=person.id if asked.owner is Whose.MINE else None,
        unowned=asked.owner is Whose.NOBODYS,
        due_before=before[asked.due],
    )
