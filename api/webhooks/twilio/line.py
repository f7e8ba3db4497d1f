"""One call that a customer makes to us: what is known of it, what they hear, whose telephones ring."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from api.deps import Parts
from channels.twilio import ringing, twiml
from channels.twilio.ringing import RingAddresses, Round, Taker, ToRing
from channels.twilio.signatures import Form
from db import ringing_back
from db.ringing_back import Caller
from db.staff import Staff
from domain.hold import Moment, Ringing
from domain.phone import Phone
from domain.policies import STANDARD
from domain.words import Language
from typed_numbers import phone_of

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_WITHHELD = frozenset({"+266696687", "+7378742883", "+2562533", "+8656696", "+86282452253"})
"""How Twilio writes numbers that are not shown: the letters of anonymous, restricted and others on a dial."""


def number_of(form: Form) -> str | None:
    """The number it comes from, E.164; None when it is withheld."""
    number = form.get("From").strip()
    return number if _E164.fullmatch(number) and number not in _WITHHELD else None


@dataclass(frozen=True)
class Listener:
    """A customer on the line, who hears what fits their hour and language."""

    parts: Parts
    ring: UUID
    now: datetime
    phone: str | None = None
    caller: Caller | None = None

    @property
    def language(self) -> Language:
        """Theirs, as far as we know it."""
        return Language(self.caller.language) if self.caller else self.parts.settings.default_language

    def say(self, moment: Moment) -> str:
        """What they hear now."""
        late = self.caller is not None and self.caller.late
        at = self.now.astimezone(ZoneInfo(self._zone()))
        who = Ringing(call=str(self.ring), at=at, language=self.language, late=late)
        return self.parts.hold_texts.say(moment, who, company=self.parts.settings.company_name)

    def _zone(self) -> str:
        if self.caller and self.caller.zone:
            return self.caller.zone
        policies = self.parts.policies
        policy = policies.get(self.caller.policy, policies[STANDARD]) if self.caller else policies[STANDARD]
        return self._landline_zone() or policy.company.zone

    def _landline_zone(self) -> str | None:
        number = phone_of(self.phone, self.parts.settings)
        return number.zone if isinstance(number, Phone) else None


@dataclass(frozen=True)
class Line(Listener):
    """The same, with everybody who may speak with them."""

    session: Session = field(kw_only=True)

    @classmethod
    def of(cls, phone: str | None, ring: UUID, parts: Parts, session: Session, now: datetime) -> Self:
        """Whoever rings from this number."""
        secret = parts.settings.token_secret.get_secret_value().encode()
        caller = ringing_back.caller_of(session, phone, secret) if phone else None
        return cls(parts, ring, now, phone, caller, session=session)

    @cached_property
    def at_work(self) -> Sequence[Staff]:
        """Who is on duty with a telephone."""
        return ringing_back.on_duty(self.session, but=self.phone)

    def first(self) -> Sequence[Staff]:
        """The one whose telephone rings first; nobody, when they are not on duty."""
        first = self.caller.first if self.caller else None
        return [member for member in self.at_work if member.id == first]

    def ring_them(self, whom: Round, people: Sequence[Staff], texts: Sequence[str]) -> str:
        """Say this, and let these telephones ring."""
        case = self.caller.case if self.caller else None
        settings = self.parts.settings
        to_ring = ToRing(
            whom=whom,
            takers=[Taker(member.id, member.phone) for member in people if member.phone],
            texts=texts,
            language=self.language,
            caller_id=settings.caller_id,
            recorded=settings.record_calls,
        )
        return ringing.ring(to_ring, RingAddresses(settings.public_url, self.ring, case))

    def nobody(self, before: Sequence[str] = ()) -> str:
        """Nobody takes it. That they are called back is only said once their case has been told."""
        moment = Moment.CALL_BACK if self.record_in_vain() else Moment.NOBODY
        return twiml.farewell(" ".join([*before, self.say(moment)]), self.language)

    def record_in_vain(self) -> bool:
        """Tell their case that they rang and nobody took it, unless somebody did. False without an open case."""
        if self.caller is None:
            return False
        return ringing_back.record(self.session, self.ring, self.caller.case, by=None, at=self.now) is None
