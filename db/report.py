"""Counts the loop from the tally: a few statements over one snapshot, whatever the period."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, RowMapping, text

from db.engine import as_of_one_moment
from db.report_groups import TOTAL, GroupKey, Groups, groups_of
from db.report_kinds import COUNTED, KINDS, goal_of
from db.report_scope import Scope, scope_of
from db.report_times import times
from domain.report import By, Counts, Group, Loop, LoopReport, Question, loop_of

# A sort of all durations of three years fits; compiling would take longer than it saves.
_SETTINGS = "set local work_mem = '64MB'; set local jit = off"


_SUMS = ", ".join(f"coalesce(sum(n) filter (where {what}), 0) as {name}" for name, what in COUNTED.items())
_COUNTS = (
    f"{KINDS} select grouping(number) = 1 as total, number, {_SUMS} from judged group by grouping sets ((), (number))"
)

_CODES = """
select number, outcome.name as outcome, cause.name as cause, n
from (
  select {number} as number, t.outcome, t.cause, count(*) as n
  from tally as t where {where}
  group by 1, 2, 3
) as counted
left join tallyname as outcome on outcome.id = counted.outcome
left join tallyname as cause on cause.id = counted.cause
"""

Codes = Mapping[tuple[GroupKey, str], Mapping[str, int]]


def loop_report(engine: Engine, question: Question) -> LoopReport:
    """The report on the cases asked for, all its numbers as of one moment: no case is counted here and missed there."""
    return _report(engine, question, timed=question.by)


def loop_overview(engine: Engine, question: Question) -> LoopReport:
    """The same, but the times of groups are left out: of all numbers they take longest."""
    return _report(engine, question, timed=By.NONE)


def _report(engine: Engine, question: Question, timed: By) -> LoopReport:
    with as_of_one_moment(engine) as connection:
        connection.exec_driver_sql(_SETTINGS)
        scope = scope_of(connection, question)
        groups = groups_of(connection, question, scope)
        total, loops = _loops(connection, question, scope, groups, timed)
    asked = question.model_dump(include={"since", "until", "by", "zone", "products", "sources"})
    return LoopReport(**asked, as_of=question.now, total=total, groups=loops)


def _loops(
    connection: Connection, question: Question, scope: Scope, groups: Groups, timed: By
) -> tuple[Loop, tuple[Group, ...]]:
    counts, codes = _counts(connection, question, scope, groups), _codes(connection, scope, groups)
    spreads = times(connection, timed, scope, groups, counts)
    loops = {
        number: loop_of(
            Counts.model_validate({name: row[name] for name in Counts.model_fields}),
            times=spreads[number],
            outcomes=codes[number, "outcome"],
            causes=codes[number, "cause"],
        )
        for number, row in counts.items()
    }
    total = loops.pop(TOTAL)
    named = {groups.names[number]: loop for number, loop in loops.items()} if question.by is not By.NONE else {}
    return total, tuple(Group(group=name, loop=named[name]) for name in sorted(named, key=_by_name))


def _by_name(name: str | None) -> tuple[bool, str]:
    return name is None, name or ""


def _counts(connection: Connection, question: Question, scope: Scope, groups: Groups) -> dict[GroupKey, RowMapping]:
    goal = goal_of(connection, question.goals)
    statement = text(_COUNTS.format(number=groups.number, goal=goal, where=scope.where))
    values = {**groups.values, **scope.values, "now": question.now}
    return {TOTAL if row["total"] else row["number"]: row for row in connection.execute(statement, values).mappings()}


def _codes(connection: Connection, scope: Scope, groups: Groups) -> Codes:
    found: defaultdict[tuple[GroupKey, str], Counter[str]] = defaultdict(Counter)
    statement = text(_CODES.format(number=groups.number, where=scope.where))
    for row in connection.execute(statement, {**groups.values, **scope.values}).mappings():
        for kind in ("outcome", "cause"):
            if row[kind] is not None:
                found[row["number"], kind][row[kind]] += row["n"]
                found[TOTAL, kind][row[kind]] += row["n"]
    return found
