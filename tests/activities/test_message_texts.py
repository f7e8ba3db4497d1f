"""What people read: every message of every event renders in both languages, with the names that make it human."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from activities.announcements import Announce, AnnouncementActivities
from channels.protocols import AlertToSend, MailToSend, ProviderMessage, SmsToSend
from channels.texts import templates
from db.columns import now
from db.tables import Message
from domain import announcements as table
from domain.announcements import announcement
from domain.events import Event, EventKind
from domain.words import Language, Role
from tests.activities.provider import Provider
from tests.activities.scene import Scene, add_staff
from tests.activities.wiring import COMPANY, SECRET, ways_of

Say = Callable[[Announce], None]
DUE = datetime(2026, 11, 24, 12, 40, tzinfo=UTC)
KINDS = sorted({(kind, "") for kind in EventKind} | {(kind, str(detail)) for kind, detail in table._BY_DETAIL})
PRESUPPOSE_A_PROMISE = {EventKind.PROMISE_WARNED, EventKind.ALARM_REPEATED}
HAVE_A_DUE_TIME = {
    EventKind.PROMISE_BROKEN,
    EventKind.CALLBACK_AGREED,
    EventKind.CALLBACK_WARNED,
    EventKind.CALLBACK_BROKEN,
    EventKind.DEADLINE_MISSED,
    EventKind.ESCALATED,
    EventKind.REVIEW_OVERDUE,
}
LONGEST_SMS = 3 * 67
"""Cyrillic, three parts."""


class Outbox:
    """Keeps what is sent; nothing goes wrong."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.short: list[str] = []

    def send(self, message: SmsToSend | MailToSend | AlertToSend) -> ProviderMessage:
        match message:
            case SmsToSend():
                self.short.append(message.text)
            case MailToSend():
                self.texts += [message.subject, message.text, message.html]
            case AlertToSend():
                self.texts += [message.title, message.text]
        return ProviderMessage(provider_id=f"sent-{len(self.texts) + len(self.short)}", accepted_at=now())

    def find(self, phone: str, since: datetime, *, text: str | None = None) -> None:
        return None


def an_event(kind: EventKind, detail: str, due: datetime | None, *, seq: int = 7) -> Event:
    return Event(seq=seq, id=str(seq), kind=kind, at=now(), due=due, by=UUID(int=1), detail=detail)


@pytest.mark.parametrize(("kind", "detail"), KINDS)
def test_every_announcement_has_its_text_in_both_languages(kind: EventKind, detail: str) -> None:
    for due in (DUE, None):
        told = announcement(an_event(kind, detail, due))
        wanted = {told.customer, told.alert and f"alert_{told.alert}"} - {None} if told else set()
        assert all(wanted <= templates(language) for language in Language)


@pytest.mark.parametrize("language", list(Language))
def test_every_announcement_is_written_without_a_gap(engine: Engine, language: Language) -> None:
    outbox = Outbox()
    activities = AnnouncementActivities(engine, ways_of(engine, outbox, outbox, outbox), SECRET)
    for role in (Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD, Role.MANAGER):
        add_staff(engine, role, language=language)
    for response in ({}, {"email": None}, {"phone": None}):
        scene = Scene(engine, response=response, language=language)
        for seq, (kind, detail) in enumerate(KINDS):
            activities.announce(scene.moment(an_event(kind, detail, DUE, seq=seq)))
        assert {row.state for row in scene.messages()} == {"accepted"}
    unpromised = Scene(engine, promise=None, language=language)
    for seq, (kind, detail) in enumerate(KINDS):
        if kind not in PRESUPPOSE_A_PROMISE:
            due = DUE if kind in HAVE_A_DUE_TIME else None
            activities.announce(unpromised.moment(an_event(kind, detail, due, seq=seq)))
    assert outbox.short
    _whole(outbox)


