"""The documents of a call that a customer makes to us: what they hear, who is rung, which key takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from twilio.twiml.voice_response import (  # type: ignore[import-untyped]  # the SDK has no py.typed
    Dial,
    Gather,
    Number,
    Say,
    VoiceResponse,
)

from channels.twilio.addresses import PREFIX
from channels.twilio.twiml import KEY_WAIT, LONGEST_TALK, VOICES
from domain.words import Language

MOST_AT_ONCE = 10
"""More numbers than this Twilio does not ring at once."""
PAUSE = timedelta(seconds=2)


class Round(StrEnum):
    """Whose telephones ring."""

    OWNER = "owner"
    """Of the one person who has the case, or is calling this customer now."""
    ANYONE = "anyone"
    """Of everybody else who may take it, at once."""


_PATIENCE = {Round.OWNER: timedelta(seconds=15), Round.ANYONE: timedelta(seconds=20)}


@dataclass(frozen=True)
class Spoken:
    """What a language says to the specialist; to the customer it says what the hold texts say."""

    known: str
    """{who} and {about} are filled in."""
    customer: str
    stranger: str
    press: str
    gone: str
    unrecorded: str


WORDS: Mapping[Language, Spoken] = MappingProxyType(
    {
        Language.EN: Spoken(
            known="{who} is calling back{about}.",
            customer="A customer with an open case is calling back.",
            stranger="A customer is calling. There is no open case of this number.",
            press="Press 1 to take the call.",
            gone="A colleague has the call, or the customer has hung up. Thank you.",
            unrecorded="The call could not be noted in its case. Please log it by hand.",
        ),
        Language.RU: Spoken(
            known="{who} перезванивает{about}.",
            customer="Перезванивает клиент с открытым обращением.",
            stranger="Звонит клиент. Открытого обращения с этого номера нет.",
            press="Нажмите 1, чтобы ответить.",
            gone="На звонок уже ответил коллега, или клиент положил трубку. Спасибо.",
            unrecorded="Звонок не удалось отметить в обращении. Пожалуйста, внесите его вручную.",
        ),
    }
)


@dataclass(frozen=True)
class RingAddresses:
    """Where Twilio asks on: ids, never personal data."""

    public_url: str
    ring: UUID
    case: UUID | None
    """The open case of whoever rings; None for anybody else."""

    def rung(self, whom: Round) -> str:
        """What to do when these telephones have rung."""
        return self._of(f"rung/{whom}")

    def whisper(self, staff: UUID) -> str:
        """What a specialist hears who picks up."""
        return self._of(f"takers/{staff}/whisper")

    def accepted(self, staff: UUID, again: int = 0) -> str:
        """What to do when they have pressed a key; `again` counts how often we could not write it down."""
        return self._of(f"takers/{staff}/accepted", **({"again": str(again)} if again else {}))

    def _of(self, step: str, **more: str) -> str:
        told = {**({"case": str(self.case)} if self.case else {}), **more}
        query = "&".join(f"{name}={value}" for name, value in told.items())
        return f"{self.public_url}{PREFIX}/inbound/{self.ring}/{step}{'?' if query else ''}{query}"


@dataclass(frozen=True)
class Taker:
    """A member of staff whose telephone may ring; E.164."""

    id: UUID
    phone: str = field(repr=False)


@dataclass(frozen=True)
class ToRing:
    """One round of ringing for a customer who waits."""

    whom: Round
    takers: Sequence[Taker]
    texts: Sequence[str]
    """Said to the customer before it, in this order."""
    language: Language
    """The customer's."""
    caller_id: str
    recorded: bool


def ring(to_ring: ToRing, addresses: RingAddresses) -> str:
    """Speak to the customer, then ring everybody of the round; whoever presses the key is put through."""
    document = VoiceResponse()
    for text in to_ring.texts:
        document.append(_say(text, to_ring.language))
    dial = Dial(
        answer_on_bridge=True,
        caller_id=to_ring.caller_id,
        timeout=_seconds(_PATIENCE[to_ring.whom]),
        time_limit=_seconds(LONGEST_TALK),
        action=addresses.rung(to_ring.whom),
        method="POST",
        **({"record": "record-from-answer-dual"} if to_ring.recorded else {}),
    )
    for taker in to_ring.takers[:MOST_AT_ONCE]:
        dial.append(Number(taker.phone, url=addresses.whisper(taker.id), method="POST"))
    document.append(dial)
    return str(document)


def whisper(text: str, language: Language, accepted: str) -> str:
    """For the specialist: who rings, twice; then their telephone is given up unless they press a key."""
    document = VoiceResponse()
    for _ in range(2):
        gather = Gather(input="dtmf", num_digits=1, timeout=_seconds(KEY_WAIT), action=accepted, method="POST")
        gather.append(_say(f"{text} {WORDS[language].press}", language))
        document.append(gather)
    document.hangup()
    return str(document)


def put_through() -> str:
    """Nothing more to say: both are connected."""
    return str(VoiceResponse())


def in_a_moment(again: str) -> str:
    """Ask once more: we could not write down who takes the call."""
    document = VoiceResponse()
    document.pause(length=_seconds(PAUSE))
    document.redirect(again, method="POST")
    return str(document)


def _say(text: str, language: Language) -> Say:
    return Say(text, language=VOICES[language])


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
