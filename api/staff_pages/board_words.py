"""What each number of the board is called, and what it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.staff_pages.translations import N_
from domain.metrics import Share
from domain.report import Loop

REPORTED: Mapping[str, str] = MappingProxyType(
    {
        "cases": N_("Contact requests"),
        "open": N_("Open"),
        "kept": N_("Promise kept"),
        "kept_by_log": N_("Promise kept by a call logged by hand"),
        "broken": N_("Promise broken"),
        "still_waiting": N_("Promise broken, and the customer still waits"),
        "moved": N_("Promise moved by the customer"),
        "not_counted": N_("Promise not counted"),
        "no_hour": N_("No promise could be given"),
        "pending": N_("Promise not due yet"),
        "decided": N_("Promise kept or broken"),
        "reach_decided": N_("Promise kept or broken, and the hour is over or the customer was reached"),
        "reached_in_time": N_("Reached within the hour"),
        "resolved": N_("Worked to the end"),
        "first_contact": N_("Solved at the first contact"),
        "goal_met": N_("Solved within the goal"),
        "goal_missed": N_("Not solved within the goal"),
        "goal_decided": N_("Solved within the goal or not"),
        "goal_not_counted": N_("Goal not counted"),
        "goal_pending": N_("Goal still ahead"),
        "asked": N_("Sent the final survey"),
        "answered": N_("Answered the final survey"),
        "survey_waiting": N_("May still answer the final survey"),
        "promoters": N_("Promoters (9–10)"),
        "passives": N_("Passives (7–8)"),
        "detractors": N_("Detractors (0–6)"),
        "scored": N_("Gave a score in the final survey"),
        "said_solved": N_("Said it was solved"),
        "said_whether_solved": N_("Said whether it was solved"),
        "withdrawn_by_staff": N_("Withdrawn by staff"),
        "scored_twice": N_("Gave a score both times"),
        "first_promoters": N_("Promoters at first, who gave a last score"),
        "first_passives": N_("Passives at first, who gave a last score"),
        "first_detractors": N_("Detractors at first, who gave a last score"),
        "last_promoters": N_("Promoters at last, who gave a first score"),
        "last_passives": N_("Passives at last, who gave a first score"),
        "last_detractors": N_("Detractors at last, who gave a first score"),
        "won_back": N_("Detractors won back"),
        "improved": N_("Went up"),
        "worsened": N_("Went down"),
        "times_first_attempt": N_("Called"),
        "times_reached": N_("Spoke with us"),
        "times_resolved": N_("Work ended"),
        "times_closed": N_("Loop ended"),
    }
)
"""By the names of `db.report_kinds.COUNTED`."""

LIVE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "open": (N_("All open"), N_("Contact requests whose loop has not ended, the final survey included.")),
        "at_risk": (
            N_("Promises at risk"),
            N_("Nobody has called yet, and a warning has gone out, or less than a quarter of the time is left."),
        ),
        "broken": (
            N_("Promises broken, customer waits"),
            N_("The promised time has passed without a call, and nobody has spoken with the customer since."),
        ),
        "overdue": (N_("Something is overdue"), N_("A callback, an answer or another deadline has passed.")),
        "nobodys": (N_("Nobody has taken it"), N_("Still in work, and without an owner.")),
        "alerted": (N_("Alerts not acknowledged"), N_("An alert goes on until a lead or manager acknowledges it.")),
    }
)
"""By the names of `db.board.NOW`: what it is called, and what it means."""

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "first_attempt": N_("To the first call"),
        "reached": N_("To the conversation"),
        "resolved": N_("To the end of the work"),
        "closed": N_("To the end of the loop"),
    }
)
"""By the fields of `domain.report.Steps`."""


@dataclass(frozen=True)
class Figure:
    """A share of the board: what it is called and means, and the numbers above and below its line."""

    key: str
    name: str
    meaning: str
    count: str
    n: str
    of: Callable[[Loop], Share]


FIGURES = (
    Figure(
        "kept",
        N_("Promise kept"),
        N_(
            "Of the promises kept or broken, those kept: before due the customer was reached, or an honest try on the "
            "right number found nobody. An open case past its due time counts as broken."
        ),
        "kept",
        "decided",
        lambda loop: loop.promise.kept,
    ),
    Figure(
        "reached",
        N_("Reached within the hour"),
        N_("Of the promises kept or broken, those whose customer spoke with us by the due time."),
        "reached_in_time",
        "reach_decided",
        lambda loop: loop.promise.reached_within_the_hour,
    ),
    Figure(
        "first_contact",
        N_("Solved at the first contact"),
        N_("Of the cases worked to the end, those solved in one conversation."),
        "first_contact",
        "resolved",
        lambda loop: loop.first_contact_resolution,
    ),
    Figure(
        "goal",
        N_("Solved within the goal"),
        N_("The goal is 24 hours, or what the policy says, around the clock. Open past the goal counts as missed."),
        "goal_met",
        "goal_decided",
        lambda loop: loop.goal.met,
    ),
    Figure(
        "solved",
        N_("Solved, the customer says (CES)"),
        N_("Of those who said in the final survey whether their question was solved, those who said yes."),
        "said_solved",
        "said_whether_solved",
        lambda loop: loop.survey.solved,
    ),
    Figure(
        "answered",
        N_("Answered the final survey"),
        N_("Of those who were sent it. The fewer answer, the less the scores say about all."),
        "answered",
        "asked",
        lambda loop: loop.survey.answered,
    ),
)
"""The shares shown, in their order."""
WON_BACK = Figure(
    "won_back",
    N_("Detractors won back"),
    N_("Of those who began with 0 to 6 and answered the final survey, those who ended with 7 or more."),
    "won_back",
    "first_detractors",
    lambda loop: loop.recovery.won_back,
)
