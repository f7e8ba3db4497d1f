"""Call attempts: placed once, and asked after when no end of them is heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.delivery import LISTED_AFTER
from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.protocols import CallState, CallToPlace, VoiceChannel
from channels.texts import whisper
from db.casework import Attempt, Case
from db.columns import now
from db.intake import Response
from db.openings import promise_of, windows
from db.people import Customer
from db.staff import Staff
from domain.policy import Frozen, Policy
from domain.words import AttemptOutcome, Language


class Ring(Frozen):
    """One attempt to make, or to ask after."""

    case: UUID
    attempt: UUID
    policy: Policy
    at: datetime
    """The workflow's present: the hour is judged by it."""
    agreed: bool
    """The customer agreed to be rung about now, whatever the hour."""
    first: bool
    """It is the first call: whose zone is unknown has just been awake."""


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
    asked_at: datetime
    """When the customer asked for the call, or gave the number for it."""
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
            return self._placed_at_last(ring.attempt, attempt.posted_at, attempt.call)
        if attempt.call is None or attempt.case_over or not self._civil(ring, attempt.asked_at):
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
        provider_id = attempt.provider_id or self._look_up(ring.attempt, attempt.posted_at, attempt.call)
        return self._progress(provider_id) if provider_id else Rung(outcome=AttemptOutcome.TECHNICAL)

    @activity.defn
    def hang_up(self, attempt: UUID) -> None:
        """Stop the ringing of a call nobody wants any more. Twice is harmless; a conversation goes on."""
        with Session(self.engine) as session:
            row = session.get_one(Attempt, attempt)
        if row.ended_at or row.posted_at is None or row.phone is None:
            return
        provider_id = row.provider_id or self._find(attempt, row.posted_at, row.phone)
        if provider_id:
            self._cancel(provider_id)

    def _cancel(self, provider_id: str) -> None:
        try:
            self.voice.cancel(provider_id)
        except Refused:
            return  # it is over
        except (NotSent, Ambiguous) as error:
            raise ApplicationError("not hung up", type="NotSent") from error

    def _progress(self, provider_id: str) -> Rung:
        try:
            progress = self.voice.fetch(provider_id)
        except Refused:
            return Rung(outcome=AttemptOutcome.TECHNICAL)
        if progress.state is not CallState.ENDED:
            return Rung()
        return Rung(outcome=progress.outcome or AttemptOutcome.TECHNICAL, at=progress.ended_at)

    def _place(self, attempt: UUID, call: CallToPlace) -> Rung:
        try:
            placed = self.voice.place(call)
        except NotSent as error:
            self._change(attempt, phone=None, posted_at=None)
            raise ApplicationError("not placed", type="NotSent", next_retry_delay=error.retry_after) from error
        except Refused as refused:
            return Rung(outcome=_refusal(refused.reason))
        except Ambiguous as doubt:
            raise Doubtful from doubt
        self._change(attempt, provider_id=placed.provider_id)
        return Rung()

    def _placed_at_last(self, attempt: UUID, posted_at: datetime, call: CallToPlace | None) -> Rung:
        return Rung() if self._look_up(attempt, posted_at, call) else Rung(outcome=AttemptOutcome.TECHNICAL)

    def _look_up(self, attempt: UUID, posted_at: datetime | None, call: CallToPlace | None) -> str | None:
        """The provider's id of a call it was asked for, or None when it is certain that there is none."""
        return self._find(attempt, posted_at, call.customer_phone) if posted_at and call else None

    def _find(self, attempt: UUID, posted_at: datetime, phone: str) -> str | None:
        # The provider's clock may be behind ours by a little.
        found = self.voice.find(phone, posted_at - timedelta(seconds=2))
        if found:
            self._change(attempt, provider_id=found.provider_id)
            return found.provider_id
        if now() < posted_at + LISTED_AFTER:
            raise Doubtful
        return None

    def _reserve(self, attempt: UUID, phone: str) -> bool:
        """Whether the number is ours to ring: one attempt rings it at a time, and only one try of that attempt.

        `Doubtful` when another try was quicker, or the case has ended this moment.
        """
        ours = (col(Attempt.id) == attempt, col(Attempt.posted_at).is_(None), col(Attempt.ended_at).is_(None))
        open_case = (col(Case.id) == col(Attempt.case_id), col(Case.outcome).is_(None))
        reserved = update(Attempt).where(*ours, *open_case).values(phone=phone, posted_at=now())
        try:
            with Session(self.engine) as session, session.begin():
                found = session.execute(reserved.returning(col(Attempt.id))).first()
        except IntegrityError:
            return False
        if found is None:
            raise Doubtful
        return True

    def _civil(self, ring: Ring, asked_at: datetime) -> bool:
        if ring.agreed:
            return True
        at = max(ring.at, now())
        with Session(self.engine) as session:
            calling, _ = windows(session, ring.case, ring.policy, at, requested_at=asked_at if ring.first else None)
        return calling.contains(at)

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
            attempt, case, response, customer, specialist = session.execute(rows).one()
        promise = promise_of(response)
        return _Attempt(
            posted_at=attempt.posted_at,
            provider_id=attempt.provider_id,
            ended=attempt.ended_at is not None,
            case_over=case.outcome is not None,
            asked_at=promise.requested_at if promise else case.requested_at,
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


def _refusal(reason: RefusedReason) -> AttemptOutcome:
    return AttemptOutcome.INVALID if reason is RefusedReason.INVALID_NUMBER else AttemptOutcome.TECHNICAL
