"""Call attempts: placed once, and asked after when no end of them is heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col
from temporalio import activity

from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.protocols import CallProgress, CallState, CallToPlace, ProviderCall, VoiceChannel
from channels.texts import whisper
from db.casework import Attempt, Case
from db.columns import now
from db.intake import Response
from db.openings import windows
from db.people import Customer
from db.staff import Staff
from domain.policy import Frozen, Policy
from domain.words import AttemptOutcome, Language

LISTED_AFTER = timedelta(seconds=10)
"""An accepted call is listed by its provider within this time."""


class Ring(Frozen):
    """One attempt to make, or to ask after."""

    case: UUID
    attempt: UUID
    policy: Policy
    at: datetime
    """The workflow's present: the hour is judged by it."""
    agreed: bool
    """The customer agreed to be rung about now, whatever the hour."""


class Rung(Frozen):
    """What is known now; without an outcome the call goes on, and its end will be told by the provider."""

    outcome: AttemptOutcome | None = None
    at: datetime | None = None


class Doubtful(Exception):
    """It is not known yet whether the provider took the call."""


@dataclass(frozen=True)
class _Attempt:
    posted_at: datetime | None
    provider_id: str | None
    ended: bool
    case_over: bool
    call: CallToPlace | None
    """None: the customer or the specialist has no number."""


class PhoneActivities:
    """Rings people. An attempt's row says whether the provider was asked, before it is."""

    def __init__(self, engine: Engine, voice: VoiceChannel, caller_id: str) -> None:
        self.engine, self.voice, self.caller_id = engine, voice, caller_id

    @activity.defn
    def place_call(self, ring: Ring) -> Rung:
        """Ring the specialist, then the customer.

        Twice rings nobody twice: once asked, the provider is not asked again but looked up; a call it does not know
        is given back to the specialist. Not placed after a withdrawal, at night, or while that number is ringing.
        """
        attempt = self._load(ring)
        if attempt.ended or attempt.provider_id:
            return Rung()
        if attempt.posted_at:
            return self._look_up(ring, attempt.posted_at, attempt.call)
        if attempt.call is None or attempt.case_over or not self._civil(ring):
            return Rung(outcome=AttemptOutcome.TECHNICAL)
        if not self._reserve(ring.attempt, attempt.call.customer_phone):
            return Rung(outcome=AttemptOutcome.TECHNICAL)
        return self._place(ring.attempt, attempt.call)

    @activity.defn
    def reconcile_call(self, ring: Ring) -> Rung:
        """Ask the provider how a call without an end stands. Only reads; a call it does not know was never placed."""
        attempt = self._load(ring)
        if attempt.ended:
            return Rung()
        if attempt.provider_id is None:
            return self._look_up(ring, attempt.posted_at or now(), attempt.call)
        return _rung(self.voice.fetch(attempt.provider_id))

    def _place(self, attempt: UUID, call: CallToPlace) -> Rung:
        try:
            placed = self.voice.place(call)
        except NotSent:
            self._change(attempt, phone=None, posted_at=None)
            raise
        except Refused as refused:
            return Rung(outcome=_refusal(refused.reason))
        except Ambiguous as doubt:
            raise Doubtful from doubt
        self._change(attempt, provider_id=placed.provider_id)
        return Rung()

    def _look_up(self, ring: Ring, posted_at: datetime, call: CallToPlace | None) -> Rung:
        found = self._find(call, posted_at)
        if found:
            self._change(ring.attempt, provider_id=found.provider_id)
            return Rung()
        if now() < posted_at + LISTED_AFTER:
            raise Doubtful
        return Rung(outcome=AttemptOutcome.TECHNICAL)

    def _find(self, call: CallToPlace | None, since: datetime) -> ProviderCall | None:
        # The provider's clock may be behind ours by a little.
        return self.voice.find(call.customer_phone, since - timedelta(seconds=2)) if call else None

    def _reserve(self, attempt: UUID, phone: str) -> bool:
        """Whether the number is ours to ring: the database lets one attempt ring it at a time."""
        try:
            self._change(attempt, phone=phone, posted_at=now())
        except IntegrityError:
            return False
        return True

    def _civil(self, ring: Ring) -> bool:
        with Session(self.engine) as session:
            asked = session.scalar(select(col(Case.requested_at)).where(col(Case.id) == ring.case))
            calling, _ = windows(session, ring.case, ring.policy, ring.at, requested_at=asked)
        return ring.agreed or calling.contains(ring.at)

    def _change(self, attempt: UUID, **changes: str | datetime | None) -> None:
        with Session(self.engine) as session, session.begin():
            session.get_one(Attempt, attempt, with_for_update=True).sqlmodel_update(changes)

    def _load(self, ring: Ring) -> _Attempt:
        rows = (
            select(Attempt, Case, Response, Customer, Staff)
            .join(Case, col(Case.id) == col(Attempt.case_id))
            .join(Response, col(Response.id) == col(Case.id))
            .join(Customer, col(Customer.id) == col(Case.customer_id))
            .join(Staff, col(Staff.id) == col(Attempt.by))
            .where(col(Attempt.id) == ring.attempt)
        )
        with Session(self.engine) as session:
            attempt, case, response, customer, specialist = session.execute(rows).one()._tuple()
        return _Attempt(
            posted_at=attempt.posted_at,
            provider_id=attempt.provider_id,
            ended=attempt.ended_at is not None,
            case_over=case.outcome is not None,
            call=self._call(attempt.id, response, customer, specialist),
        )

    def _call(self, attempt: UUID, response: Response, customer: Customer, specialist: Staff) -> CallToPlace | None:
        if not response.phone or not specialist.phone:
            return None
        language = Language(specialist.language)
        name = customer.address_form or response.name or customer.name
        return CallToPlace(
            attempt_id=attempt,
            specialist_phone=specialist.phone,
            customer_phone=response.phone,
            caller_id=self.caller_id,
            language=language,
            whisper=whisper(language, name=name, product=response.product),
        )


def _rung(progress: CallProgress) -> Rung:
    if progress.state is not CallState.ENDED:
        return Rung()
    return Rung(outcome=progress.outcome or AttemptOutcome.TECHNICAL, at=progress.ended_at)


def _refusal(reason: RefusedReason) -> AttemptOutcome:
    return AttemptOutcome.INVALID if reason is RefusedReason.INVALID_NUMBER else AttemptOutcome.TECHNICAL
