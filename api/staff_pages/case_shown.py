"""Everything that stands on a case's page, as this person may see and do it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from api.auth import DESK, Person
from api.card import case_card, step
from api.commands import must_exist
from api.deps import Parts
from api.shown import StepOut
from api.staff_pages.case_offers import Offers
from api.staff_pages.case_there import there
from api.staff_pages.case_times import field
from api.staff_pages.case_words import CaseWords
from api.staff_pages.case_wrote import wrote
from api.staff_pages.case_zones import place, zones
from db import card, causes, duty, presence
from db.card import Card
from db.case_now import case_now
from db.casework import Note
from db.openings import zone_of
from domain.policies import STANDARD
from domain.rules import Case
from domain.words import AttemptOutcome, Language

EXPIRES_SOON = timedelta(days=75)
"""When the surveys before a licence's end go out, there is something to talk about."""
HALF_HOUR = timedelta(minutes=30)


def shown(session: Session, parts: Parts, case_id: UUID, person: Person, at: datetime) -> dict[str, object]:
    """For the page's template. Problems 404, and 409 while the case is about to open."""
    must_exist(session, case_id)
    rows = card.read(session, case_id)
    case = case_now(session, case_id, parts.policies, at)
    words = CaseWords(person.language, causes.names(session, person.language))
    told = case_card(rows)
    return {
        "card": told,
        "wrote": wrote(told.response),
        "words": words,
        "offers": Offers(case, person, at, owner=rows.owner.name if rows.owner else None, erased=_erased(rows)),
        "steps": steps(session, rows, person.language),
        "by_provider": parts.settings.uses_twilio,
        "looking": presence.others(session, case_id, person.id, at),
        "soon": at + EXPIRES_SOON,
        **_caller(rows),
        **_choices(session, case),
        **_times(parts, rows, case, person.language, at),
    }


def steps(session: Session, rows: Card, language: Language) -> list[StepOut]:
    """The timeline with the notes in between, the newest first."""
    told = [step(row, language, rows.staff, rows.texts) for row in card.timeline(session, rows.case.id)]
    written = [_written(note, rows.staff) for note in rows.texts.values() if note.kind in ("note", "card")]
    return sorted([*told, *written], key=lambda one: (one.at, one.seq), reverse=True)


def _written(note: Note, names: Mapping[UUID, str]) -> StepOut:
    return StepOut(
        id=0,
        seq=0,
        kind=note.kind,
        words="",
        at=note.at,
        due=None,
        by=note.by,
        by_name=names.get(note.by) if note.by else None,
        detail="",
        ref=None,
        text=note.text,
    )


def _caller(rows: Card) -> dict[str, object]:
    """The call under way, and who makes it."""
    ringing = next((attempt for attempt in rows.attempts if attempt.ended_at is None), None)
    return {"ringing": ringing, "caller": rows.staff.get(ringing.by, "") if ringing else ""}


def _erased(rows: Card) -> bool:
    return bool(rows.customer.erased_at or rows.response.erased_at)


def _choices(session: Session, case: Case) -> dict[str, object]:
    """What forms let one choose from."""
    colleagues = [(staff, since) for staff, since in duty.colleagues(session) if staff.role in DESK]
    return {
        "colleagues": colleagues if case.open else [],
        "causes": causes.active(session) if case.open else [],
        "languages": list(Language),
        "attempt_outcomes": list(AttemptOutcome),
    }


def _times(parts: Parts, rows: Card, case: Case, language: Language, at: datetime) -> dict[str, object]:
    """By whose clock times are told and asked for; the customer's first."""
    ours = parts.policies[STANDARD].company.zone
    theirs = zone_of(rows.customer.zone, rows.response.zone)
    known = zones(parts.settings.allowed_countries, language, at)
    elsewhere = [(theirs, place(theirs, language, at))] if theirs and theirs not in dict(known) else []
    clocks = [(zone, place(zone, language, at)) for zone in dict.fromkeys((theirs or ours, ours))]
    suggested = case.calling.earliest(_next_half_hour(at + timedelta(hours=1)))
    return {
        "there": there(case, theirs, ours, language, at),
        "zones": known + elsewhere,
        "clocks": clocks,
        "callback": field(suggested, clocks[0][0]) if suggested else "",
    }


def _next_half_hour(at: datetime) -> datetime:
    past = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at - past + (HALF_HOUR if past else timedelta(0))
