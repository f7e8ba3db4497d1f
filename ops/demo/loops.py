"""The loops of the demo: what people do in each, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from channels.simulator.people import Behaviour
from domain.words import Outcome
from ops.demo.people import Cast, Customer
from ops.demo.player import Player
from ops.demo.script import Expected, Repeated

A_PROMISE = timedelta(seconds=90)
"""Longer than a promise of the demo's policy, which is due after 60 seconds."""
ARRIVED = ("opened", "response_amended")
PICKED_UP = ("call_started", "customer_answered")
REACHED = (*PICKED_UP, "attempt_ended reached", "promise_kept", "customer_reached")
REACHED_AGAIN = (*PICKED_UP, "attempt_ended reached", "customer_reached")
"""The promise was kept, broken or moved before."""
ASKED = ("survey_answered solved", "closed answered")


@dataclass(frozen=True)
class Loop:
    """One loop, or two in a chain."""

    name: str
    customer: Customer
    play: Callable[[Player], None]
    expected: tuple[Expected, ...]
    """Of each of its cases, in order."""
    rung: int
    """How often the customer's phone must have rung."""

    @property
    def label(self) -> str:
        """On the screen."""
        return f"{self.customer.label} · {self.name}"


def loops(run: int) -> tuple[Loop, ...]:
    """All loops, with the customers of this run."""
    cast = Cast(run)
    return (
        Loop("straight", cast.customer(0, "Anna", "Анна Белова"), _straight, (STRAIGHT,), 1),
        Loop("no answer, then reached", _no_mail(cast), _no_answer, (NO_ANSWER,), 2),
        Loop("callback moved", cast.customer(2, "Varvara", "Варвара Зимина"), _moved, (MOVED,), 1),
        Loop("escalated", cast.customer(3, "German", "Герман Лесной"), _escalated, (ESCALATED,), 2),
        Loop("broken and rescued", cast.customer(4, "Dina", "Дина Морская"), _broken, (BROKEN,), 1),
        Loop("contact asked again", cast.customer(5, "Egor", "Егор Полянский"), _again, (FIRST, SECOND), 2),
        Loop("withdrawn", cast.customer(6, "Zoya", "Зоя Ручьева"), _withdrawn, (WITHDRAWN,), 0),
        Loop("number given later", cast.customer(7, "Ilya", "Илья Садов"), _no_number, (NO_NUMBER,), 1),
        Loop("wrong number", cast.customer(8, "Kira", "Кира Тихонова"), _wrong_number, (WRONG_NUMBER,), 1),
    )


def _no_mail(cast: Cast) -> Customer:
    return replace(cast.customer(1, "Boris", "Борис Громов"), email=None)


STRAIGHT = Expected(
    (*ARRIVED, "claimed", *REACHED, "resolved update_failed", *ASKED), Outcome.ANSWERED, "kept", tnps=10, solved=True
)


def _straight(player: Player) -> None:
    """Taken at once, reached at the first ring, solved in one conversation."""
    player.fill_in_survey(comment="После обновления не запускается.", nps=3)
    player.claim("specialist")
    player.ring()
    player.resolve("update_failed", "Обновление поставлено заново, программа запускается.")
    player.answer_final_survey(tnps=10, solved="yes")


NO_ANSWER = Expected(
    (
        *ARRIVED,
        "promise_warned 50%",
        "claimed",
        "call_started",
        "attempt_ended no_answer",
        "promise_kept",
        "next_attempt_planned 1",
        "next_attempt_due",
        *REACHED_AGAIN,
        "resolved licence_renewal",
        *ASKED,
    ),
    Outcome.ANSWERED,
    "kept",
    tnps=9,
    solved=True,
)


def _no_answer(player: Player) -> None:
    """Nobody takes it before the first warning; the first call finds nobody, the next one does. All by SMS."""
    player.fill_in_survey(comment="Не понимаю, как продлить лицензию.", nps=6)
    player.behave(Behaviour.NO_ANSWER, Behaviour.ANSWERS)
    player.wait("promise_warned 50%", patience=A_PROMISE)
    player.claim("specialist 2")
    player.ring()
    player.wait("next_attempt_due")
    player.ring()
    player.resolve("licence_renewal", "Лицензия продлена вместе по телефону.")
    player.answer_final_survey(tnps=9, solved="yes")


MOVED = Expected(
    (
        *ARRIVED,
        "callback_agreed moved",
        "callback_warned",
        "claimed",
        *REACHED_AGAIN,
        "resolved settings",
        *ASKED,
    ),
    Outcome.ANSWERED,
    "moved",
    tnps=8,
    solved=True,
)


def _moved(player: Player) -> None:
    """The customer picks another time by the link, and is rung then."""
    player.fill_in_survey(comment="Позвоните позже, я за рулём.", nps=7)
    player.choose_callback()
    player.wait("callback_warned", patience=A_PROMISE)
    player.claim("specialist 3")
    player.ring()
    player.resolve("settings", "Уведомления отключены.")
    player.answer_final_survey(tnps=8, solved="yes")


