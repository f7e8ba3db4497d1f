"""What staff send: the bodies of commands and searches. Times carry their offset; unknown fields are refused."""

from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    StrictBool,
    StringConstraints,
    model_validator,
)

from api.examples import OWNER
from domain.policy import Frozen, Zone
from domain.words import AttemptOutcome, Language
from surveys.lines import line
from surveys.questionnaire import zone_of
from surveys.reading import clean_text
from surveys.response import Utc


def _storable(text: object) -> object:
    return clean_text(text) if isinstance(text, str) else text


def _one_line(text: object) -> object:
    return line(clean_text(text)) if isinstance(text, str) else text


def _lived_in(name: str) -> str:
    if zone_of(name) is None:
        raise ValueError(f"{name!r} is no zone that anybody lives in")
    return name


def _at_most(limit: int) -> BeforeValidator:
    """As it was sent: what is left out of a text afterwards makes a longer one no shorter."""

    def check(text: object) -> object:
        if isinstance(text, str) and len(text) > limit:
            raise ValueError(f"longer than {limit} characters")
        return text

    return BeforeValidator(check)


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    BeforeValidator(_one_line),
    _at_most(200),
]
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000),
    BeforeValidator(_storable),
    _at_most(10_000),
]
Instant = Utc
"""Given in any zone, kept in UTC."""
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


def example(body: dict[str, JsonValue]) -> ConfigDict:
    """An example for the OpenAPI document, beside what every body keeps to."""
    return ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [body]})


class SearchIn(Frozen):
    """Personal terms, which never go into a URL. All that are given must match."""

    model_config = example({"phone": "8 912 345-67-89"})

    phone: Line | None = None
    """As the customer says it; the country's code may be left out."""
    email: Line | None = None
    name: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200), BeforeValidator(_one_line)
        ]
        | None
    ) = None
    """A part of it is enough."""
    customer_id: Line | None = None
    """The customer's id here, or at the company that invited them."""

    @model_validator(mode="after")
    def _something(self) -> "SearchIn":
        if not any((self.phone, self.email, self.name, self.customer_id)):
            raise ValueError("give a phone, an e-mail, a name or a customer id")
        return self


class AssignmentIn(Frozen):
    """Give the case to somebody."""

    model_config = example({"owner": OWNER, "comment": "Knows this customer from last year."})

    owner: UUID
    comment: Words


class AttemptIn(Frozen):
    """A call made by other means."""

    model_config = example({"outcome": "no_answer"})

    outcome: AttemptOutcome


class CallbackIn(Frozen):
    """A time the customer asked for."""

    model_config = example({"time": "2027-03-02T14:30:00+03:00"})

    time: Instant


class DeadlineIn(Frozen):
    """Another deadline for the callback; the original promise stays on record."""

    model_config = example({"due": "2027-03-02T16:00:00+03:00", "reason": "Waits for the new release."})

    due: Instant
    reason: Words


class NoteIn(Frozen):
    """A note for colleagues."""

    model_config = example({"text": "Prefers to be called after lunch."})

    text: Words


class ReviewIn(Frozen):
    """A question to second line."""

    model_config = example({"question": "Does version 12 run on Windows 7 with SP1?", "review": None})

    question: Words
    review: UUID | None = None
    """A review that was asked back: this answers its question and puts it to second line again."""


class AnswerIn(Frozen):
    """Second line's answer."""

    model_config = example({"text": "Yes, with the update of March installed first."})

    text: Words


class QuestionIn(Frozen):
    """What second line needs to know before it can answer."""

    model_config = example({"text": "Which error does the installer show?"})

    text: Words


class ForwardIn(Frozen):
    """Handing on to a third party."""

    model_config = example({"reference": "DEV-4711"})

    reference: Line
    """The third party's number for it."""


class ResolutionIn(Frozen):
    """What solved it."""

    model_config = example(
        {
            "cause": "network_setup",
            "text": "The firewall blocked the updates; opened its port together.",
            "solved": True,
            "one_conversation": True,
        }
    )

    cause: Code
    text: Words
    solved: StrictBool
    """False needs a lead."""
    one_conversation: StrictBool


class WithdrawalIn(Frozen):
    """The customer does not want to be contacted any more."""

    model_config = example({"reason": "Solved it himself, and asked for no more calls."})

    reason: Words


class CustomerPatch(Frozen):
    """What a specialist learnt of the customer. Fields left out stay; null empties one."""

    model_config = example({"city": "Kazan", "literacy": "confident", "address_form": "Anna Petrovna"})

    name: Line | None = None
    address_form: Line | None = None
    city: Line | None = None
    literacy: Line | None = None
    zone: Annotated[Zone, AfterValidator(_lived_in)] | None = None
    language: Language | None = None


class DutyIn(Frozen):
    """On duty or off. Off duty, cases whose customer was not reached return to the desk."""

    model_config = example({"on_duty": False, "stand_in": OWNER})

    on_duty: StrictBool
    stand_in: UUID | None = None
    """Who takes over the others; on duty, and somebody else."""
