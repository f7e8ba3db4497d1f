"""Counts the loop from the tally: a few statements over one snapshot, whatever the period."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection, Engine, RowMapping, text

from db.report_groups import TOTAL, GroupKey, Groups, groups_of
from db.report_times import times
from db.tally import ANSWERS, MARKS
from domain.policies import STANDARD
from domain.report import By, Counts, Group, Loop, LoopReport, Question, loop_of

# A sort of all durations of three years fits; compiling would take longer than it saves.
_SETTINGS = "set local work_mem = '64MB'; set local jit = off"


def _bits(names: Sequence[str], column: str) -> str:
    return ", ".join(f"{column} & {1 << bit} <> 0 as {name}" for bit, name in enumerate(names))


# First cases that are alike are counted, which several processes can share; then the few kinds are judged. A promise
# not kept is broken once its due time has passed, whether or not that was recorded yet, and also when staff withdrew
# the case before.
_KINDS = f"""
with kinds as (
  select {{number}} as number, marks, answer, asked, withdrawn_by_staff, promise_due <= :now as due_passed,
    case when resolved is null then requested_at + goal * interval '1 microsecond' > :now
      else resolved <= goal end as within_goal,
    count(*) as n
  from (select *, {{goal}} as goal from tally where requested_at >= :since and requested_at < :until) as t
  group by 1, 2, 3, 4, 5, 6, 7
), marked as (
  select *, {_bits(MARKS, "marks")}, {_bits(ANSWERS, "answer")} from kinds
), judged as (
  select *,
    case
      when void then 'not_counted'
      when moved then 'moved'
      when kept then 'kept'
      when due_passed is null then 'no_hour'
      when recorded_broken or due_passed then 'broken'
      else 'pending'
    end as promise,
    case
      when recorded_missed then 'missed'
      when solved and resolved and within_goal then 'met'
      when resolved then 'missed'
      when ended then 'not_counted'
      when within_goal then 'pending'
      else 'missed'
    end as goal
  from marked
)
"""

_COUNTED = {
    "cases": "true",
    "open": "not closed",
    "kept": "promise = 'kept'",
    "kept_by_log": "promise = 'kept' and kept_by_log",
    "broken": "promise = 'broken'",
    "still_waiting": "promise = 'broken' and not reached and not ended",
    "moved": "promise = 'moved'",
    "not_counted": "promise = 'not_counted'",
    "no_hour": "promise = 'no_hour'",
    "pending": "promise = 'pending'",
    "reach_decided": "promise in ('kept', 'broken') and (reached_in_time or due_passed)",
    "reached_in_time": "promise in ('kept', 'broken') and reached_in_time",
    "resolved": "resolved",
    "first_contact": "resolved and first_contact",
    "goal_met": "goal = 'met'",
    "goal_missed": "goal = 'missed'",
    "goal_not_counted": "goal = 'not_counted'",
    "goal_pending": "goal = 'pending'",
    "asked": "asked or answered",
    "answered": "answered",
    "survey_waiting": "asked and not answered and in_resolved_stage",
    "promoters": "promoter",
    "passives": "passive",
    "detractors": "detractor",
    "said_solved": "said_solved",
    "said_whether_solved": "said_solved or said_unsolved",
    "withdrawn_by_staff": "withdrawn_by_staff",
    "times_first_attempt": "attempted",
    "times_reached": "reached",
    "times_resolved": "resolved",
    "times_closed": "closed",
}
_SUMS = ", ".join(f"coalesce(sum(n) filter (where {what}), 0) as {name}" for name, what in _COUNTED.items())
_COUNTS = (
    f"{_KINDS} select grouping(number) = 1 as total, number, {_SUMS} from judged group by grouping sets ((), (number))"
)

_CODES = """
select number, outcome.name as outcome, cause.name as cause, n
from (
  select {number} as number, t.outcome, t.cause, count(*) as n
  from tally as t where requested_at >= :since and requested_at < :until
  group by 1, 2, 3
) as counted
left join tallyname as outcome on outcome.id = counted.outcome
left join tallyname as cause on cause.id = counted.cause
"""

Codes = Mapping[tuple[GroupKey, str], Mapping[str, int]]


def loop_report(engine: Engine, question: Question) -> LoopReport:
    """The report on the cases asked for, all its numbers as of one moment: no case is counted here and missed there."""
    snapshot = engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot as connection:
        connection.exec_driver_sql(_SETTINGS)
        groups = groups_of(connection, question)
        total, loops = _loops(connection, question, groups)
    asked = question.model_dump(include={"since", "until", "by", "zone"})
    return LoopReport(**asked, as_of=question.now, total=total, groups=loops)


def _loops(connection: Connection, question: Question, groups: Groups) -> tuple[Loop, tuple[Group, ...]]:
    counts, codes = _counts(connection, question, groups), _codes(connection, question, groups)
    spreads = times(connection, question, groups, counts)
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


def _counts(connection: Connection, question: Question, groups: Groups) -> dict[GroupKey, RowMapping]:
    statement = text(_COUNTS.format(number=groups.number, goal=_goal(connection, question.goals)))
    values = {**groups.values, "since": question.since, "until": question.until, "now": question.now}
    return {TOTAL if row["total"] else row["number"]: row for row in connection.execute(statement, values).mappings()}


def _goal(connection: Connection, goals: Mapping[str, timedelta]) -> str:
    """The goal of a row in microseconds, as SQL."""
    known = connection.execute(text("select name, id from tallyname where name = any(:names)"), {"names": list(goals)})
    cases = [f"when {number:d} then {_microseconds(goals[name])}" for name, number in known if name != STANDARD]
    usual = _microseconds(goals[STANDARD])
    return f"case policy {' '.join(cases)} else {usual} end" if cases else usual


def _microseconds(goal: timedelta) -> str:
    return f"cast({goal // timedelta(microseconds=1):d} as bigint)"


def _codes(connection: Connection, question: Question, groups: Groups) -> Codes:
    found: defaultdict[tuple[GroupKey, str], Counter[str]] = defaultdict(Counter)
    values = {**groups.values, "since": question.since, "until": question.until}
    for row in connection.execute(text(_CODES.format(number=groups.number)), values).mappings():
        for kind in ("outcome", "cause"):
            if row[kind] is not None:
                found[row["number"], kind][row[kind]] += row["n"]
                found[TOTAL, kind][row[kind]] += row["n"]
    return found
