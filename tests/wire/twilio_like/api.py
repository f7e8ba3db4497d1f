"""The provider's REST API, as much of it as a telephone needs: calls, messages and recordings of one account."""

import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from tests.wire.twilio_like.ledger import Ledger
from tests.wire.twilio_like.people import People
from tests.wire.twilio_like.postbox import Postbox
from tests.wire.twilio_like.records import VERSION, Call, Message, Shown
from tests.wire.twilio_like.switchboard import Switchboard
from tests.wire.twilio_like.twiml import E164, EVENTS

_PATH = re.compile(rf"/{VERSION}/Accounts/(AC[0-9a-f]{{32}})/(\w+?)(?:/(\w+))?\.json")
_MOST_TWIML = 4000
Fields = dict[str, list[str]]
Body = dict[str, "str | int | Sequence[Shown] | None"]


class Rejected(Exception):
    """Answered with an error: HTTP status, Twilio's code, and a message that says more than a log should."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def shown(self) -> Shown:
        """As the API shows it."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": str(self), "more_info": more, "status": self.status}


@dataclass(frozen=True)
class Account:
    """Whose calls these are."""

    sid: str
    token: str
    numbers: tuple[str, ...]
    """Ours to ring and write from."""

    @property
    def authorization(self) -> str:
        """The header that opens it."""
        return f"Basic {b64encode(f'{self.sid}:{self.token}'.encode()).decode()}"


@dataclass(frozen=True)
class Request:
    """One request, read."""

    method: str
    path: str
    query: Fields
    form: Fields
    authorization: str

    @property
    def route(self) -> str:
        """Calls, Messages …"""
        found = _PATH.fullmatch(self.path)
        return found.group(2) if found else ""

    @property
    def sid(self) -> str:
        """Of the one it is about; empty for the list."""
        found = _PATH.fullmatch(self.path)
        return (found.group(3) or "") if found else ""

    def field(self, name: str, default: str = "") -> str:
        """The first value of a form's field."""
        return self.form.get(name, [default])[0]


