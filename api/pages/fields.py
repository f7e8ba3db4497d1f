"""What was typed into a form: cleaned, checked, and complained about in the customer's language."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from api.pages.words import Words
from domain.phone import Phone, PhoneProblem
from settings import Settings
from surveys.lines import line
from surveys.reading import clean_text
from typed_numbers import phone_of

COMMENT_LIMIT = 4_000
LINE_LIMIT = 120
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

Typed = Annotated[str, BeforeValidator(lambda typed: clean_text(typed).strip() if isinstance(typed, str) else typed)]


class FilledIn(BaseModel):
    """Fields every form has, as typed."""

    nonce: Typed = ""
    """Made for each page shown: the same again is a double click."""
    comment: Typed = ""
    contact: Typed = ""
    phone: Typed = ""


@dataclass
class Check:
    """The complaints about one form, by field, in the order of the page."""

    words: Words
    settings: Settings
    errors: dict[str, str] = field(default_factory=dict)

    def scale(self, name: str, typed: str, lowest: int, highest: int) -> int | None:
        """The chosen score, which may be 0; None when none was chosen."""
        if not typed:
            return None
        if typed.isascii() and typed.isdigit() and lowest <= int(typed[:3]) <= highest:
            return int(typed[:3])
        self.errors[name] = self.words.error_scale
        return None

    def choice(self, name: str, typed: str) -> bool | None:
        """Yes, no, or nothing chosen."""
        if typed not in ("", "yes", "no"):
            self.errors[name] = self.words.error_choice
        return {"yes": True, "no": False}.get(typed)

    def text(self, name: str, typed: str, limit: int = COMMENT_LIMIT) -> str | None:
        """A text of bounded length, or None."""
        if len(typed) > limit:
            self.errors[name] = self.words.error_too_long.format(limit=limit)
        return typed or None

    def line(self, name: str, typed: str) -> str | None:
        """A text of one line, or None."""
        return self.text(name, line(typed), LINE_LIMIT)

    def email(self, name: str, typed: str) -> str | None:
        """Something that may be an address, or None."""
        found = self.line(name, typed)
        if found and name not in self.errors and not _EMAIL.fullmatch(found):
            self.errors[name] = self.words.error_email
        return found

    def number(self, name: str, typed: str) -> Phone | None:
        """A number that may be rung."""
        found = phone_of(typed[:LINE_LIMIT], self.settings)
        if isinstance(found, Phone):
            return found
        self.errors[name] = self._complaint(found.reason)
        return None

    def _complaint(self, reason: PhoneProblem) -> str:
        if reason is PhoneProblem.MISSING:
            return self.words.error_phone_missing
        if reason is PhoneProblem.COUNTRY_NOT_ALLOWED:
            return self.words.error_phone_country
        return self.words.error_phone


def new_nonce() -> str:
    """A number nobody can guess, for a page that is shown now."""
    return secrets.token_urlsafe(16)


def nonce_of(filled: FilledIn) -> str:
    """The nonce that came with the form; one of our own where somebody made theirs up."""
    return filled.nonce if _NONCE.fullmatch(filled.nonce) else new_nonce()
