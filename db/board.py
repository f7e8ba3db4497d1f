"""What is open now, for the board: by stage and by person, what may go wrong, and which cases a number is about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text

from db.engine import as_of_one_moment
from db.queue import Place
from domain.policies import STANDARD
from domain.words import Role, Stage

OLDEST = 5

# The quarter is the wall clock's; warnings go by the calendar of company and customer.
NOW = MappingProxyType(
    {
        "open": "true",
        "at_risk": "undecided and promise_due > :now"
        " and (coalesce(cast(snapshot -> 'promise' ->> 'warned' as int), 0) > 0"
        " or promise_due - :now <= make_interval(secs => cast(coalesce(cast(:quarters as jsonb) -> policy,"
        " cast(:quarters as jsonb) -> 'standard') as float8)))",
        "broken": "reached_at is null and outcome is null"
        " and (promise_broken_at is not null or undecided and promise_due <= :now)",
        "overdue": "urgent_at <= :now",
        "nobodys": "owner_id is null and stage <> 'resolved'",
        "alerted": "id in (select case_id from alert where ended_at is null and acknowledged_at is null)",
    }
)
"""What a number of the live part counts, by name, of the open cases."""
_OPEN = """(
  select *, not promise_void and coalesce(promise_kept_at, promise_broken_at, promise_moved_at) is null as undecided
  from cases where closed_at is null
) as open"""
_COUNTED = ", ".join(f"count(*) filter (where {what}) as {name}" for name, what in NOW.items())
_COUNTS = text(f"select stage, owner_id, {_COUNTED} from {_OPEN} group by 1, 2")
_PEOPLE = text("""
select staff.id, name, started_at from staff left join duty on duty.staff_id = staff.id and ended_at is null
where active and role = any(:roles) or staff.id = any(:owners)
order by name, staff.id
""")
# Materialized, or all closed cases are walked from the first one on until enough open ones are found.
OPEN_LONGEST = text(f"""
with open as materialized (
  select id, requested_at, stage, waiting_for, waiting_until from cases where closed_at is null
)
select * from open order by requested_at, id limit {OLDEST}
""")
_WHAT = (
    "{what} and (cast(:stage as text) is null or stage = :stage)"
    " and (cast(:owner as uuid) is null or owner_id = :owner)"
)
_COUNT = f"select count(*) from {_OPEN} where {_WHAT}"
# Those without an instant stand last, as in the queue.
_PAGE = f"""
select urgent_at, id from {_OPEN} where {_WHAT}
  and (coalesce(urgent_at, 'infinity'), id) > (coalesce(cast(:at as timestamptz), 'infinity'), cast(:id as uuid))
order by coalesce(urgent_at, 'infinity'), id limit :limit
"""
_OWNERS = (Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD)
_BEFORE_ALL = Place(datetime.min, UUID(int=0))


@dataclass(frozen=True)
class Load:
    """How many open cases somebody has; never how long they talk."""

    staff: UUID
    name: str
    on_duty_since: datetime | None
    stages: Mapping[Stage, int]

    @property
    def open(self) -> int:
        """All of theirs."""
        return sum(self.stages.values())


@dataclass(frozen=True)
class Oldest:
    """A case that has been open for long."""

    case: UUID
    requested_at: datetime
    stage: str
    waiting_for: str | None
    waiting_until: datetime | None


@dataclass(frozen=True)
class Live:
    """The open cases, all counted at one moment."""

    as_of: datetime
    stages: Mapping[Stage, int]
    numbers: Mapping[str, int]
    """By the names in `NOW`."""
    oldest: Sequence[Oldest]
    loads: Sequence[Load]
    """By name: nobody is ranked."""


@dataclass(frozen=True)
class Wanted:
    """Which open cases: those of a number, of one stage, of one owner; None does not restrict."""

    number: str = "open"
    stage: Stage | None = None
    owner: UUID | None = None


def live(engine: Engine, at: datetime, promised: Mapping[str, timedelta]) -> Live:
    """What is open; `promised` is the length of the callback promise by policy. KeyError without the standard one."""
    with as_of_one_moment(engine) as connection:
        return read(connection, at, promised)


def read(connection: Connection, at: datetime, promised: Mapping[str, timedelta]) -> Live:
    """The same in the caller's transaction."""
    counts = connection.execute(_COUNTS, {"now": at, "quarters": _quarters(promised)}).mappings().all()
    return Live(
        as_of=at,
        stages={stage: _sum(counts, "open", stage=stage) for stage in Stage if stage is not Stage.CLOSED},
        numbers={name: _sum(counts, name) for name in NOW},
        oldest=[Oldest(*row) for row in connection.execute(OPEN_LONGEST)],
        loads=_loads(connection, counts),
    )


def open_cases(
    engine: Engine,
    wanted: Wanted,
    at: datetime,
    promised: Mapping[str, timedelta],
    *,
    after: Place | None,
    limit: int,
) -> tuple[int, list[Place]]:
    """How many there are, and a page of them by urgency, as of one moment. KeyError when there is no such number."""
    values = {"now": at, "quarters": _quarters(promised), "stage": wanted.stage, "owner": wanted.owner}
    place = after or _BEFORE_ALL
    where = {"at": "-infinity" if place is _BEFORE_ALL else place.urgent_at, "id": place.id}
    what = f"({NOW[wanted.number]})"
    with as_of_one_moment(engine) as connection:
        count = connection.execute(text(_COUNT.format(what=what)), values).scalar_one()
        page = connection.execute(text(_PAGE.format(what=what)), {**values, **where, "limit": limit})
        return count, [Place(urgent_at, case) for urgent_at, case in page]


def _quarters(promised: Mapping[str, timedelta]) -> str:
    if STANDARD not in promised:
        raise KeyError(STANDARD)
    return json.dumps({name: length.total_seconds() / 4 for name, length in promised.items()})


def _sum(counts: Sequence[RowMapping], name: str, **like: object) -> int:
    return sum(row[name] for row in counts if all(row[column] == value for column, value in like.items()))


def _loads(connection: Connection, counts: Sequence[RowMapping]) -> list[Load]:
    owners = {row["owner_id"] for row in counts if row["owner_id"]}
    people = connection.execute(_PEOPLE, {"roles": list(_OWNERS), "owners": list(owners)})
    return [
        Load(staff, name, on_duty_since, {stage: _sum(counts, "open", stage=stage, owner_id=staff) for stage in Stage})
        for staff, name, on_duty_since in people
    ]
