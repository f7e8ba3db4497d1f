"""What is true of a case, as SQL over the tally: judged when the question is asked, for cases alike or one by one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import Connection, text

from db.tally import ANSWERS, FIRST_SAID, MARKS
from domain.policies import STANDARD

COUNTED = MappingProxyType(
    {
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
        "decided": "promise in ('kept', 'broken')",
        "reach_decided": "promise in ('kept', 'broken') and (reached_in_time or due_passed)",
        "reached_in_time": "promise in ('kept', 'broken') and reached_in_time",
        "resolved": "resolved",
        "first_contact": "resolved and first_contact",
        "goal_met": "goal = 'met'",
        "goal_missed": "goal = 'missed'",
        "goal_decided": "goal in ('met', 'missed')",
        "goal_not_counted": "goal = 'not_counted'",
        "goal_pending": "goal = 'pending'",
        "asked": "asked or answered",
        "answered": "answered",
        "survey_waiting": "asked and not answered and in_resolved_stage",
        "promoters": "promoter",
        "passives": "passive",
        "detractors": "detractor",
        "scored": "scored",
        "said_solved": "said_solved",
        "said_whether_solved": "said_solved or said_unsolved",
        "withdrawn_by_staff": "withdrawn_by_staff",
        "scored_twice": "was_scored and scored",
        "first_promoters": "was_promoter and scored",
        "first_passives": "was_passive and scored",
        "first_detractors": "was_detractor and scored",
        "last_promoters": "was_scored and promoter",
        "last_passives": "was_scored and passive",
        "last_detractors": "was_scored and detractor",
        "won_back": "was_detractor and (passive or promoter)",
        "improved": "was_detractor and (passive or promoter) or was_passive and promoter",
        "worsened": "was_promoter and (passive or detractor) or was_passive and detractor",
        "times_first_attempt": "attempted",
        "times_reached": "reached",
        "times_resolved": "resolved",
        "times_closed": "closed",
    }
)
"""What a report counts, by name, of judged cases."""


def _bits(names: Sequence[str], column: str) -> str:
    return ", ".join(f"{column} & {1 << bit} <> 0 as {name}" for bit, name in enumerate(names))


_FACTS = """marks, answer, first_said, asked, withdrawn_by_staff, promise_due <= :now as due_passed,
    case when resolved is null then requested_at + goal * interval '1 microsecond' > :now
      else resolved <= goal end as within_goal"""

# A promise not kept is broken once its due time has passed, whether or not that was recorded yet, and also when staff
# withdrew the case before.
_JUDGED = f"""
marked as (
  select *, {_bits(MARKS, "marks")}, {_bits(ANSWERS, "answer")}, {_bits(FIRST_SAID, "first_said")} from kinds
), judged as (
  select *, promoter or passive or detractor as scored, was_promoter or was_passive or was_detractor as was_scored,
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

KINDS = f"""
with kinds as (
  select {{number}} as number, {_FACTS}, count(*) as n
  from (select *, {{goal}} as goal from tally where {{where}}) as t
  group by 1, 2, 3, 4, 5, 6, 7, 8
), {_JUDGED}
"""
"""`judged`: how many cases there are of each kind. Cases alike are counted first, which several processes share."""

CASES = f"""
with kinds as (
  select case_id, t.requested_at, outcome, cause, {_FACTS}
  from (select *, {{goal}} as goal from tally where {{where}}) as t
), {_JUDGED}
"""
"""`judged`: every case by itself."""


def goal_of(connection: Connection, goals: Mapping[str, timedelta]) -> str:
    """The goal of a row in microseconds, as SQL."""
    known = connection.execute(text("select name, id from tallyname where name = any(:names)"), {"names": list(goals)})
    cases = [f"when {number:d} then {_microseconds(goals[name])}" for name, number in known if name != STANDARD]
    usual = _microseconds(goals[STANDARD])
    return f"case policy {' '.join(cases)} else {usual} end" if cases else usual


def _microseconds(goal: timedelta) -> str:
    return f"cast({goal // timedelta(microseconds=1):d} as bigint)"
