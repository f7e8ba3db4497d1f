"""Calls through Twilio: the specialist's leg is placed here, the customer's is dialled when they press 1."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from channels.errors import Ambiguous, Refused, RefusedReason
from channels.protocols import CallProgress, CallState, CallToPlace, ProviderCall
from channels.twilio import statuses
from channels.twilio.addresses import CallAddresses
from channels.twilio.twiml import EVENTS
from channels.twilio.wire import Wire

_PLACED_BY_US = "outbound-api"
_MOST = 50
"""Calls looked through at most; one specialist is not rung more often within seconds."""


class Leg(Protocol):
    """One leg of a call as Twilio lists it."""

    sid: str | None
    status: str | None
    direction: str | None
    parent_call_sid: str | None
    date_created: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    duration: str | None
    answered_by: str | None


class TwilioVoice:
    """`VoiceChannel` of Twilio; `public_url` is where it reaches our webhooks."""

    def __init__(self, wire: Wire, public_url: str) -> None:
        self._wire, self._public_url = wire, public_url

    def place(self, call: CallToPlace) -> ProviderCall:
        """Ring the specialist, once. A number it does not take is theirs, so the customer is not at fault."""
        addresses = CallAddresses(self._public_url, call.attempt_id)
        try:
            placed: Leg = self._wire.ask(
                lambda client: client.calls.create(
                    to=call.specialist_phone,
                    from_=call.caller_id,
                    url=addresses.specialist,
                    method="POST",
                    status_callback=addresses.status,
                    status_callback_method="POST",
                    status_callback_event=list(EVENTS),
                    timeout=int(call.ring_timeout.total_seconds()),
                )
            )
        except Refused as refused:
            number = refused.reason is RefusedReason.INVALID_NUMBER
            raise Refused(RefusedReason.CONFIG if number else refused.reason) from None
        return _call(placed)

    def find(self, call: CallToPlace, since: datetime) -> Sequence[ProviderCall]:
        """Our calls to this specialist placed at or after `since`, the oldest first."""
        # One that waits for its turn has not started: it is not found by its start.
        started: Sequence[Leg] = self._wire.ask(
            lambda client: client.calls.list(
                to=call.specialist_phone, start_time_after=since.astimezone(UTC), limit=_MOST
            )
        )
        waiting: Sequence[Leg] = self._wire.ask(
            lambda client: client.calls.list(to=call.specialist_phone, status="queued", limit=_MOST)
        )
        found = {leg.sid: _call(leg) for leg in (*started, *waiting) if _is_ours(leg)}
        return sorted((one for one in found.values() if one.placed_at >= since), key=lambda one: one.placed_at)

    def fetch(self, provider_id: str) -> CallProgress:
        """How far the customer's leg has come; a call that ended without one was not taken by the specialist."""
        parent: Leg = self._wire.ask(lambda client: client.calls(provider_id).fetch())
        customers = self._customers_leg(provider_id)
        if customers:
            return _progress(provider_id, customers)
        if not statuses.is_over(parent.status or ""):
            return CallProgress(provider_id=provider_id, state=CallState.PLACED)
        return CallProgress(
            provider_id=provider_id,
            state=CallState.ENDED,
            outcome=statuses.outcome_of("canceled", answered_by=None, error=None),
            ended_at=parent.end_time,
        )

    def cancel(self, provider_id: str) -> None:
        """Stop ringing either of them; goes on when the customer has answered."""
        parent: Leg = self._wire.ask(lambda client: client.calls(provider_id).fetch())
        customers = self._customers_leg(provider_id)
        if statuses.is_over(parent.status or "") or (customers and customers.status == statuses.PICKED_UP):
            return
        # Not "canceled", which would do nothing once the specialist has picked up, as they may at this moment.
        with suppress(Refused):  # it has ended meanwhile
            self._wire.ask(lambda client: client.calls(provider_id).update(status="completed"))

    def _customers_leg(self, provider_id: str) -> Leg | None:
        legs: Sequence[Leg] = self._wire.ask(lambda client: client.calls.list(parent_call_sid=provider_id, limit=_MOST))
        return next((leg for leg in legs if leg.parent_call_sid == provider_id), None)


def _is_ours(leg: Leg) -> bool:
    return leg.direction == _PLACED_BY_US and not leg.parent_call_sid


def _call(leg: Leg) -> ProviderCall:
    if not leg.sid:
        raise Ambiguous("the provider accepted, but named no call")
    return ProviderCall(provider_id=leg.sid, placed_at=leg.date_created or leg.start_time or datetime.now(UTC))


def _progress(provider_id: str, customers: Leg) -> CallProgress:
    status = customers.status or ""
    state = statuses.state_of(status) or CallState.RINGING
    over = state is CallState.ENDED
    outcome = statuses.outcome_of(status, answered_by=customers.answered_by, error=None)
    return CallProgress(
        provider_id=provider_id,
        state=CallState.RINGING if state is CallState.PLACED else state,
        outcome=outcome,
        answered_at=_answered_at(customers) if over else customers.start_time,
        ended_at=customers.end_time if over else None,
    )


def _answered_at(leg: Leg) -> datetime | None:
    """Its duration is that of the conversation."""
    talked = int(leg.duration or 0)
    return leg.end_time - timedelta(seconds=talked) if leg.end_time and talked else None
