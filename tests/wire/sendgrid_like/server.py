"""A mail provider on a loopback port, as SendGrid documents it: accepts letters and tells what became of them."""

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Condition, Event, Thread
from typing import Self
from urllib.parse import urlsplit

from tests.wire.door import Answer, Door, Incoming
from tests.wire.faults import Fault, Faults
from tests.wire.sendgrid_like.events import Batch, Teller
from tests.wire.sendgrid_like.letters import Fate, Letter, NotALetter
from tests.wire.twilio_like.courier import Manner

KEY = "SG.a-key-of-the-tests.0123456789"
SEND, ERASE = "/v3/mail/send", "/v3/recipients/erasejob"
MOMENT = 0.05


class SendGridLike:
    """Serves inside the block. `events_url` is where it tells what became of letters; set it when it is known."""

    def __init__(self) -> None:
        self.events_url, self.faults, self.teller = "", Faults(), Teller()
        self.fates: defaultdict[str, Fate] = defaultdict(lambda: Fate.DELIVERED)
        self.manners: defaultdict[str, frozenset[Manner]] = defaultdict(frozenset)
        self.letters: list[Letter] = []
        self.posts: list[str] = []
        """The address of each POST to mail/send, whatever became of it."""
        self.erased: list[str] = []
        """The addresses of every erasure job."""
        self.told: list[Batch] = []
        self._news, self._stopping, self._threads = Condition(), Event(), list[Thread]()
        self._door = Door(self)
        self.url = self._door.url

    def __enter__(self) -> Self:
        self._door.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._door.__exit__()
        for thread in self._threads:
            thread.join(timeout=20)
        self.teller.close()

    def wait(self, seen: Callable[[Self], bool], seconds: float = 30) -> None:
        """Until it is so. AssertionError when it does not become so in time."""
        with self._news:
            assert self._news.wait_for(lambda: seen(self), seconds), ([one.subject for one in self.letters], self.posts)

    def to(self, address: str) -> list[Letter]:
        """The letters to one address, the oldest first."""
        return [letter for letter in self.letters if letter.to == address]

    def expect(self, incoming: Incoming) -> Fault | None:
        """Every POST of a letter counts."""
        if _path(incoming) != SEND:
            return None
        address = _address(incoming)
        with self._news:
            self.posts.append(address)
            self._news.notify_all()
        return self.faults.take("mail/send", address)

    def answer(self, incoming: Incoming) -> Answer:
        """Accept a letter, or say what is wrong with it."""
        if incoming.headers.get("authorization") != f"Bearer {KEY}":
            return _error(HTTPStatus.UNAUTHORIZED, None, "The provided authorization grant is invalid")
        if incoming.method == "POST" and _path(incoming) == ERASE:
            self.erased.extend(json.loads(incoming.body)["email_addresses"])
            return Answer(HTTPStatus.ACCEPTED, json.dumps({"job_id": "1"}))
        if (incoming.method, _path(incoming)) != ("POST", SEND):
            return _error(HTTPStatus.NOT_FOUND, None, "not found")
        try:
            letter = Letter.read(incoming.body)
        except NotALetter as wrong:
            return _error(HTTPStatus.BAD_REQUEST, wrong.field_name, str(wrong))
        self._take(letter)
        return Answer(HTTPStatus.ACCEPTED, "", {"X-Message-Id": letter.id})

    def too_many(self, fault: Fault) -> Answer:
        """With the instant from which on it takes letters again."""
        reset = int((datetime.now(UTC) + fault.retry_after).timestamp())
        limits = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
        refused = _error(HTTPStatus.TOO_MANY_REQUESTS, None, "too many requests")
        return Answer(refused.status, refused.content, limits)

    def _take(self, letter: Letter) -> None:
        with self._news:
            self.letters.append(letter)
            self._news.notify_all()
        thread = Thread(target=self._tell_of, args=(letter,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tell_of(self, letter: Letter) -> None:
        manners, story = self.manners[letter.to], letter.story(self.fates[letter.to])
        if self._stopping.wait(MOMENT) or not self.events_url:
            return
        for event in reversed(story) if Manner.REVERSED in manners else story:
            if Manner.FORGED in manners:
                self._note(self.teller.forge(self.events_url, [event]))
            for _ in range(2 if Manner.REPEATED in manners else 1):
                self._note(self.teller.tell(self.events_url, [event]))

    def _note(self, batch: Batch) -> None:
        with self._news:
            self.told.append(batch)
            self._news.notify_all()


def _path(incoming: Incoming) -> str:
    return urlsplit(incoming.target).path


def _address(incoming: Incoming) -> str:
    try:
        return str(json.loads(incoming.body)["personalizations"][0]["to"][0]["email"])
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def _error(status: HTTPStatus, field: str | None, message: str) -> Answer:
    return Answer(status, json.dumps({"errors": [{"message": message, "field": field, "help": None}]}))
