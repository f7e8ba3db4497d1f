"""TwiML as it is read: what the documentation does not know is a complaint, not a guess."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree as Xml

from tests.wire.twilio_like.records import Call

E164 = re.compile(r"\+[1-9]\d{6,14}")
EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})
LONGEST = 64 * 1024
_ADDRESSES = ("url", "statusCallback", "amdStatusCallback")
_SPOKEN = {"Say", "Play", "Pause"}
_NESTED = {"Gather": _SPOKEN, "Dial": {"Number"}}
_CALLBACK = {"statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
_RECORDING = {"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "trim"}
_AMD = {
    f"machineDetection{what}" for what in ("", "Timeout", "SpeechThreshold", "SpeechEndThreshold", "SilenceTimeout")
} | {"amdStatusCallback", "amdStatusCallbackMethod"}
_ATTRIBUTES = {
    "Say": {"voice", "loop", "language"},
    "Play": {"loop", "digits"},
    "Pause": {"length"},
    "Gather": {"action", "method", "timeout", "numDigits", "finishOnKey", "input", "language", "actionOnEmptyResult"}
    | {"speechTimeout", "hints"},
    "Dial": {"action", "method", "timeout", "timeLimit", "callerId", "record", "answerOnBridge", "hangupOnStar"}
    | {"ringTone", "sequential"}
    | _RECORDING,
    "Number": {"url", "method", "sendDigits", "byoc"} | _CALLBACK | _AMD,
    "Record": {"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "transcribe"} | _RECORDING,
    "Redirect": {"method"},
    "Reject": {"reason"},
    "Hangup": set[str](),
}


class Misunderstood(Exception):
    """It cannot be followed; Twilio would say that an application error has occurred, and hang up."""


@dataclass(frozen=True)
class Document:
    """One TwiML document and where it came from."""

    url: str
    verbs: tuple[Xml.Element, ...]

    def resolve(self, address: str) -> str:
        """An address in it, which may be relative; none at all means the document's own."""
        return urljoin(self.url, address)


def read(url: str, text: str) -> Document:
    """Misunderstood when it is not TwiML."""
    if len(text.encode()) > LONGEST:
        raise Misunderstood("11750: the document is longer than 64 KB")
    try:
        root = Xml.fromstring(text)
    except Xml.ParseError as error:
        raise Misunderstood("12100: not XML") from error
    if root.tag != "Response":
        raise Misunderstood(f"12100: the root is {root.tag}")
    return Document(url, tuple(root))


def complaints(document: Document) -> list[str]:
    """What of it the documentation does not know."""
    return [f"{document.url}: {complaint}" for verb in document.verbs for complaint in _complaints(verb)]


def _complaints(verb: Xml.Element) -> Iterator[str]:
    known = _ATTRIBUTES.get(verb.tag)
    if known is None:
        yield f"<{verb.tag}> is not understood"
        return
    yield from (f"<{verb.tag} {name}> is not understood" for name in verb.keys() if name not in known)  # noqa: SIM118
    yield from (f"12200: <{each.tag}> in <{verb.tag}>" for each in verb if each.tag not in _NESTED.get(verb.tag, ()))
    yield from (f"12200: {name}={value!r}" for name, value in verb.items() if not _fits(name, value))
    for nested in verb:
        yield from _complaints(nested)


def _fits(name: str, value: str) -> bool:
    match name:
        case "statusCallbackEvent":
            return set(value.split()) <= EVENTS
        case "timeout" | "timeLimit" | "maxLength" | "numDigits" | "length":
            return value.isdecimal()
        case "method" | "statusCallbackMethod" | "recordingStatusCallbackMethod" | "amdStatusCallbackMethod":
            return value == "POST"
        case "machineDetection":
            return value in ("Enable", "DetectMessageEnd")
        case "callerId":
            return E164.fullmatch(value) is not None
        case "answerOnBridge" | "actionOnEmptyResult":
            return value in ("true", "false")
    return True


def child_of(parent: Call, document: Document, dial: Xml.Element, number: Xml.Element) -> Call:
    """The leg that a `<Number>` asks for."""
    addresses = {name: document.resolve(number.attrib[name]) for name in _ADDRESSES if name in number.attrib}
    return Call(
        account=parent.account,
        to=(number.text or "").strip(),
        from_=dial.get("callerId", parent.from_),
        direction="outbound-dial",
        url=addresses.get("url", ""),
        timeout=int(dial.get("timeout", "30")),
        detects_machine="machineDetection" in number.attrib,
        amd_callback=addresses.get("amdStatusCallback", ""),
        callback=addresses.get("statusCallback", ""),
        events=frozenset(number.get("statusCallbackEvent", "completed").split()),
        parent=parent,
    )


def numbers_of(dial: Xml.Element) -> list[Xml.Element]:
    """Whom to dial, all at once."""
    if text := (dial.text or "").strip():
        plain = Xml.Element("Number")
        plain.text = text
        return [plain]
    return dial.findall("Number")