class Api:
    """Answers requests; `Rejected` is an answer as well."""

    def __init__(
        self, account: Account, ledger: Ledger, people: People, switchboard: Switchboard, postbox: Postbox
    ) -> None:
        self._account, self._ledger, self._people = account, ledger, people
        self._switchboard, self._postbox = switchboard, postbox
        self._listed: dict[str, Callable[[], Sequence[Call | Message]]] = {
            "Calls": lambda: list(ledger.calls.values()),
            "Messages": lambda: list(ledger.messages.values()),
        }

    def answer(self, request: Request) -> tuple[int, Shown | Body | None]:
        """Status and body."""
        if request.authorization != self._account.authorization or self._account.sid not in request.path:
            raise Rejected(HTTPStatus.UNAUTHORIZED, 20003, "Authenticate")
        match request.method, request.route, bool(request.sid):
            case "POST", "Calls", False:
                return HTTPStatus.CREATED, self._call(request)
            case "POST", "Messages", False:
                return HTTPStatus.CREATED, self._message(request)
            case "GET", "Calls" | "Messages", False:
                return HTTPStatus.OK, self._list(request)
            case "GET", "Calls" | "Messages", True:
                return HTTPStatus.OK, self._one(request).shown()
            case "POST", "Calls", True:
                return HTTPStatus.OK, self._change(request)
            case "POST", "Messages", True:
                return HTTPStatus.OK, self._redact(request)
            case "DELETE", "Calls" | "Messages" | "Recordings", True:
                self._delete(request)
                return HTTPStatus.NO_CONTENT, None
            case "GET", "Recordings", False:
                return HTTPStatus.OK, self._recordings(request)
        raise Rejected(HTTPStatus.NOT_FOUND, 20404, f"The requested resource {request.path} was not found")

    def _call(self, request: Request) -> Shown:
        to = self._number(request, no_to=21201, foreign=21210)
        url, twiml = request.field("Url"), request.field("Twiml")
        if not url and not twiml:
            raise Rejected(HTTPStatus.BAD_REQUEST, 21205, "Url parameter is required.")
        if len(twiml) > _MOST_TWIML:
            raise Rejected(HTTPStatus.BAD_REQUEST, 21218, "Twiml parameter is too long.")
        events = frozenset(request.form.get("StatusCallbackEvent", ["completed"]))
        if not events <= EVENTS:
            self._ledger.note(f"21626: StatusCallbackEvent {sorted(events - EVENTS)}")
        call = Call(
            account=self._account.sid,
            to=to,
            from_=request.field("From"),
            direction="outbound-api",
            url=url,
            twiml=twiml,
            timeout=int(request.field("Timeout", "60")),
            detects_machine=bool(request.field("MachineDetection")),
            callback=_callback(request),
            events=events,
        )
        shown = call.shown()
        self._switchboard.start(call)
        return shown

    def _message(self, request: Request) -> Shown:
        service = request.field("MessagingServiceSid")
        to = self._number(request, no_to=21604, foreign=0 if service else 21606)
        body = request.field("Body")
        if not body:
            raise Rejected(HTTPStatus.BAD_REQUEST, 21619, "A text message body or media urls must be specified.")
        if (to, request.field("From")) in self._postbox.opted_out:
            raise Rejected(HTTPStatus.BAD_REQUEST, 21610, f"Attempt to send to unsubscribed recipient {to}")
        message = Message(
            account=self._account.sid,
            to=to,
            from_=request.field("From"),
            body=body,
            callback=_callback(request),
            validity=int(request.field("ValidityPeriod", "36000")),
            service=service or None,
        )
        shown = message.shown()
        self._postbox.start(message)
        return shown

    def _number(self, request: Request, *, no_to: int, foreign: int) -> str:
        to, bad = request.field("To"), HTTPStatus.BAD_REQUEST
        if not to:
            raise Rejected(bad, no_to, "A 'To' phone number is required.")
        if not E164.fullmatch(to):
            raise Rejected(bad, 21211, f"The 'To' number {to} is not a valid phone number.")
        if foreign and request.field("From") not in self._account.numbers:
            raise Rejected(bad, foreign, f"'From' {request.field('From')} is not a number of this account.")
        code = self._people.at(to).refused_with
        if code:
            raise Rejected(bad, code, f"{to} cannot be reached from {request.field('From')}.")
        return to

    def _one(self, request: Request) -> Call | Message:
        found = next((one for one in self._listed[request.route]() if one.sid == request.sid), None)
        if found is None:
            raise Rejected(HTTPStatus.NOT_FOUND, 20404, f"The requested resource {request.path} was not found")
        return found

    def _change(self, request: Request) -> Shown:
        call, status = self._one(request), request.field("Status")
        assert isinstance(call, Call)
        if call.over or (status == "canceled" and call.status == "in-progress"):
            raise Rejected(HTTPStatus.BAD_REQUEST, 21220, f"Call {call.sid} is {call.status}. Cannot change it.")
        if status not in ("canceled", "completed"):
            raise Rejected(HTTPStatus.BAD_REQUEST, 21218, f"Invalid Status: {status}")
        self._switchboard.stop(call)
        return call.shown()

    def _redact(self, request: Request) -> Shown:
        message = self._one(request)
        assert isinstance(message, Message)
        message.body = request.field("Body")
        return message.shown()

    def _delete(self, request: Request) -> None:
        if request.route == "Recordings":
            if self._ledger.recordings.pop(request.sid, None) is None:
                raise Rejected(HTTPStatus.NOT_FOUND, 20404, f"The requested resource {request.path} was not found")
            return
        one = self._one(request)
        if isinstance(one, Call) and not one.over:
            raise Rejected(HTTPStatus.CONFLICT, 20409, "The call is in progress.")
        self._ledger.calls.pop(one.sid, None)
        self._ledger.messages.pop(one.sid, None)

    def _recordings(self, request: Request) -> Body:
        wanted = request.query.get("CallSid", [""])[0]
        found = [sid for sid, one in self._ledger.recordings.items() if wanted in ("", one.call)]
        return {"recordings": [{"sid": sid} for sid in found], "next_page_uri": None}

    def _list(self, request: Request) -> Body:
        """The newest first, page by page."""
        found = [one.shown() for one in reversed(self._listed[request.route]()) if _matches(one, request.query)]
        size, page = (int(request.query.get(name, [given])[0]) for name, given in (("PageSize", "50"), ("Page", "0")))
        here = f"{request.path}?{urlencode(request.query | {'Page': [str(page + 1)]}, doseq=True)}"
        return {
            request.route.lower(): found[page * size : (page + 1) * size],
            "page": page,
            "page_size": size,
            "next_page_uri": here if len(found) > (page + 1) * size else None,
            "uri": request.path,
        }


def _callback(request: Request) -> str:
    url = request.field("StatusCallback")
    if url and (not urlsplit(url).netloc or "_" in (urlsplit(url).hostname or "")):
        raise Rejected(HTTPStatus.BAD_REQUEST, 21609, f"Invalid 'StatusCallback' URL: {url}")
    return url


def _matches(one: Call | Message, query: Fields) -> bool:
    shown, began = one.shown(), one.started if isinstance(one, Call) else one.sent
    same = {"To": "to", "From": "from", "Status": "status", "ParentCallSid": "parent_call_sid"}
    if any(query[name][0] != shown.get(key) for name, key in same.items() if name in query):
        return False
    bounds = {name[-1]: values[0] for name, values in query.items() if name[:-1] in ("StartTime", "DateSent")}
    return all(began is not None and _within(began, sign, text) for sign, text in bounds.items())


def _within(at: datetime, sign: str, text: str) -> bool:
    bound = datetime.fromisoformat(text)
    bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
    return at >= bound if sign == ">" else at < bound
