"""The forms file: which question of which form means what. Read and checked once, at start."""

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from domain.policy import Frozen, Zone
from domain.words import Language
from surveys.errors import BadMapping, UnknownForm
from surveys.response import Meaning, Value

ANY_FORM = "*"
"""A form id that stands for every form of its source that has no table of its own."""


class SourceName(StrEnum):
    """The platforms we take responses from; the last part of the webhook's path."""

    GENERIC = "generic"
    TYPEFORM = "typeform"
    FORMBRICKS = "formbricks"
    FORM = "form"
    """Our own questionnaire at /survey/<form id>; it has no webhook."""


_KINDS_OF_ADDRESS = {
    SourceName.GENERIC: frozenset[str](),
    SourceName.TYPEFORM: frozenset({"hidden", "variable"}),
    SourceName.FORMBRICKS: frozenset({"hidden", "variable", "attribute"}),
    SourceName.FORM: frozenset[str](),
}
_SPEAKS_OUR_WORDS = frozenset({SourceName.GENERIC, SourceName.FORM})
"""Sources that say themselves what is the contact request."""
CONTACT_PARTS = ("firstName", "lastName", "email", "phone", "company")
"""The order of the parts in a Formbricks contact-info answer: `contact_info#phone` is the fourth."""
_MUST_EXIST = (Meaning.CONTACT, Meaning.PHONE)


class Form(Frozen):
    """What one form at a platform means to us."""

    name: str = Field(min_length=1)
    product: str | None = None
    policy: str = "standard"
    language: Language = Language.RU
    """The customer's language where the response tells none that we write in."""
    zone: Zone | None = None
    """For a customer of whom nothing else tells a zone."""
    fields: dict[Meaning, str] = Field(default_factory=dict)
    """Meaning to address: a question's id or ref, or `hidden:`, `variable:`, `attribute:` and a name."""
    required: tuple[Meaning, ...] | None = None
    """Fields whose question must be in the form as delivered; None: contact and phone, as far as they are questions."""
    contact_values: tuple[str, ...] = Field(default=("accepted", "clicked"), min_length=1)
    """Answers that mean the tick, whatever their case; a plain yes (true) always does."""
    questions: dict[str, str] = Field(default_factory=dict)
    """Question id to text, for platforms that deliver ids only."""

    @model_validator(mode="after")
    def _required_are_questions(self) -> Self:
        for field in self.required or ():
            if field not in self.fields:
                raise ValueError(f"required names {field}, but fields does not map it")
            if not is_question(self.fields[field]):
                raise ValueError(f"required names {field}, which is not a question but {self.fields[field]}")
        return self

    @property
    def must_exist(self) -> dict[Meaning, str]:
        """The fields whose questions must be in the form as delivered, with their addresses."""
        names = _MUST_EXIST if self.required is None else self.required
        return {name: self.fields[name] for name in names if name in self.fields and is_question(self.fields[name])}

    def asks_for_contact(self, answer: Value) -> bool:
        """Whether this answer to the contact question is the tick. A number is not."""
        if isinstance(answer, bool):
            return answer
        given = (answer,) if isinstance(answer, str) else answer if isinstance(answer, tuple) else ()
        wanted = {_folded(value) for value in self.contact_values}
        return any(_folded(one) in wanted for one in given)


class Forms(Frozen):
    """All mapped forms: source, then form id."""

    forms: dict[SourceName, dict[str, Form]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for source, forms in self.forms.items():
            for form_id, form in forms.items():
                _check(source, form_id, form)
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file; raises BadMapping naming file, form and field."""
        try:
            return cls.read(path.read_text(encoding="utf-8"), file=path.name)
        except (OSError, UnicodeDecodeError) as unread:
            raise BadMapping(
                f"{path.name}: cannot be read ({type(unread).__name__}); give a TOML file in UTF-8"
            ) from None

    @classmethod
    def read(cls, toml: str, *, file: str = "forms.toml") -> Self:
        """Read the file's text; raises BadMapping naming file, form and field."""
        try:
            return cls.model_validate({"forms": tomllib.loads(toml)})
        except tomllib.TOMLDecodeError as unread:
            raise BadMapping(f"{file}: not TOML: {unread}") from None
        except ValidationError as refused:
            raise BadMapping("\n".join(_mistakes(file, refused))) from None

    def find(self, source: SourceName, form_id: str) -> Form:
        """What this form means; raises UnknownForm, which says what to add."""
        forms = self.forms.get(source, {})
        found = forms.get(form_id) or forms.get(ANY_FORM)
        if found is None:
            raise UnknownForm(source, form_id)
        return found

    @property
    def policies(self) -> frozenset[str]:
        """The names of all policies the forms ask for, to be checked against those that exist."""
        return frozenset(form.policy for forms in self.forms.values() for form in forms.values())


def is_question(address: str) -> bool:
    """Whether the address is a question's id or ref, not a value that came with the link or the profile."""
    return ":" not in address


def _check(source: SourceName, form_id: str, form: Form) -> None:
    where = f'form [{source}."{form_id}"]'
    if source not in _SPEAKS_OUR_WORDS and Meaning.CONTACT not in form.fields:
        raise ValueError(f"{where}: fields.contact is missing: name the question of the contact request")
    for field, address in form.fields.items():
        if mistake := _mistaken(source, address):
            raise ValueError(f"{where}: fields.{field} is {address!r}; {mistake}")


def _mistaken(source: SourceName, address: str) -> str | None:
    """A slip in an address would silently never match, and lose what it maps."""
    kind, separator, name = address.rpartition(":")
    if not name:
        return "name a question"
    if separator and kind not in _KINDS_OF_ADDRESS[source]:
        return f"before a colon {source} knows: {', '.join(sorted(_KINDS_OF_ADDRESS[source])) or 'nothing'}"
    part = name.partition("#")[2]
    if source is SourceName.FORMBRICKS and "#" in name and part not in CONTACT_PARTS:
        return f"after # a contact-info answer has: {', '.join(CONTACT_PARTS)}"
    return None


def _mistakes(file: str, refused: ValidationError) -> list[str]:
    return [_mistake(file, error["loc"][1:], error["msg"]) for error in refused.errors(include_url=False)]


def _mistake(file: str, path: tuple[int | str, ...], message: str) -> str:
    steps = [str(step) for step in path if step != "[key]"]
    where = f' form [{steps[0]}."{steps[1]}"]:' if len(steps) > 1 else ""
    field = ".".join(steps[2:] if where else steps)
    return f"{file}:{where}{f' {field}:' if field else ''} {message.removeprefix('Value error, ')}"


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
