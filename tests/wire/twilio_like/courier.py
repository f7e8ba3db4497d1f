"""The provider's own requests: a signed form each, as Twilio posts them."""

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from threading import Lock
from urllib.parse import urldefrag, urlencode
from uuid import uuid4

import httpx2
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no py.typed

from tests.wire.twilio_like.ledger import Ledger, Told

ANSWER_WITHIN = 15.0
FORM = "application/x-www-form-urlencoded; charset=UTF-8"
Params = Mapping[str, str]


class Manner(StrEnum):
    """How callbacks about one number may be told, besides once each and in order."""

    REPEATED = "repeated"
    REVERSED = "reversed"
    """Held back until the end, and then the last one first."""
    FORGED = "forged"
    """Before each one a stranger posts the same, signed with a key of their own."""


class Courier:
    """Tells us things, and keeps what was said."""

    def __init__(self, token: str, ledger: Ledger) -> None:
        self._own, self._strangers = RequestValidator(token), RequestValidator(f"{token}x")
        self._ledger, self._lock = ledger, Lock()
        self._manners: defaultdict[str, frozenset[Manner]] = defaultdict(frozenset)
        self._held: defaultdict[str, list[tuple[str, Params]]] = defaultdict(list)
        self._client = httpx2.Client(timeout=ANSWER_WITHIN, trust_env=False)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def tell_so(self, number: str, *manners: Manner) -> None:
        """Callbacks about calls and SMS to this number come in these manners from now on."""
        self._manners[number] = frozenset(manners)

    def tell(self, number: str, subject: str, url: str, params: Params) -> None:
        """A callback about a subject (a SID), in the manner chosen for this number."""
        manners = self._manners[number]
        if Manner.REVERSED in manners:
            with self._lock:
                self._held[subject].append((url, params))
            return
        self._tell(manners, url, params)

    def nothing_more(self, number: str, subject: str) -> None:
        """The subject has come to its end: whatever was held back is told now."""
        with self._lock:
            held = self._held.pop(subject, [])
        for url, params in reversed(held):
            self._tell(self._manners[number], url, params)

    def ask(self, url: str, params: Params) -> httpx2.Response | None:
        """Post and hand over the answer; None when there was none."""
        return self._post(url, params, self._own)

    def forge(self, url: str, params: Params) -> int:
        """Post as somebody who does not know the token; the status that was answered."""
        answer = self._post(url, params, self._strangers)
        return answer.status_code if answer else 0

    def again(self, told: Told) -> int:
        """Post once more what was told before, signature and all; the status that was answered."""
        answer = self._send(told.url, told.params, told.signature)
        return answer.status_code if answer else 0

    def _tell(self, manners: frozenset[Manner], url: str, params: Params) -> None:
        if Manner.FORGED in manners:
            self.forge(url, params)
        for _ in range(2 if Manner.REPEATED in manners else 1):
            self.ask(url, params)

    def _post(self, url: str, params: Params, signer: RequestValidator) -> httpx2.Response | None:
        signature = str(signer.compute_signature(urldefrag(url).url, dict(params)))
        answer = self._send(url, params, signature)
        status, honest = answer.status_code if answer else 0, signer is self._own
        self._ledger.note(Told(url, dict(params), signature, status, honest))
        return answer

    def _send(self, url: str, params: Params, signature: str) -> httpx2.Response | None:
        headers = {"content-type": FORM, "x-twilio-signature": signature, "i-twilio-idempotency-token": str(uuid4())}
        try:
            return self._client.post(urldefrag(url).url, content=urlencode(params).encode(), headers=headers)
        except httpx2.TransportError:
            return None
