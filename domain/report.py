"""The report on the loop: what was promised and what became of it, each number with its n and its 95 % interval."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from domain.metrics import Change, Score, Share, Times, paired_change, tnps, wilson
from domain.policy import Frozen, Policy, Zone
from domain.words import Outcome


class By(StrEnum):
    """What the cases are grouped by; never by person."""

    NONE = "none"
    WEEK = "week"
    MONTH = "month"
    PRODUCT = "product"
    SOURCE = "source"
    CAUSE = "cause"


class Question(Frozen):
    """Which cases are reported on: those whose contact request came in [since, until)."""

    since: datetime
    until: datetime
    by: By
    zone: Zone
    """Where weeks and months begin."""
    goals: Mapping[str, timedelta]
    """The time to a resolution by policy name. `standard` must be there: it stands for policies no longer known."""
    now: datetime
    products: tuple[str, ...] = ()
    """Of these products only; empty: of all, and of none."""
    sources: tuple[str, ...] = ()


class Span(Frozen):
    """A 95 % confidence interval of a duration, both ends included."""

    low: timedelta
    high: timedelta


class Spread(Times):
    """Times with the intervals of both percentiles; an interval is None when there are too few cases to give one."""

    p50_interval: Span | None
    p90_interval: Span | None


NOTHING = Spread(n=0, p50=None, p90=None, p50_interval=None, p90_interval=None)


class Steps(Frozen):
    """Wall-clock times from the contact request to each step, over the cases that have come so far."""

    first_attempt: Spread = Field(NOTHING, description="To the start of the first call attempt.")
    reached: Spread = Field(NOTHING, description="To the moment the customer spoke with us.")
    resolved: Spread = Field(NOTHING, description="To the end of the work, solved or not.")
    closed: Spread = Field(NOTHING, description="To the end of the loop, however it ended.")


class Promises(Frozen):
    """What became of the callback promises. A case is in one of kept, broken, moved, not counted, no hour, pending."""

    kept: Share = Field(
        description="Of the promises kept or broken, those kept: before due the customer was reached, or an honest try "
        "on the right number ended no answer, busy, unavailable or voicemail."
    )
    kept_by_log: int = Field(description="Of those kept, how many by an attempt logged by hand.")
    reached_within_the_hour: Share = Field(
        description="Of the promises kept or broken, those whose customer spoke with us by the due time. "
        "One kept by a try and not due yet is still undecided, so it is left out; so are promises moved or not counted."
    )
    broken: int = Field(description="Due, and not kept: closed and open cases alike.")
    still_waiting: int = Field(description="Of those broken, how many customers wait to this moment.")
    moved: int = Field(description="The customer chose another time before due: neither kept nor broken.")
    not_counted: int = Field(description="Withdrawn by the customer before due, or no usable number.")
    no_hour: int = Field(description="No promise could be given: company and customer share no hour.")
    pending: int = Field(description="Not due yet: not counted.")


class Goals(Frozen):
    """What became of the goal: solved within 24 hours (or what the policy says) on the wall clock."""

    met: Share = Field(description="Of the goals met or missed. Ended unsolved, and open past the goal, are missed.")
    not_counted: int = Field(description="Closed without a resolution before the goal: withdrawn, unreachable, …")
    pending: int = Field(description="Open, and the goal is still ahead.")


class Survey(Frozen):
    """What customers said in the final survey."""

    answered: Share = Field(description="Of the customers asked, those who answered; late answers count.")
    waiting: int = Field(description="Of those asked, how many may still answer.")
    tnps: Score = Field(
        description="Would you recommend us: 100·(promoters 9–10 minus detractors 0–6)/n with the adjusted Wald "
        "interval. 0 is a score; only no answer is left out."
    )
    solved: Share = Field(description="CES: of those who answered whether it was solved, those who said yes.")


class Recovery(Frozen):
    """How customers came out who gave a score both times: asking for contact, and in the final survey of that loop.

    A loop that began with a final survey has no first score. Low scores tend to rise and high ones to fall without
    anybody's doing (regression to the mean): so those won back stand beside the change of all.
    """

    won_back: Share = Field(description="Of those who began as detractors (0–6), those who became passive or promoter.")
    change: Change = Field(
        description="Up: from detractor to passive or promoter, or from passive to promoter; down: the other way. "
        "The net share with its adjusted Wald interval for pairs."
    )
    first: Score = Field(description="The score of these customers when they asked for contact.")
    last: Score = Field(description="The score of the same customers in the final survey.")


class CauseCount(Frozen):
    """How many cases were resolved with this cause."""

    cause: str = Field(examples=["network_setup"])
    count: int


class Loop(Frozen):
    """The numbers of one set of cases. Shares carry Wilson intervals, times those of their order statistics."""

    cases: int = Field(description="Contact requests in the period.")
    open: int = Field(description="Of them, those not closed yet.")
    promise: Promises
    times: Steps
    first_contact_resolution: Share = Field(description="Of the cases resolved, those solved in one conversation.")
    goal: Goals
    survey: Survey
    recovery: Recovery
    outcomes: dict[Outcome, int] = Field(description="How the closed ones ended.")
    withdrawn_by_staff: int = Field(description="How many were withdrawn by staff rather than by the customer.")
    causes: tuple[CauseCount, ...] = Field(description="The causes of the resolved ones, the most frequent first.")


class Group(Frozen):
    """The same numbers for one group. Below n = 30 look at the interval first."""

    group: str | None = Field(description="None: the cases have none, such as no cause yet.", examples=["2018-W06"])
    loop: Loop


class LoopReport(Frozen):
    """The report as of one moment, in all and by group."""

    since: datetime = Field(serialization_alias="from", description="The first contact request counted, at or after.")
    until: datetime = Field(serialization_alias="to", description="The last contact request counted, before.")
    as_of: datetime = Field(description="What was due by then is due.")
    by: By
    zone: str = Field(description="Where weeks and months begin.", examples=["Europe/Moscow"])
    products: tuple[str, ...] = Field((), description="Of these products only; empty: of all.")
    sources: tuple[str, ...] = Field((), description="Of these sources only; empty: of all.")
    total: Loop
    groups: tuple[Group, ...] = Field(description="Those that have cases, by name.")


class Counts(Frozen):
    """What the cases of one set add up to."""

    cases: int = 0
    open: int = 0
    kept: int = 0
    kept_by_log: int = 0
    broken: int = 0
    still_waiting: int = 0
    moved: int = 0
    not_counted: int = 0
    no_hour: int = 0
    pending: int = 0
    reach_decided: int = 0
    reached_in_time: int = 0
    resolved: int = 0
    first_contact: int = 0
    goal_met: int = 0
    goal_missed: int = 0
    goal_not_counted: int = 0
    goal_pending: int = 0
    asked: int = 0
    answered: int = 0
    survey_waiting: int = 0
    promoters: int = 0
    passives: int = 0
    detractors: int = 0
    said_solved: int = 0
    said_whether_solved: int = 0
    withdrawn_by_staff: int = 0
    first_promoters: int = 0
    first_passives: int = 0
    first_detractors: int = 0
    last_promoters: int = 0
    last_passives: int = 0
    last_detractors: int = 0
    won_back: int = 0
    improved: int = 0
    worsened: int = 0


def loop_of(
    counts: Counts, *, times: Mapping[str, Spread], outcomes: Mapping[str, int], causes: Mapping[str, int]
) -> Loop:
    """The numbers of these counts; `times` by the names of `Steps`. Raises ValueError when a part exceeds its whole."""
    return Loop(
        cases=counts.cases,
        open=counts.open,
        promise=_promises(counts),
        times=Steps.model_validate(dict(times)),
        first_contact_resolution=wilson(counts.first_contact, counts.resolved),
        goal=_goals(counts),
        survey=_survey(counts),
        recovery=_recovery(counts),
        outcomes={outcome: outcomes.get(outcome, 0) for outcome in Outcome},
        withdrawn_by_staff=counts.withdrawn_by_staff,
        causes=tuple(_most_frequent_first(causes.items())),
    )


def goals_of(policies: Mapping[str, Policy]) -> dict[str, timedelta]:
    """The goal of each policy, by name."""
    return {name: policy.goal for name, policy in policies.items()}


def _promises(counts: Counts) -> Promises:
    return Promises(
        kept=wilson(counts.kept, counts.kept + counts.broken),
        reached_within_the_hour=wilson(counts.reached_in_time, counts.reach_decided),
        **counts.model_dump(
            include={"kept_by_log", "broken", "still_waiting", "moved", "not_counted", "no_hour", "pending"}
        ),
    )


def _goals(counts: Counts) -> Goals:
    return Goals(
        met=wilson(counts.goal_met, counts.goal_met + counts.goal_missed),
        not_counted=counts.goal_not_counted,
        pending=counts.goal_pending,
    )


def _survey(counts: Counts) -> Survey:
    return Survey(
        answered=wilson(counts.answered, counts.asked),
        waiting=counts.survey_waiting,
        tnps=tnps(promoters=counts.promoters, passives=counts.passives, detractors=counts.detractors),
        solved=wilson(counts.said_solved, counts.said_whether_solved),
    )


def _recovery(counts: Counts) -> Recovery:
    first = tnps(promoters=counts.first_promoters, passives=counts.first_passives, detractors=counts.first_detractors)
    return Recovery(
        won_back=wilson(counts.won_back, counts.first_detractors),
        change=paired_change(up=counts.improved, down=counts.worsened, n=first.n),
        first=first,
        last=tnps(promoters=counts.last_promoters, passives=counts.last_passives, detractors=counts.last_detractors),
    )


def _most_frequent_first(causes: Iterable[tuple[str, int]]) -> Iterable[CauseCount]:
    ordered = sorted(causes, key=lambda item: (-item[1], item[0]))
    return (CauseCount(cause=cause, count=count) for cause, count in ordered)
