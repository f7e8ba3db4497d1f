"""Plays SMS: what becomes of one that was sent, and what people write to us."""

from datetime import UTC, datetime
from threading import Event, Thread

from tests.wire.twilio_like.courier import Courier
from tests.wire.twilio_like.ledger import Ledger
from tests.wire.twilio_like.people import People
from tests.wire.twilio_like.records import VERSION, Message

MOMENT = 0.02
STOP, START = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"}, {"START", "UNSTOP"}


class Postbox:
    """All SMS under way; `close` leaves them where they are."""

    def __init__(self, ledger: Ledger, courier: Courier, people: People) -> None:
        self._ledger, self._courier, self._people = ledger, courier, people
        self._stopping, self._threads = Event(), list[Thread]()
        self.opted_out: set[tuple[str, str]] = set()
        """Who has written STOP, and to which number of ours."""

    def start(self, message: Message) -> None:
        """Carry an SMS that was accepted."""
        self._ledger.note(message)
        thread = Thread(target=self._carry, args=(message,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def write(self, account: str, person: str, ours: str, text: str, url: str) -> int:
        """A person writes to a number of ours; the status that was answered to it."""
        message = Message(account=account, to=ours, from_=person, body=text, direction="inbound", status="received")
        word = text.strip().upper()
        if word in STOP:
            self.opted_out.add((person, ours))
        if word in START:
            self.opted_out.discard((person, ours))
        self._ledger.note(message)
        facts = {**_facts(message), "SmsStatus": "received", "NumMedia": "0", "NumSegments": str(message.segments)}
        answer = self._courier.ask(url, {**facts, "Body": text, "FromZip": ""})
        return answer.status_code if answer else 0

    def close(self) -> None:
        """Carry nothing any more."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=20)

    def _carry(self, message: Message) -> None:
        self._tell(message, "queued")
        code = self._people.at(message.to).sms_fails_with
        message.sent = datetime.now(UTC)
        self._tell(message, "sent")
        message.error = code
        self._tell(message, "undelivered" if code else "delivered")
        self._courier.nothing_more(message.to, message.sid)
        self._ledger.note()

    def _tell(self, message: Message, status: str) -> None:
        if self._stopping.wait(MOMENT):
            return
        message.status = status
        self._ledger.note()
        if not message.callback:
            return
        said = {**_facts(message), "MessageStatus": status, "SmsStatus": status}
        if message.error:
            said["ErrorCode"] = str(message.error)
        self._courier.tell(message.to, message.sid, message.callback, said)


def _facts(message: Message) -> dict[str, str]:
    names = {"MessageSid": message.sid, "SmsSid": message.sid, "SmsMessageSid": message.sid}
    return {**names, "AccountSid": message.account, "From": message.from_, "To": message.to, "ApiVersion": VERSION}
