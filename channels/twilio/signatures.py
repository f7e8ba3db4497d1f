"""Whether a webhook is Twilio's: its signature over the public URL and every parameter of the form."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from twilio.request_validator import (  # type: ignore[import-untyped]  # the SDK has no py.typed
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

MOST_FIELDS = 300


class Form:
    """A form's fields, in their order; a name may come several times."""

    def __init__(self, fields: Sequence[tuple[str, str]]) -> None:
        self._fields = fields

    @classmethod
    def parse(cls, body: bytes) -> "Form":
        """The fields of a body. ValueError when there are too many; what is not UTF-8 was not signed either."""
        text = body.decode("utf-8", "replace")
        return cls(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))

    def get(self, name: str) -> str:
        """The first value of this name; empty when there is none."""
        return next((value for key, value in self._fields if key == name), "")

    def getlist(self, name: str) -> list[str]:
        """All values of this name."""
        return [value for key, value in self._fields if key == name]

    def as_dict(self) -> dict[str, list[str]]:
        """All values by name."""
        return {name: self.getlist(name) for name, _ in self._fields}


def is_twilios(form: Form, *, url: str, headers: Mapping[str, str], auth_token: str) -> bool:
    """Whether Twilio signed this form for this public URL; it signs no time, so repeats are told apart by their ids."""
    signature = headers.get(SIGNATURE_HEADER) or ""
    algorithm = get_signature_algorithm(headers.get(SIGNATURE_SETTINGS_HEADER))
    return bool(RequestValidator(auth_token).validate(url, _Fields(form), signature, algorithm))


class _Fields(dict[str, list[str]]):
    """A form as the SDK reads one."""

    def __init__(self, form: Form) -> None:
        super().__init__(form.as_dict())

    def getlist(self, name: str) -> list[str]:
        return self[name]
