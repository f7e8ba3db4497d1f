"""Counts the loop: three statements over one snapshot of the rows, whatever the period."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, text

from db.engine import as_of_one_moment
from domain.metrics import Z95
from domain.report import By, Counts, Group, LoopReport, Question, Span, Spread, loop_of

_GROUPS = {
    By.NONE: "cast(null as text)",
    By.WEEK: """to_char(c.requested_at at time zone cast(:zone as text), 'IYYY-"W"IW')""",
    By.MONTH: "to_char(c.requested_at at time zone cast(:zone as text), 'YYYY-MM')",
    By.PRODUCT: "c.product",
    By.SOURCE: "c.source",
    By.CAUSE: "c.cause",
}

# A promise not kept is broken once its due time has passed, whether or not that was recorded yet, and also when staff
# withdrew the case before. A link to the final survey is issued only when the customer is sent it.
_FACTS = """
with facts as (
  select {group} as name, c.id, c.requested_at, c.first_attempt_at, c.reached_at, c.resolved_at, c.closed_at, c.stage,
    c.outcome, c.cause, c.solved and c.one_conversation as first_contact, c.promise_due, c.promise_kept_by_log,
    case
      when c.promise_void then 'not_counted'
      when c.promise_moved_at is not null then 'moved'
      when c.promise_kept_at is not null then 'kept'
      when c.promise_due is null then 'no_hour'
      when c.promise_broken_at is not null or c.promise_due <= :now then 'broken'
      else 'pending'
    end as promise,
    case
      when c.goal_missed then 'missed'
      when c.solved and c.resolved_at <= goal.due then 'met'
      when c.resolved_at is not null then 'missed'
      when c.outcome is not null then 'not_counted'
      when goal.due <= :now then 'missed'
      else 'pending'
    end as goal,
    response.nps as first, survey.case_id is not null as answered, survey.tnps, survey.solved as said_solved,
    survey.case_id is not null
      or exists (select from link where link.case_id = c.id and link.kind = 'final_survey') as asked,
    exists (select from timeline as t where t.case_id = c.id and t.kind = 'withdrawn' and t.by is not null)
      as withdrawn_by_staff
  from cases as c
  join response on response.id = c.id
  left join finalsurvey as survey on survey.case_id = c.id
  cross join lateral (
    select c.requested_at + make_interval(secs => cast(coalesce(
      cast(:goals as jsonb) ->> c.policy, cast(:goals as jsonb) ->> 'standard') as float8)) as due
  ) as goal
  where c.requested_at >= :since and c.requested_at < :until
    and (cardinality(cast(:products as text[])) = 0 or c.product = any(:products))
    and (cardinality(cast(:sources as text[])) = 0 or c.source = any(:sources))
)
"""

_COUNTS = """
select grouping(name) = 1 as total, name, count(*) as cases,
  count(*) filter (where closed_at is null) as open,
  count(*) filter (where promise = 'kept') as kept,
  count(*) filter (where promise = 'kept' and promise_kept_by_log) as kept_by_log,
  count(*) filter (where promise = 'broken') as broken,
  count(*) filter (where promise = 'broken' and reached_at is null and outcome is null) as still_waiting,
  count(*) filter (where promise = 'moved') as moved,
  count(*) filter (where promise = 'not_counted') as not_counted,
  count(*) filter (where promise = 'no_hour') as no_hour,
  count(*) filter (where promise = 'pending') as pending,
  count(*) filter (where promise in ('kept', 'broken') and (reached_at <= promise_due or promise_due <= :now))
    as reach_decided,
  count(*) filter (where promise in ('kept', 'broken') and reached_at <= promise_due) as reached_in_time,
  count(resolved_at) as resolved,
  count(resolved_at) filter (where first_contact) as first_contact,
  count(*) filter (where goal = 'met') as goal_met,
  count(*) filter (where goal = 'missed') as goal_missed,
  count(*) filter (where goal = 'not_counted') as goal_not_counted,
  count(*) filter (where goal = 'pending') as goal_pending,
  count(*) filter (where asked) as asked,
  count(*) filter (where answered) as answered,
  count(*) filter (where asked and not answered and stage = 'resolved') as survey_waiting,
  count(*) filter (where tnps >= 9) as promoters,
  count(*) filter (where tnps in (7, 8)) as passives,
  count(*) filter (where tnps <= 6) as detractors,
  count(*) filter (where said_solved) as said_solved,
  count(said_solved) as said_whether_solved,
  count(*) filter (where withdrawn_by_staff) as withdrawn_by_staff,
  count(tnps) filter (where first >= 9) as first_promoters,
  count(tnps) filter (where first in (7, 8)) as first_passives,
  count(tnps) filter (where first <= 6) as first_detractors,
  count(first) filter (where tnps >= 9) as last_promoters,
  count(first) filter (where tnps in (7, 8)) as last_passives,
  count(first) filter (where tnps <= 6) as last_detractors,
  count(*) filter (where first <= 6 and tnps >= 7) as won_back,
  count(*) filter (where first <= 6 and tnps >= 7 or first in (7, 8) and tnps >= 9) as improved,
  count(*) filter (where first >= 9 and tnps <= 8 or first in (7, 8) and tnps <= 6) as worsened
