"""Twilio's copies of what was said and written: calls, their recordings, SMS; all of them can be deleted there."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from channels.erasing import Kept, KeptForGood
from channels.errors import Refused, RefusedReason
from channels.twilio.wire import Wire

_PAGE = 100


class _Copy(Protocol):
    """A call, recording or SMS as it is listed."""

    sid: str


class TwilioKeeper:
    """`CopyKeeper` of Twilio, for calls and SMS."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._forgetting: Mapping[Kept, Callable[[str], None]] = MappingProxyType(
            {Kept.CALL: self._forget_call, Kept.SMS: self._forget_sms}
        )

    def forget(self, kind: Kept, provider_id: str) -> None:
        """Delete this call, with all its legs and recordings, or this SMS."""
        forget = self._forgetting.get(kind)
        if forget is None:
            raise KeptForGood(f"no {kind} is carried by this provider")
        forget(provider_id)

    def forget_person(self, addresses: Sequence[str]) -> None:
        """Delete every call and SMS to or from one of these numbers; an e-mail address is nothing to it."""
        for number in (address for address in addresses if address.startswith("+")):
            for found in self._listed("calls", to=number) + self._listed("calls", from_=number):
                self._if_there(self._forget_call, found.sid)
            for found in self._listed("messages", to=number) + self._listed("messages", from_=number):
                self._if_there(self._forget_sms, found.sid)

    def _listed(self, room: str, **numbers: str) -> list[_Copy]:
        found: list[_Copy] = self._wire.ask(lambda client: getattr(client, room).list(page_size=_PAGE, **numbers))
        return found

    def _forget_call(self, sid: str) -> None:
        """The customer's leg goes before the specialist's, by which it is found."""
        for leg in self._listed("calls", parent_call_sid=sid):
            self._if_there(self._forget_leg, leg.sid)
        self._forget_leg(sid)

    def _forget_leg(self, sid: str) -> None:
        recordings: list[_Copy] = self._wire.ask(lambda client: client.recordings.list(call_sid=sid, page_size=_PAGE))
        for recording in recordings:
            self._if_there(self._forget_recording, recording.sid)
        self._wire.ask(lambda client: client.calls(sid).delete())

    def _forget_recording(self, sid: str) -> None:
        self._wire.ask(lambda client: client.recordings(sid).delete())

    def _forget_sms(self, sid: str) -> None:
        self._wire.ask(lambda client: client.messages(sid).delete())

    def _if_there(self, forget: Callable[[str], None], sid: str) -> None:
        try:
            forget(sid)
        except Refused as refused:
            if refused.reason is not RefusedReason.NOT_FOUND:
                raise
