"""Call attempts: placed once, and asked after when no end of them is heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine, Row, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.delivery import LISTED_AFTER
from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.protocols import CallState, CallToPlace, VoiceChannel
from channels.texts import whisper
from db import telephone
from db.casework import Attempt, Case
from db.columns import now
from db.engine import at_once
from db.intake import Response
from db.people import Customer
from db.recipients import ADDRESS_FORM, ZONE
from db.staff import Staff
from domain.calendar import calling_windows
from domain.policy import Frozen, Policy
from domain.promise import Promise
from domain.words import AttemptOutcome, Language

_A_DAY = timedelta(days=1)


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
    zone: str | None
    """The customer's, where it is known."""
    call: CallToPlace | None
    """None: the customer or the specialist has no number."""


_ATTEMPT = (
    select(
        col(Attempt.posted_at),
        col(Attempt.provider_id),
        col(Attempt.ended_at),
        col(Case.outcome),
        col(Case.requested_at),
        col(Response.promise),
        func.coalesce(Attempt.phone, Response.phone).label("phone"),
        col(Response.product),
        ADDRESS_FORM.label("name"),
        ZONE.label("zone"),
        col(Staff.phone).label("specialist_phone"),
        col(Staff.language),
    )
    .join(Case, col(Case.id) == col(Attempt.case_id))
    .join(Response, col(Response.id) == col(Case.id))
    .join(Customer, col(Customer.id) == col(Case.customer_id))
    .join(Staff, col(Staff.id) == col(Attempt.by))
    .where(col(Attempt.id) == bindparam("attempt"))
)


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
        attempt = self._load(ring.attempt)
        if attempt.ended or attempt.provider_id:
            return Rung()
        if attempt.posted_at:
            return Rung() if self._look_up(ring.attempt, attempt) else Rung(outcome=AttemptOutcome.TECHNICAL)
        if attempt.call is None or attempt.case_over or not self._civil(ring, attempt):
            return Rung(outcome=AttemptOutcome.TECHNICAL)
        if not self._reserve(ring.attempt, attempt.call.customer_phone):
            return Rung(outcome=AttemptOutcome.TECHNICAL)
        return self._place(ring.attempt, attempt.call)

    @activity.defn
    def reconcile_call(self, ring: Ring) -> Rung:
        """Ask the provider how a call without an end stands. Only reads; a call it does not know was never placed."""
        attempt = self._load(ring.attempt)
        if attempt.ended:
            return Rung()
        provider_id = attempt.provider_id or self._look_up(ring.attempt, attempt)
        return self._progress(provider_id) if provider_id else Rung(outcome=AttemptOutcome.TECHNICAL)

    @activity.defn
    def hang_up(self, attempt: UUID) -> None:
        """Stop the ringing of a call nobody wants any more. Twice is harmless; a conversation goes on."""
        row = self._load(attempt)
        if row.ended or row.posted_at is None:
            return
        provider_id = row.provider_id or self._look_up(attempt, row)
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

    def _look_up(self, attempt: UUID, row: _Attempt) -> str | None:
        """The provider's id of a call it was asked for, or None when it is certain that there is none."""
        if row.posted_at is None or row.call is None:
            return None
        # The provider's clock may be behind ours by a little.
        found = self.voice.find(row.call, row.posted_at - timedelta(seconds=2))
        with at_once(self.engine) as connection:
            provider_id = telephone.adopt(connection, attempt, [call.provider_id for call in found])
        if provider_id is None and now() < row.posted_at + LISTED_AFTER:
            raise Doubtful
        return provider_id

    def _reserve(self, attempt: UUID, phone: str) -> bool:
        """Whether the number is ours to ring: one attempt rings it at a time, and only one try of that attempt.

        `Doubtful` when another try was quicker, or the case has ended this moment.
        """
        ours = (col(Attempt.id) == attempt, col(Attempt.posted_at).is_(None), col(Attempt.ended_at).is_(None))
        open_case = (col(Case.id) == col(Attempt.case_id), col(Case.outcome).is_(None))
        reserved = update(Attempt).where(*ours, *open_case).values(phone=phone, posted_at=now())
        try:
            with at_once(self.engine) as connection:
                found = connection.execute(reserved.returning(col(Attempt.id))).first()
        except IntegrityError:
            return False
        if found is None:
            raise Doubtful
        return True

    def _civil(self, ring: Ring, attempt: _Attempt) -> bool:
        if ring.agreed:
            return True
        at, asked_at = max(ring.at, now()), attempt.asked_at if ring.first else None
        return calling_windows(ring.policy, attempt.zone, asked_at, at, at + _A_DAY).contains(at)

    def _change(self, attempt: UUID, **changes: str | datetime | None) -> None:
        with at_once(self.engine) as connection:
            connection.execute(update(Attempt).where(col(Attempt.id) == attempt).values(**changes))

    def _load(self, attempt: UUID) -> _Attempt:
        with at_once(self.engine) as connection:
            found = connection.execute(_ATTEMPT, {"attempt": attempt}).one()
        return _Attempt(
            posted_at=found.posted_at,
            provider_id=found.provider_id,
            ended=found.ended_at is not None,
            case_over=found.outcome is not None,
            asked_at=Promise.model_validate(found.promise).requested_at if found.promise else found.requested_at,
            zone=found.zone,
            call=self._call(attempt, found) if found.phone and found.specialist_phone else None,
        )

    def _call(self, attempt: UUID, found: Row[*tuple[object, ...]]) -> CallToPlace:
        language = Language(found.language)
        return CallToPlace(
            attempt_id=attempt,
            specialist_phone=found.specialist_phone,
            customer_phone=found.phone,
            caller_id=self.caller_id,
            language=language,
            whisper=whisper(language, name=found.name, product=found.product),
        )


def _refusal(reason: RefusedReason) -> AttemptOutcome:
    return AttemptOutcome.INVALID if reason is RefusedReason.INVALID_NUMBER else AttemptOutcome.TECHNICAL
