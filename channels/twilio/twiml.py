"""The documents that steer a call: what is said, which key is waited for, who is dialled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from twilio.twiml.voice_response import (  # type: ignore[import-untyped]  # the SDK has no py.typed
    Dial,
    Gather,
    Number,
    Say,
    VoiceResponse,
)

from channels.twilio.addresses import CallAddresses
from domain.words import Language

ACCEPT = "1"
"""The key with which a specialist takes a call: a voicemail presses none."""
KEY_WAIT = timedelta(seconds=8)
RING_CUSTOMER = timedelta(seconds=25)
LONGEST_TALK = timedelta(hours=1)
EVENTS = ("initiated", "ringing", "answered", "completed")
VOICES: Mapping[Language, str] = MappingProxyType({Language.RU: "ru-RU", Language.EN: "en-US"})


@dataclass(frozen=True)
class Spoken:
    """What a language says in a call."""

    over: str
    late: str
    served: str
    not_taken: str
    recorded: str


WORDS: Mapping[Language, Spoken] = MappingProxyType(
    {
        Language.EN: Spoken(
            over="This call is no longer needed. Thank you.",
            late="It is too late or too early to ring this customer now. Please agree on another time.",
            served="The customer has called us, and speaks with us already. Thank you.",
            not_taken="The call was not taken. Goodbye.",
            recorded="This call is recorded.",
        ),
        Language.RU: Spoken(
            over="Этот звонок больше не нужен. Спасибо.",
            late="Сейчас звонить этому клиенту слишком поздно или слишком рано. Договоритесь о другом времени.",
            served="Клиент позвонил сам, с ним уже говорят. Спасибо.",
            not_taken="Звонок не принят. До свидания.",
            recorded="Разговор записывается.",
        ),
    }
)


@dataclass(frozen=True)
class ToConnect:
    """A customer to be put through to; numbers are E.164."""

    customer_phone: str = field(repr=False)
    caller_id: str
    language: Language
    """The specialist's."""
    customers_language: Language
    recorded: bool


def whisper(text: str, language: Language, addresses: CallAddresses) -> str:
    """For the specialist: who asks for the call and why, twice; then it is over unless they press a key."""
    document = VoiceResponse()
    for _ in range(2):
        gather = Gather(
            input="dtmf",
            num_digits=1,
            timeout=_seconds(KEY_WAIT),
            action=addresses.accepted,
            method="POST",
        )
        gather.append(_say(text, language))
        document.append(gather)
    document.hangup()
    return str(document)


def connect(call: ToConnect, addresses: CallAddresses) -> str:
    """Ring the customer, and put both through when they answer; recorded only after both were told."""
    document = VoiceResponse()
    if call.recorded:
        document.append(_say(WORDS[call.language].recorded, call.language))
    dial = Dial(
        answer_on_bridge=True,
        caller_id=call.caller_id,
        timeout=_seconds(RING_CUSTOMER),
        time_limit=_seconds(LONGEST_TALK),
        action=addresses.dialled,
        method="POST",
        **({"record": "record-from-answer-dual"} if call.recorded else {}),
    )
    dial.append(_number(call, addresses))
    document.append(dial)
    return str(document)


def say(text: str, language: Language) -> str:
    """Say this; then whatever comes next does: for a leg that is put through afterwards."""
    document = VoiceResponse()
    document.append(_say(text, language))
    return str(document)


def farewell(text: str, language: Language) -> str:
    """Say this and end the call."""
    document = VoiceResponse()
    document.append(_say(text, language))
    document.hangup()
    return str(document)


def hang_up() -> str:
    """End the call."""
    document = VoiceResponse()
    document.hangup()
    return str(document)


def _number(call: ToConnect, addresses: CallAddresses) -> Number:
    told = {"url": addresses.announcement(call.customers_language), "method": "POST"} if call.recorded else {}
    return Number(
        call.customer_phone,
        status_callback=addresses.customer,
        status_callback_method="POST",
        status_callback_event=" ".join(EVENTS),
        machine_detection="Enable",
        amd_status_callback=addresses.customer,
        amd_status_callback_method="POST",
        **told,
    )


def _say(text: str, language: Language) -> Say:
    return Say(text, language=VOICES[language])


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
