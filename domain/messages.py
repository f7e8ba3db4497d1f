"""What a case is told: asks (updates, imperative) and facts (signals, past tense). Ids and instants only."""

from datetime import datetime
from uuid import UUID

from domain.policy import Frozen, Policy
from domain.promise import Promise
from domain.resumed import Resumed
from domain.windows import Windows
from domain.words import AttemptOutcome, Role


class Opening(Frozen):
    """Everything a case needs to begin, decided at intake; personal data stays in the response's row."""

    case: UUID
    """The id of the response that asked for contact: one case per response."""
    customer: UUID
    policy: Policy
    requested_at: datetime
    promise: Promise | None
    """None: no usable number, or no hour at which we may call (`number_usable` tells which)."""
    number_usable: bool = True
    calling: Windows
    """When the customer may be rung."""
    first_call: Windows | None = None
    """When they may be rung for the first time, where that differs: whose zone is unknown has just been awake."""
    company: Windows
    """When second line is at work."""
    loop: int = 1
    previous: UUID | None = None
    sibling: UUID | None = None
    """Another open case of the same customer."""
    offered_to: UUID | None = None
    """The sibling's owner, who is offered this case first."""
    resumed: Resumed | None = None
    """Set when a new run goes on from where the rows stand."""


class Staff(Frozen):
    """Who asks."""

    id: UUID
    role: Role


class Ask(Frozen):
    """A request to a case; refused with a reason when the stage or the person does not allow it."""

    by: Staff


class Claim(Ask):
    """Take the case: from now on this person stays with the customer."""


class Release(Ask):
    """Put the case back on the desk."""


class Assign(Ask):
    """Give the case to somebody, with a comment."""

    owner: UUID
    comment: UUID


class Call(Ask):
    """Ring the specialist, then the customer."""

    attempt: UUID


class LogAttempt(Ask):
    """A call made by other means, with its outcome."""

    attempt: UUID
    outcome: AttemptOutcome


class ScheduleCallback(Ask):
    """The customer asked to be called at another time."""

    time: datetime


class MoveDeadline(Ask):
    """A lead gives the callback another deadline; the original promise stays on record."""

    due: datetime
    reason: UUID


class Escalate(Ask):
    """Ask second line."""

    review: UUID
    question: UUID
    again: bool = False
    """The question of this review was asked back; this is the owner's reply. Otherwise it is a new review."""


class AnswerReview(Ask):
    """Second line answers the owner."""

    review: UUID
    answer: UUID


class AskBack(Ask):
    """Second line needs to know more before it can answer."""

    review: UUID
    question: UUID


class ForwardReview(Ask):
    """Second line hands the question on to a third party, under that party's reference."""

    review: UUID
    reference: UUID


class Resolve(Ask):
    """The owner ends the work; `solved=False` needs a lead."""

    cause: str
    text: UUID
    solved: bool
    one_conversation: bool


class Withdraw(Ask):
    """Staff end the case at the customer's wish; reported."""

    reason: UUID


class Acknowledge(Ask):
    """A lead has seen the alarms: they stop repeating."""


class Fact(Frozen):
    """It has happened, outside. `id` makes a repeat harmless; `at` is when it happened, not when we heard of it."""

    id: str
    at: datetime


class CustomerAnswered(Fact):
    """The customer's leg was answered by a person."""

    attempt: UUID


class CallEnded(Fact):
    """A call attempt has ended, as the provider confirms."""

    attempt: UUID
    outcome: AttemptOutcome | None
    """None: the specialist is gone, and whether the customer was rung is not told; the provider is asked for it."""


class CustomerRang(Fact):
    """The customer rang us, under an attempt of its own."""

    attempt: UUID
    by: UUID | None
    """Who spoke with them; None: nobody was free."""


class MessageFailed(Fact):
    """A message to the customer did not arrive, and never will by this way."""

    message: UUID


class CallbackChosen(Fact):
    """The customer picked a time by the link."""

    time: datetime


class CustomerWithdrew(Fact):
    """The customer does not want to be contacted any more."""


class CustomerErased(Fact):
    """The customer's personal data is being erased: there is nobody left to call."""


class NumberGiven(Fact):
    """The customer sent a number that can be rung; the promise counts from its arrival."""

    promise: Promise | None
    calling: Windows
    first_call: Windows | None = None


class ResponseAmended(Fact):
    """The survey platform delivered a later version of the response."""


class OwnerLeft(Fact):
    """The owner went off duty."""

    staff: UUID
    stand_in: UUID | None = None


class ServedElsewhere(Fact):
    """The customer was reached in another open case of theirs: one ring serves both."""

    case: UUID


class SurveyAnswered(Fact):
    """The customer answered the final survey."""

    solved: bool | None
    next_case: UUID | None = None
    """Set when the answer asks for contact again: the next loop."""


def name_of(kind: type[Ask | Fact]) -> str:
    """The update or signal that takes it: `LogAttempt` → `log_attempt`."""
    name = kind.__name__
    return name[0].lower() + "".join(f"_{char.lower()}" if char.isupper() else char for char in name[1:])
