"""A form that was sent and not carried out: what was typed into it stays, and its key where it may be sent again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.staff_pages.frame import new_key


@dataclass(frozen=True)
class Sent:
    """By default no form was sent."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    complaint: str = ""
    again: bool = False
    """To be sent once more as it is: under the same key it is the same command."""

    def is_(self, form: str) -> bool:
        """Whether it was this one."""
        return self.form == form

    def value(self, form: str, name: str, default: str | None = None) -> str:
        """What stands in a field."""
        return self.typed.get(name, "") if self.form == form else default or ""

    def key(self, form: str) -> str:
        """The hidden field `key`."""
        return self.typed.get("key", "") if self.again and self.form == form else new_key()
