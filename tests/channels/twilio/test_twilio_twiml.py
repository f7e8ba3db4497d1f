"""What a call's two legs are told to do."""

from uuid import UUID
from xml.etree import ElementTree

import pytest

from channels.twilio import twiml
from channels.twilio.addresses import CallAddresses
from domain.words import Language

ATTEMPT = UUID("00000000-0000-4000-8000-000000000001")
ADDRESSES = CallAddresses("https://help.example", ATTEMPT)
AT = f"https://help.example/webhooks/twilio/calls/{ATTEMPT}"


def to_connect(*, recorded: bool = False) -> twiml.ToConnect:
    return twiml.ToConnect(
        customer_phone="+79161234567",
        caller_id="+74950000000",
        language=Language.EN,
        customers_language=Language.RU,
        recorded=recorded,
    )


def only(element: ElementTree.Element, tag: str) -> ElementTree.Element:
    (found,) = element.iter(tag)
    return found


@pytest.mark.parametrize(("language", "voice"), [(Language.RU, "ru-RU"), (Language.EN, "en-US")])
def test_the_specialist_hears_it_twice_and_has_to_press_a_key(language: Language, voice: str) -> None:
    document = ElementTree.fromstring(twiml.whisper("Анна <о> «Про» & 1", language, ADDRESSES))
    assert [part.tag for part in document] == ["Gather", "Gather", "Hangup"]
    for gather in document.iter("Gather"):
        assert gather.attrib == {
            "action": f"{AT}/accepted",
            "input": "dtmf",
            "method": "POST",
            "numDigits": "1",
            "timeout": "8",
        }
        assert (only(gather, "Say").text, only(gather, "Say").attrib) == ("Анна <о> «Про» & 1", {"language": voice})


def test_the_customer_is_rung_and_listened_to() -> None:
    document = ElementTree.fromstring(twiml.connect(to_connect(), ADDRESSES))
    assert [part.tag for part in document] == ["Dial"]
    assert only(document, "Dial").attrib == {
        "action": f"{AT}/dialled",
        "answerOnBridge": "true",
        "callerId": "+74950000000",
        "method": "POST",
        "timeLimit": "3600",
        "timeout": "25",
    }
    number = only(document, "Number")
    assert number.text == "+79161234567"
    assert number.attrib == {
        "amdStatusCallback": f"{AT}/customer",
        "amdStatusCallbackMethod": "POST",
        "machineDetection": "Enable",
        "statusCallback": f"{AT}/customer",
        "statusCallbackEvent": "initiated ringing answered completed",
        "statusCallbackMethod": "POST",
    }


def test_whoever_is_recorded_hears_so_first() -> None:
    document = ElementTree.fromstring(twiml.connect(to_connect(recorded=True), ADDRESSES))
    assert [part.tag for part in document] == ["Say", "Dial"]
    assert only(document, "Say").text == "This call is recorded."
    assert only(document, "Dial").get("record") == "record-from-answer-dual"
    assert only(document, "Number").get("url") == f"{AT}/announcement?language=ru"


def test_every_language_has_its_words_and_its_voice() -> None:
    assert set(twiml.WORDS) == set(twiml.VOICES) == set(Language)


def test_a_farewell_ends_the_call_and_an_announcement_does_not() -> None:
    assert [part.tag for part in ElementTree.fromstring(twiml.farewell("x", Language.EN))] == ["Say", "Hangup"]
    assert [part.tag for part in ElementTree.fromstring(twiml.say("x", Language.EN))] == ["Say"]
    assert [part.tag for part in ElementTree.fromstring(twiml.hang_up())] == ["Hangup"]


def test_a_number_stays_out_of_the_repr() -> None:
    assert "+7916" not in repr(to_connect())