def _whole(outbox: Outbox) -> None:
    for text in outbox.texts + outbox.short:
        assert text.strip()
        words = re.sub(r"<style>.*</style>|<[^>]*>", "", text, flags=re.DOTALL)
        assert not re.search(r"{{|{%|\bNone\b|\b(by|on|до|позднее) ?[.,]| [.,]|: *$", words, flags=re.MULTILINE), words
    assert all(len(text) <= LONGEST_SMS for text in outbox.short)


def test_the_specialists_name_and_the_preferred_form_of_address_appear(
    engine: Engine, announce: Say, provider: Provider
) -> None:
    scene = Scene(engine, customer={"address_form": "Anna Petrovna"}, name="A. Ivanova")
    scene.own(add_staff(engine, Role.SPECIALIST, name="Irina Belova"))
    announce(scene.moment(scene.event(EventKind.NEXT_ATTEMPT_PLANNED)))
    (letter,) = provider.accepted("mail", address=scene.email)
    text, html = str(letter.body["text"]), str(letter.body["html"])
    assert text.startswith("Hello Anna Petrovna,")
    assert text.rstrip().endswith(f"Irina Belova\n{COMPANY}")
    assert "Anna Petrovna" in html
    assert "Irina Belova" in html


def test_the_final_survey_can_be_answered_from_the_mail(scene: Scene, announce: Say, provider: Provider) -> None:
    announce(scene.moment(scene.event(EventKind.RESOLVED)))
    (letter,) = provider.accepted("mail", address=scene.email)
    links = re.findall(r'href="([^"]+)"', str(letter.body["html"]))
    (page,) = {link.split("?")[0] for link in links}
    assert re.fullmatch(r"https://help\.example/s/[\w-]{22}", page)
    assert [link.removeprefix(page) for link in links] == [*(f"?score={score}" for score in range(11)), ""]
    assert page in str(letter.body["text"])


def test_a_reminder_carries_the_same_link(scene: Scene, announce: Say, provider: Provider) -> None:
    announce(scene.moment(scene.event(EventKind.RESOLVED)))
    announce(scene.moment(scene.event(EventKind.SURVEY_REMINDED)))
    letters = provider.accepted("mail", address=scene.email)
    first, second = (re.findall(r"https://help\.example/s/[\w-]+", str(letter.body["text"])) for letter in letters)
    assert first == second


def test_a_customer_without_a_usable_number_is_asked_for_another(
    engine: Engine, announce: Say, provider: Provider
) -> None:
    scene = Scene(engine)
    scene.case.number_usable = False
    scene.case.note(EventKind.NUMBER_NEEDED, now())
    scene.project()
    announce(scene.moment(scene.told[-1]))
    (letter,) = provider.accepted("mail", address=scene.email)
    assert "the number you left cannot be called" in str(letter.body["text"])


def test_a_time_is_told_in_the_customers_zone(engine: Engine, announce: Say, provider: Provider) -> None:
    scene = Scene(engine, zone="Asia/Vladivostok")
    announce(scene.moment(scene.event(EventKind.CALLBACK_AGREED, due=DUE)))
    (sms,) = provider.accepted("sms", phone=scene.phone)
    assert "24 Nov 22:40 UTC+10" in str(sms.body["text"])


def test_a_repeated_alarm_speaks_of_what_is_late(engine: Engine, announce: Say) -> None:
    scene, lead = Scene(engine), add_staff(engine, Role.LEAD)
    scene.case.raise_alarm(scene.case.note(EventKind.CALLBACK_BROKEN, DUE, due=DUE), DUE)
    scene.project()
    again = scene.event(EventKind.ALARM_REPEATED, detail=EventKind.CALLBACK_BROKEN, due=DUE + timedelta(minutes=5))
    announce(scene.moment(again))
    with Session(engine) as session:
        row = session.get_one(Message, scene.message("alert").id)
    assert (row.staff_id, row.due) == (lead, DUE)
