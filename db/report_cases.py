"""The cases behind a number of the report, the newest first; and the names that one may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text

from db.engine import as_of_one_moment
from db.queue import Place
from db.report_kinds import CASES, COUNTED, goal_of
from db.report_scope import scope_of
from domain.report import Question

_COUNT = "select count(*) from judged where {what}"
_PAGE = """
select requested_at, case_id from judged where {what} and (requested_at, case_id) < (:at, :id)
order by requested_at desc, case_id desc limit :limit
"""
_NAMED = "{column} = (select id from tallyname where name = :{column})"
_NAMES = text("""
select distinct kind, name from (
  select distinct product, source from tally where requested_at >= :since and requested_at < :until
) as used cross join lateral (values ('product', product), ('source', source)) as one (kind, id)
join tallyname using (id)
order by name
""")
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@dataclass(frozen=True)
class Behind:
    """A number of the report: its name in `COUNTED`, and the outcome or cause it is about, if any."""

    number: str
    outcome: str | None = None
    cause: str | None = None

    def named(self) -> dict[str, str]:
        """The outcome or the cause, by its column."""
        return {column: name for column, name in (("outcome", self.outcome), ("cause", self.cause)) if name is not None}


@dataclass(frozen=True)
class Names:
    """What the cases of a period are about, and where they came from."""

    products: Sequence[str]
    sources: Sequence[str]


def cases_behind(
    engine: Engine, question: Question, behind: Behind, *, after: Place | None, limit: int
) -> tuple[int, list[Place]]:
    """How many cases make the number up, and a page of them by contact request. KeyError when there is no such number.

    Both as of one moment, and as the report counts them.
    """
    what = " and ".join((f"({COUNTED[behind.number]})", *(_NAMED.format(column=one) for one in behind.named())))
    with as_of_one_moment(engine) as connection:
        scope = scope_of(connection, question)
        cases = CASES.format(goal=goal_of(connection, question.goals), where=scope.where)
        values = {**scope.values, **behind.named(), "now": question.now}
        count = connection.execute(text(cases + _COUNT.format(what=what)), values).scalar_one()
        place = {"at": after.urgent_at, "id": after.id} if after else {"at": question.until, "id": _LAST}
        page = connection.execute(text(cases + _PAGE.format(what=what)), {**values, **place, "limit": limit})
        return count, [Place(at, case) for at, case in page]


def names_of(engine: Engine, question: Question) -> Names:
    """Of all cases of the period, whatever else is left out."""
    with engine.connect() as connection:
        found = list(connection.execute(_NAMES, {"since": question.since, "until": question.until}))
    return Names(
        products=[name for kind, name in found if kind == "product"],
        sources=[name for kind, name in found if kind == "source"],
    )