from facts
group by grouping sets ((), (name))
order by name collate "C" nulls last
"""

# The interval of a percentile q runs between the observations ranked nq ∓ z·√(nq(1-q)), the upper one rank higher, both
# rounded: Campbell & Gardner (1988), "Calculating confidence intervals for some non-parametric analyses", BMJ 296,
# 1454–1456. A rank beyond the sample selects null: too few cases to give an interval.
_TIMES = """
select total, name, step, n, p[1] as p50, p[2] as p90,
  sorted[cast(round(n * 0.5 - :z * sqrt(n * 0.25)) as int)] as p50_low,
  sorted[cast(round(n * 0.5 + :z * sqrt(n * 0.25)) as int) + 1] as p50_high,
  sorted[cast(round(n * 0.9 - :z * sqrt(n * 0.09)) as int)] as p90_low,
  sorted[cast(round(n * 0.9 + :z * sqrt(n * 0.09)) as int) + 1] as p90_high
from (
  select grouping(name) = 1 as total, name, step, cast(count(*) as float8) as n,
    percentile_cont(array[0.5, 0.9]) within group (order by seconds) as p, array_agg(seconds order by seconds) as sorted
  from facts
  cross join lateral (values
    ('first_attempt', first_attempt_at), ('reached', reached_at), ('resolved', resolved_at), ('closed', closed_at)
  ) as steps (step, at)
  cross join lateral (select cast(extract(epoch from at - requested_at) as float8) as seconds) as lasted
  where at is not null
  group by grouping sets ((step), (step, name))
) as spread
"""

_CODES = """
select grouping(name) = 1 as total, name, kind, code, count(*) as count
from facts cross join lateral (values ('outcome', outcome), ('cause', cause)) as codes (kind, code)
where code is not null
group by grouping sets ((kind, code), (kind, code, name))
"""


class _Set(NamedTuple):
    """All cases, or those of one group, whose name may be unknown."""

    total: bool
    name: str | None


_ALL = _Set(total=True, name=None)


def loop_report(engine: Engine, question: Question) -> LoopReport:
    """The report on the cases asked for, all its numbers as of one moment: no case is counted here and missed there."""
    with as_of_one_moment(engine) as connection:
        counts = _counts(connection, question)
        times = _times(connection, question)
        codes = _codes(connection, question)
    loops = {
        one: loop_of(counted, times=times[one], outcomes=codes[one, "outcome"], causes=codes[one, "cause"])
        for one, counted in counts.items()
    }
    total = loops.pop(_ALL)
    groups = () if question.by is By.NONE else tuple(Group(group=one.name, loop=loop) for one, loop in loops.items())
    asked = question.model_dump(include={"since", "until", "by", "zone", "products", "sources"})
    return LoopReport(**asked, as_of=question.now, total=total, groups=groups)


def _counts(connection: Connection, question: Question) -> dict[_Set, Counts]:
    rows = _rows(connection, _COUNTS, question)
    return {one: Counts.model_validate({name: row[name] for name in Counts.model_fields}) for one, row in rows}


def _times(connection: Connection, question: Question) -> Mapping[_Set, Mapping[str, Spread]]:
    found: defaultdict[_Set, dict[str, Spread]] = defaultdict(dict)
    for one, row in _rows(connection, _TIMES, question):
        found[one][row["step"]] = _spread(row)
    return found


def _codes(connection: Connection, question: Question) -> Mapping[tuple[_Set, str], Mapping[str, int]]:
    found: defaultdict[tuple[_Set, str], dict[str, int]] = defaultdict(dict)
    for one, row in _rows(connection, _CODES, question):
        found[one, row["kind"]][row["code"]] = row["count"]
    return found


def _rows(connection: Connection, query: str, question: Question) -> Iterator[tuple[_Set, RowMapping]]:
    goals = json.dumps({policy: goal.total_seconds() for policy, goal in question.goals.items()})
    asked = question.model_dump(include={"since", "until", "zone", "now"})
    names = {"products": list(question.products), "sources": list(question.sources)}
    values = {**asked, **names, "goals": goals, "z": Z95}
    statement = text(_FACTS.format(group=_GROUPS[question.by]) + query)
    for row in connection.execute(statement, values).mappings():
        yield _Set(row["total"], row["name"]), row


def _spread(row: RowMapping) -> Spread:
    return Spread(
        n=int(row["n"]),
        p50=_duration(row["p50"]),
        p90=_duration(row["p90"]),
        p50_interval=_span(row["p50_low"], row["p50_high"]),
        p90_interval=_span(row["p90_low"], row["p90_high"]),
    )


def _span(low: float | None, high: float | None) -> Span | None:
    return None if low is None or high is None else Span(low=_duration(low), high=_duration(high))


def _duration(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))