ESCALATED = Expected(
    (
        *ARRIVED,
        "claimed",
        *REACHED,
        "escalated",
        "review_asked_back",
        "escalated",
        "review_forwarded",
        "review_answered",
        *REACHED_AGAIN,
        "resolved network_setup",
        *ASKED,
    ),
    Outcome.ANSWERED,
    "kept",
    tnps=9,
    solved=True,
)


def _escalated(player: Player) -> None:
    """Second line asks back, hands the question on to the developers, and answers; the customer hears it by phone."""
    player.fill_in_survey(comment="Сервер в офисе не видит лицензию.", nps=4)
    player.claim("specialist 2")
    player.ring()
    review = player.escalate("Сервер лицензий не виден из другой подсети. Что проверить?")
    player.command(f"reviews/{review}/question", {"text": "Какая версия сервера?"}, who="second_line")
    player.escalate("Версия 12.3 на Windows Server 2022.", review)
    player.command(f"reviews/{review}/forward", {"reference": "DEV-4711"}, who="second_line")
    player.command(f"reviews/{review}/answer", {"text": "Откройте порт 1947 и обновите до 12.4."}, who="second_line")
    player.ring()
    player.resolve("network_setup", "Порт открыт, сервер обновлён, лицензия видна.", conversations=2)
    player.answer_final_survey(tnps=9, solved="yes")


BROKEN = Expected(
    (
        *ARRIVED,
        "promise_warned 50%",
        "promise_warned 75%",
        "promise_warned 90%",
        "promise_broken",
        Repeated("alarm_repeated promise_broken"),
        "acknowledged",
        "claimed",
        *REACHED_AGAIN,
        "resolved payment",
        *ASKED,
    ),
    Outcome.ANSWERED,
    "broken",
    tnps=5,
    solved=True,
)


def _broken(player: Player) -> None:
    """Nobody takes it: the promise breaks, a lead answers the alarm, second line takes over and calls."""
    player.fill_in_survey(comment="Списали деньги дважды.", nps=2)
    player.wait("alarm_repeated", patience=A_PROMISE)
    player.command("acknowledgement", who="lead")
    player.claim("second_line 2")
    player.ring()
    player.resolve("payment", "Второй платёж возвращён.")
    player.answer_final_survey(tnps=5, solved="yes")


FIRST = Expected(
    (*ARRIVED, "claimed", *REACHED, "resolved slow_computer", "survey_answered not_solved", "closed answered"),
    Outcome.ANSWERED,
    "kept",
    tnps=0,
    solved=False,
)
SECOND = Expected(
    ("opened", "claimed", *REACHED, "resolved slow_computer", *ASKED), Outcome.ANSWERED, "kept", tnps=10, solved=True
)


def _again(player: Player) -> None:
    """Not solved, says the customer, and asks for contact again: the next loop closes."""
    player.fill_in_survey(comment="Компьютер работает медленно.", nps=9)
    player.claim("specialist 3")
    player.ring()
    player.resolve("slow_computer", "Отключены лишние программы при запуске.")
    player.answer_final_survey(tnps=0, solved="no", again="Стало лучше, но через час снова медленно.")
    player.follow_next_loop()
    player.claim("specialist 3")
    player.ring()
    player.resolve("slow_computer", "Найден и удалён второй антивирус.")
    player.answer_final_survey(tnps=10, solved="yes")


WITHDRAWN = Expected((*ARRIVED, "withdrawn", "closed withdrawn"), Outcome.WITHDRAWN, "not counted")


def _withdrawn(player: Player) -> None:
    """The customer thinks better of it, and says so by the link."""
    player.fill_in_survey(comment="Уже разобралась сама.", nps=8)
    player.withdraw()
    player.wait("closed")


NO_NUMBER = Expected(
    ("opened", "number_needed", "response_amended", "number_given", "claimed", *REACHED, "resolved activation", *ASKED),
    Outcome.ANSWERED,
    "kept",
    tnps=10,
    solved=True,
)


def _no_number(player: Player) -> None:
    """The number has a slip; asked by e-mail, the customer leaves another, and the promise counts from then."""
    player.fill_in_survey(comment="Не принимает код активации.", nps=5, phone="8 916 12-34")
    player.give_number()
    player.wait("number_given")
    player.claim("specialist")
    player.ring()
    player.resolve("activation", "В коде перепутаны буква О и ноль.")
    player.answer_final_survey(tnps=10, solved="yes")


WRONG_NUMBER = Expected(
    # The telephone network knows that somebody picked up; that it was a stranger is known when the call has ended.
    (*ARRIVED, "claimed", *PICKED_UP, "attempt_ended wrong_number", "closed wrong_number"),
    Outcome.WRONG_NUMBER,
    "not counted",
)


def _wrong_number(player: Player) -> None:
    """Somebody else picks up: nothing is told them, and they are never rung again."""
    player.fill_in_survey(comment="Хочу вернуть деньги.", nps=1)
    player.behave(Behaviour.WRONG_NUMBER)
    player.claim("specialist")
    player.ring()
    player.wait("closed")
