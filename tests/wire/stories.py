"""Whole cases, from the survey webhook to the final mail's score link, each with trouble of its own."""

from dataclasses import dataclass

from domain.words import AttemptOutcome
from tests.wire.faults import Mode
from tests.wire.sendgrid_like.letters import Fate
from tests.wire.town import HASTY
from tests.wire.twilio_like.courier import Manner
from tests.wire.twilio_like.people import Person, PicksUp

_DOUBTFUL = {Mode.HANG_AFTER, Mode.HANG_BEFORE, Mode.DROP_BEFORE, Mode.UNAVAILABLE_BEFORE}
REACHED, TECHNICAL = AttemptOutcome.REACHED, AttemptOutcome.TECHNICAL


@dataclass(frozen=True)
class Story:
    """What happens, and how the attempts must end; at last the customer is reached, and answers the final survey."""

    name: str
    customer: tuple[Person, ...] = (Person(),)
    specialist: tuple[Person, ...] = (Person(),)
    attempts: tuple[AttemptOutcome, ...] = (REACHED,)
    has_mail: bool = True
    new_number: bool = False
    """The customer gives another number, by the link they are sent."""
    rings_us: bool = False
    """Before anybody rings them: that is how they are reached."""
    rings_in_vain: bool = False
    """The same, but nobody is free: then they are rung."""
    agrees: bool = False
    """On a time, of which they are told by SMS."""
    writes: str = ""
    """Before anybody rings them, by SMS; it ends the case."""
    ending: str = "closed answered"
    manners: tuple[Manner, ...] = ()
    call_fault: Mode | None = None
    sms_fault: Mode | None = None
    mail_fault: Mode | None = None
    mail_fate: Fate = Fate.DELIVERED
    """Of the final survey."""
    slack_fault: Mode | None = None
    """Of the first alert, about a promise that nobody keeps in time."""
    posts: int = 1
    """How many POSTs the provider sees for what is faulty; one for each attempt, where nothing is."""

    @property
    def takes_long(self) -> bool:
        """What may have been accepted is waited for; so is what hangs."""
        return self.slack_fault is not None or bool({self.call_fault, self.sms_fault, self.mail_fault} & _DOUBTFUL)

    @property
    def form(self) -> str:
        """Which questionnaire they have filled in."""
        return HASTY if self.slack_fault else "after-renewal"

    @property
    def placed(self) -> tuple[AttemptOutcome, ...]:
        """The attempts that are ours."""
        return () if self.rings_us or self.writes else self.attempts


def _then_reached(name: str, outcome: AttemptOutcome, first: Person) -> Story:
    return Story(name, customer=(first, Person()), attempts=(outcome, REACHED), posts=2)


def _not_taken(name: str, first: Person) -> Story:
    return Story(name, specialist=(first, Person()), attempts=(TECHNICAL, REACHED), posts=2)


_AFTER = (Mode.HANG_AFTER, Mode.DROP_AFTER, Mode.UNAVAILABLE_AFTER)
_BEFORE = (Mode.HANG_BEFORE, Mode.DROP_BEFORE, Mode.UNAVAILABLE_BEFORE)
_STRANGE = (Manner.REPEATED, Manner.REVERSED, Manner.FORGED)
_INVALID = Person(PicksUp.OFF, leg_fails_with=13224)

STORIES: tuple[Story, ...] = (
    Story("straight"),
    Story("straight, without mail", has_mail=False),
    _then_reached("voicemail", AttemptOutcome.VOICEMAIL, Person(PicksUp.MACHINE)),
    _then_reached("busy", AttemptOutcome.BUSY, Person(PicksUp.BUSY)),
    _then_reached("no answer", AttemptOutcome.NO_ANSWER, Person(PicksUp.NO_ANSWER)),
    _then_reached("off", AttemptOutcome.UNAVAILABLE, Person(PicksUp.OFF)),
    Story("no such number", (_INVALID,), attempts=(AttemptOutcome.INVALID, REACHED), new_number=True, posts=2),
    Story(
        "specialist presses nothing", specialist=(Person(presses=""), Person()), attempts=(TECHNICAL, REACHED), posts=2
    ),
    Story("specialist presses 2", specialist=(Person(presses="2"), Person()), attempts=(TECHNICAL, REACHED), posts=2),
    _not_taken("specialist's voicemail", Person(PicksUp.MACHINE)),
    Story("specialist hangs up first", specialist=(Person(hangs_up_first=True),)),
    Story("customer rings us", rings_us=True),
    Story("customer rings us, another answers", rings_us=True, specialist=(Person(PicksUp.NO_ANSWER),)),
    Story("customer writes STOP", writes="Стоп!", ending="closed withdrawn", attempts=(), has_mail=False),
    Story("callbacks repeated, reversed and forged", manners=_STRANGE),
    *(Story(f"calls: {mode}", call_fault=mode) for mode in _AFTER),
    *(Story(f"calls: {mode}", call_fault=mode, attempts=(TECHNICAL, REACHED), posts=2) for mode in _BEFORE),
    Story(f"calls: {Mode.TOO_MANY}", call_fault=Mode.TOO_MANY, posts=2),
    *(Story(f"sms: {mode}", has_mail=False, sms_fault=mode) for mode in _AFTER),
    *(Story(f"sms: {mode}", has_mail=False, sms_fault=mode, posts=2) for mode in (Mode.DROP_BEFORE, Mode.TOO_MANY)),
    *(Story(f"mail: {mode}", mail_fault=mode) for mode in _AFTER),
    Story(f"mail: {Mode.TOO_MANY}", mail_fault=Mode.TOO_MANY, posts=2),
    Story("mail: bounced", mail_fate=Fate.BOUNCED),
    Story("sms: landline", customer=(Person(sms_fails_with=30006),), agrees=True),
)
SLACK_AWAY: tuple[Story, ...] = (
    Story(f"slack: {Mode.UNAVAILABLE_BEFORE}", slack_fault=Mode.UNAVAILABLE_BEFORE),
    Story(f"slack: {Mode.HANG_BEFORE}", slack_fault=Mode.HANG_BEFORE),
)
"""One after the other: when it has been away, it is left alone for a while."""
RECORDED: tuple[Story, ...] = (
    Story("recorded", (Person(PicksUp.NO_ANSWER), Person()), attempts=(AttemptOutcome.NO_ANSWER, REACHED)),
    Story("customer rings us, recorded", rings_us=True, specialist=(Person(), Person(PicksUp.NO_ANSWER))),
    Story("customer rings us, nobody is free", rings_in_vain=True, specialist=(Person(PicksUp.NO_ANSWER), Person())),
)
"""The last two one after the other: whose telephone rang for the first does not take the second."""
