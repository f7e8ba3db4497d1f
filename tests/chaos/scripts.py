"""What people do in each loop of the chaos, and which timelines may come of it, whatever is killed meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from channels.simulator.people import Behaviour
from domain.words import Outcome
from ops.demo.wire import Json
from tests.chaos.player import ChaosPlayer


def call(outcome: str, meanwhile: str = "") -> str:
    """A call, behind any that were given back: nobody is rung twice, the specialist tries again.

    `meanwhile`: what may happen before, between and during them.
    """
    begun = f"{meanwhile}call_started {meanwhile}(call_asked_after {meanwhile})*"
    return f"({begun}attempt_ended:technical )*{begun}attempt_ended:{outcome}"


REACHED_AGAIN = f"{call('reached')} customer_reached"
REACHED = f"{call('reached')} promise_kept customer_reached"
LATE = "(callback_broken )?"
ASKED = "survey_answered:solved closed:answered"
WARNED = "promise_warned:50% promise_warned:75% promise_warned:90% promise_broken"


@dataclass(frozen=True)
class Script:
    """One kind of loop."""

    name: str
    play: Callable[[ChaosPlayer], None]
    timelines: tuple[str, ...]
    """Of each of its cases, a pattern over its steps; `response_amended` and `customer_answered`, whose places the
    order of deliveries decides, are counted apart."""
    outcomes: tuple[Outcome, ...] = (Outcome.ANSWERED,)
    form: str = "patient"
    by_mail: bool = False
    """The customer has a mailbox; else everything goes by SMS."""


def _solve_and_ask(player: ChaosPlayer, tnps: int = 9) -> None:
    player.resolve("settings", "Настроено заново.")
    player.answer_final_survey(tnps=tnps, solved="yes")


def _straight(player: ChaosPlayer) -> None:
    player.request()
    player.take()
    player.ring()
    _solve_and_ask(player)


def _no_answer(player: ChaosPlayer) -> None:
    player.request()
    player.behave(Behaviour.NO_ANSWER, Behaviour.ANSWERS)
    player.take()
    player.ring()
    player.wait("next_attempt_due")
    player.ring()
    _solve_and_ask(player)


def _broken(player: ChaosPlayer) -> None:
    player.request()
    player.wait("promise_broken")
    player.command("acknowledgement", who="lead")
    player.claim("second_line")
    player.ring()
    _solve_and_ask(player, 0)


def _escalated(player: ChaosPlayer) -> None:
    player.request()
    player.take()
    player.ring()
    review, _ = player.put_question()
    player.command(f"reviews/{review}/answer", {"text": "Откройте порт."}, who="second_line")
    player.ring()
    _solve_and_ask(player)


def _moved(player: ChaosPlayer) -> None:
    player.request()
    player.choose_callback()
    player.wait("callback_warned")
    player.take()
    player.ring()
    _solve_and_ask(player)


def _again(player: ChaosPlayer) -> None:
    player.request()
    player.take()
    player.ring()
    player.resolve("slow_computer", "Отключены лишние программы.")
    player.answer_final_survey(tnps=0, solved="no", again="Снова медленно.")
    player.follow_next_loop()
    player.take()
    player.ring()
    _solve_and_ask(player, 10)


def _withdrawn(player: ChaosPlayer) -> None:
    player.request()
    player.withdraw()
    player.wait("closed")


def _stopped(player: ChaosPlayer) -> None:
    player.request()
    player.stop_by_sms()
    player.wait("closed")


def _wrong_number(player: ChaosPlayer) -> None:
    player.request()
    player.behave(Behaviour.WRONG_NUMBER)
    player.take()
    player.ring()
    player.wait("closed")


def _sleep_over_promise(player: ChaosPlayer) -> None:
    player.gather()
    player.request()
    player.sleep("promise_broken", player.wait("opened").due)
    player.wait("promise_broken")
    player.command("acknowledgement", who="lead")
    player.claim("second_line 2")
    player.ring()
    _solve_and_ask(player)


def _sleep_over_review(player: ChaosPlayer) -> None:
    player.request()
    player.take()
    player.ring()
    player.gather()
    review, due = player.put_question()
    player.sleep("review_overdue", due)
    player.wait("review_overdue")
    player.command(f"reviews/{review}/answer", {"text": "Откройте порт."}, who="second_line")
    player.ring()
    _solve_and_ask(player)


def _sleep_over_next_attempt(player: ChaosPlayer) -> None:
    player.request()
    player.behave(Behaviour.NO_ANSWER, Behaviour.ANSWERS)
    player.take()
    player.gather()
    player.ring()
    player.sleep("next_attempt_due", player.wait("next_attempt_planned").due)
    player.wait("next_attempt_due")
    player.ring()
    _solve_and_ask(player)


def _sleep_over_reminder(player: ChaosPlayer) -> None:
    player.request()
    player.take()
    player.ring()
    player.gather()
    body: Json = {"cause": "settings", "text": "Настроено заново.", "solved": True, "one_conversation": True}
    player.sleep("survey_reminded", player.command("resolution", body).waiting_until)
    player.wait("survey_reminded")
    player.answer_final_survey(tnps=7, solved="yes")


REVIEWED = "escalated review_answered"
OVERDUE = "(review_overdue:[123] )+"
SOLVED = f"resolved:settings {ASKED}"

STRAIGHT = Script("straight", _straight, (f"opened claimed {REACHED} {SOLVED}",))
STRAIGHT_BY_MAIL = Script("straight, by mail", _straight, STRAIGHT.timelines, by_mail=True)
NO_ANSWER = Script(
    "no answer, then reached",
    _no_answer,
    (
        f"opened claimed {call('no_answer')} promise_kept next_attempt_planned:1 next_attempt_due "
        f"{REACHED_AGAIN} {SOLVED}",
    ),
)
BROKEN = Script(
    "broken and rescued",
    _broken,
    (f"opened {WARNED} (alarm_repeated:promise_broken )*acknowledged claimed {REACHED_AGAIN} {SOLVED}",),
    form="quick",
)
ESCALATED = Script("escalated", _escalated, (f"opened claimed {REACHED} {REVIEWED} {REACHED_AGAIN} {SOLVED}",))
MOVED = Script(
    "callback moved",
    _moved,
    (
        # An agreed time is kept as the promise is: by an answer or an end before its ten minutes are over. A call that
        # only rings by then keeps neither, so it is broken at most once, at any place until the call is answered.
        f"(?!(.*callback_broken){{2}})opened callback_agreed:moved callback_warned {LATE}claimed "
        f"{call('reached', LATE)} customer_reached {SOLVED}",
    ),
    form="moving",
)
AGAIN = Script(
    "contact asked again",
    _again,
    (
        f"opened claimed {REACHED} resolved:slow_computer survey_answered:not_solved closed:answered",
        f"opened claimed {REACHED} {SOLVED}",
    ),
    outcomes=(Outcome.ANSWERED, Outcome.ANSWERED),
)
WITHDRAWN = Script("withdrawn by link", _withdrawn, ("opened withdrawn closed:withdrawn",), (Outcome.WITHDRAWN,))
STOPPED = Script("withdrawn by STOP", _stopped, ("opened withdrawn closed:withdrawn",), (Outcome.WITHDRAWN,))
WRONG_NUMBER = Script(
    "wrong number",
    _wrong_number,
    (f"opened claimed {call('wrong_number')} closed:wrong_number",),
    (Outcome.WRONG_NUMBER,),
)

SLEEPERS = (
    Script(
        "asleep over a review",
        _sleep_over_review,
        (f"opened claimed {REACHED} escalated {OVERDUE}review_answered {REACHED_AGAIN} {SOLVED}",),
        form="sleeping",
    ),
    Script("asleep over the next attempt", _sleep_over_next_attempt, NO_ANSWER.timelines, form="sleeping"),
    Script(
        "asleep over a reminder",
        _sleep_over_reminder,
        (f"opened claimed {REACHED} resolved:settings survey_reminded {ASKED}",),
        form="sleeping",
    ),
    Script(
        "asleep over the promise",
        _sleep_over_promise,
        (f"opened {WARNED} acknowledged claimed {REACHED_AGAIN} {SOLVED}",),
        form="promised",
    ),
)
"""They start their clocks together, so that all fall due in the same night."""

MIX = (
    *(STRAIGHT,) * 3,
    STRAIGHT_BY_MAIL,
    *(NO_ANSWER,) * 2,
    *(BROKEN,) * 2,
    ESCALATED,
    MOVED,
    AGAIN,
    WITHDRAWN,
    STOPPED,
    WRONG_NUMBER,
)
"""How often each kind comes, among fourteen."""
