"""What staff are shown of cases: queue, card, timeline."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.examples import CASE
from domain.state import Snapshot
from domain.words import AttemptOutcome, Language, Outcome, Role, Stage


class Out(BaseModel):
    """Built from rows."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class StaffOut(Out):
    """A colleague."""

    id: UUID
    name: str = Field(examples=["Anna Orlova"])
    role: Role


class CaseLine(Out):
    """A case in a list."""

    id: UUID = Field(examples=[CASE])
    stage: Stage
    outcome: Outcome | None
    owner: StaffOut | None
    customer: str | None = Field(description="Name of the customer.", examples=["Ivan Petrov"])
    source: str
    product: str | None
    loop: int
    previous_id: UUID | None
    offered_to: UUID | None
    requested_at: datetime
    promise_due: datetime | None
    promise_kept_at: datetime | None
    promise_broken_at: datetime | None
    urgent_at: datetime | None = Field(description="When somebody has to act; the order of the queue.")
    ready_at: datetime | None = Field(description="From when it is to be worked; null: at once.")
    waiting_for: str | None
    waiting_until: datetime | None
    closed_at: datetime | None


class WaitingRequest(Out):
    """A contact request whose case has not opened yet: when everything else is down, somebody can still call."""

    case_id: UUID
    phone: str | None
    due: datetime
    received_at: datetime


class Waiting(Out):
    """Contact requests on their way: more than a moment's worth means that something is down."""

    count: int
    requests: list[WaitingRequest]


class Queue(Out):
    """A page of cases by urgency."""

    cases: list[CaseLine]
    next_cursor: str | None = Field(description="For `cursor`, to get the next page; null on the last one.")
    waiting: Waiting


class Found(Out):
    """Cases that match a search, unfinished ones first."""

    cases: list[CaseLine]


class CustomerOut(Out):
    """The customer, as everybody learnt to know them."""

    id: UUID
    external_id: str | None
    name: str | None
    address_form: str | None
    email: str | None
    phone: str | None
    language: str | None
    zone: str | None
    city: str | None
    channel: str | None
    literacy: str | None
    erased_at: datetime | None


class OrganisationOut(Out):
    """A business customer's company."""

    id: UUID
    external_id: str
    name: str


class LicenceOut(Out):
    """A licence of the customer."""

    external_id: str
    product: str
    segment: str
    seats: int
    valid_until: datetime | None


class PurchaseOut(Out):
    """A purchase, completed or abandoned."""

    external_id: str
    product: str
    amount_minor: int
    currency: str
    state: str
    at: datetime


class AnswerOut(BaseModel):
    """One question with its answer."""

    question_id: str
    question_text: str
    value: str | bool | int | float | list[str] | None
    meaning: str | None = None


class ResponseOut(Out):
    """The questionnaire with every question and answer."""

    source: str
    form: str
    submitted_at: datetime
    received_at: datetime
    language: str
    zone: str | None
    product: str | None
    answers: list[AnswerOut]
    nps: int | None
    ces: int | None
    comment: str | None
    name: str | None
    email: str | None
    phone: str | None
    phone_typed: str | None
    phone_problem: str | None
    contact_requested_at: datetime | None
    consent_version: str | None
    consent_at: datetime | None


class AttemptOut(Out):
    """A call attempt."""

    id: UUID
    by: UUID
    by_name: str | None
    logged: bool = Field(description="Made by other means and written down by hand.")
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: AttemptOutcome | None


class TextOut(Out):
    """What somebody wrote."""

    id: UUID
    kind: str
    by: UUID | None
    by_name: str | None
    text: str
    at: datetime


class ReviewOut(Out):
    """A question to second line, with everything written about it."""

    id: UUID
    asked_at: datetime
    due: datetime
    rung: int
    forwarded: bool
    asked_back: bool
    answered_at: datetime | None
    texts: list[TextOut]


class MessageOut(Out):
    """A message and what became of it."""

    id: UUID
    template: str
    channel: str
    staff_id: UUID | None
    state: str
    created_at: datetime
    posted_at: datetime | None
    settled_at: datetime | None
    error: str | None


class AlertOut(Out):
    """An alert; open until somebody acknowledges it, or its cause ends."""

    id: UUID
    case_id: UUID | None
    kind: str = Field(examples=["promise_broken"])
    due: datetime
    raised_at: datetime
    repeats: int
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    ended_at: datetime | None


class SurveyOut(Out):
    """The customer's answer to the final survey."""

    tnps: int | None
    solved: bool | None
    comment: str | None
    contact_requested: bool
    answered_at: datetime


class DueOut(BaseModel):
    """An instant that matters now."""

    what: str = Field(examples=["promise"])
    due: datetime


class CaseCard(BaseModel):
    """Everything known about a case, on one page."""

    case: CaseLine
    snapshot: Snapshot
    deadlines: Annotated[list[DueOut], Field(description="Everything that falls due, the earliest first.")]
    customer: CustomerOut
    organisation: OrganisationOut | None
    licences: list[LicenceOut]
    purchases: list[PurchaseOut]
    response: ResponseOut
    earlier_loops: list[CaseLine]
    other_cases: Annotated[list[CaseLine], Field(description="The customer's, unfinished ones first.")]
    suggested: Annotated[
        list[CaseLine],
        Field(description="A suggestion only: the same phone number was typed there, perhaps by somebody else."),
    ]
    attempts: list[AttemptOut]
    reviews: list[ReviewOut]
    notes: list[TextOut]
    messages: list[MessageOut]
    alerts: list[AlertOut]
    survey: SurveyOut | None


class StepOut(BaseModel):
    """One step of a case."""

    id: int
    seq: int
    kind: str = Field(examples=["claimed"])
    words: str = Field(examples=["The case was taken."])
    at: datetime
    due: datetime | None
    by: UUID | None
    by_name: str | None
    detail: str
    ref: UUID | None
    text: str | None = Field(description="What was written with this step.")


class TimelineOut(BaseModel):
    """Every step of a case, oldest first."""

    language: Language
    steps: list[StepOut]


class NoteOut(BaseModel):
    """A note was stored."""

    id: UUID
