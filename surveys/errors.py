"""Why a delivery is refused, in a sentence that says what to do and repeats nothing the customer wrote.

SurveyError
├── BadSignature
│   └── Stale
├── NotJson
├── WrongShape
├── NotAResponse
├── UnknownForm
└── MissingField
"""

import re

_PRINTABLE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def _shown(identifier: str) -> str:
    """Ids come from outside: one that could carry a line break or a sentence is not repeated."""
    return f'"{identifier}"' if _PRINTABLE_ID.fullmatch(identifier) else "with an unprintable id"


class SurveyError(Exception):
    """A delivery that cannot be taken; `detail` may be logged and shown to the sender."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadSignature(SurveyError):
    """Nobody who knows the secret sent this; nothing of it may be believed."""


class Stale(BadSignature):
    """Rightly signed, but longer ago (or further ahead) than a replay could be told from a delivery."""


class NotJson(SurveyError):
    """The body is no JSON object in UTF-8 of reasonable depth."""


class WrongShape(SurveyError):
    """JSON, but not as documented: `field` is the path of the culprit, `reason` what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field or 'the body'}: {reason}.")


class NotAResponse(SurveyError):
    """A platform's trial of the connection: genuine, and nothing to store."""

    def __init__(self) -> None:
        super().__init__("This is a trial of the connection, not a response; it works, and nothing is stored.")


class UnknownForm(SurveyError):
    """A form of which nobody said what its questions mean."""

    def __init__(self, source: str, form: str) -> None:
        self.source = source
        self.form = form
        super().__init__(
            f'The {source} form {_shown(form)} is not mapped: add a table [{source}."<form id>"] with name and fields'
            " to the forms file (forms.example.toml shows how) and restart."
        )


class MissingField(SurveyError):
    """The form was changed at the platform: a question that must be there is not, or can no longer mean yes."""

    def __init__(self, field: str, question: str, form: str, reason: str = "the form has no such question") -> None:
        self.field = field
        self.question = question
        self.form = form
        super().__init__(
            f"The field {field} is mapped to the question {_shown(question)} of the form {_shown(form)}, but {reason}:"
            " correct the forms file or the form."
        )


class BadMapping(Exception):
    """The forms file cannot be used; says which file, form and field. Raised at start, never by a delivery."""
