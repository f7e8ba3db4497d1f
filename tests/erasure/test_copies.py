"""What providers keep: asked to be deleted, once each, whatever fails on the way; who cannot is on record."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from activities.erasure import Erase, ErasureActivities, Periods
from channels.erasing import CopyKeeper, Kept, KeptForGood
from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.local import LocalChannels
from channels.protocols import CallToPlace, MailToSend, SmsToSend
from channels.simulator.people import Script
from channels.simulator.process import SimulatorProcess
from db.proof import Erasure
from db.tables import Attempt, Message
from domain.words import Language
from tests.activities.provider import Provider
from tests.api.staff_desk import Desk
from tests.erasure.marked import EMAIL, MARKER, PHONE, SECRET, ask, closed_case, row, traces_in

NOBODY = "http://127.0.0.1:9"
PERIODS = Periods(timedelta(days=730), timedelta(days=7), timedelta(days=90))


class Keeper:
    """Fails as it is told, one failure a request; notes what it was asked."""

    def __init__(self, *failures: Exception) -> None:
        self.failures, self.asked = list(failures), list[str]()

    def forget(self, kind: Kept, provider_id: str) -> None:
        self._answer(f"{kind} {provider_id}")

    def forget_person(self, addresses: Sequence[str]) -> None:
        self._answer("person")

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


@pytest.fixture
def simulator(log: Path, tmp_path: Path) -> Iterator[SimulatorProcess]:
    secret = tmp_path / "secret"
    secret.write_text("whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ=")
    with SimulatorProcess(log=log, callback_url=NOBODY, secret_file=secret) as running:
        yield running


def activities(desk: Desk, keepers: Mapping[Kept, CopyKeeper]) -> ErasureActivities:
    return ErasureActivities(desk.engine, keepers, secret=SECRET, periods=PERIODS)


def proof(desk: Desk) -> dict[str, dict[str, int]]:
    return row(desk.engine, Erasure).providers


def test_the_local_provider_forgets_a_person_and_nobody_else(simulator: SimulatorProcess, log: Path) -> None:
    provider = Provider(simulator.base_url)
    provider.play(PHONE, Script(talk_seconds=0, ring_seconds=0))
    provider.write(PHONE, f"{MARKER}!")
    provider.fail("sms", "error_503")
    with LocalChannels(simulator.base_url) as channels:
        for phone, text in ((PHONE, MARKER), (PHONE, f"{MARKER} http://127.0.0.1:9/s/token"), ("+79160000001", "kept")):
            _sms(channels, phone, text)
        mail = channels.mail.send(_mail())
        call = channels.voice.place(_call())
        channels.keepers[Kept.MAIL].forget(Kept.MAIL, mail.provider_id)
        channels.keepers[Kept.CALL].forget(Kept.CALL, call.provider_id)
        channels.keepers[Kept.SMS].forget_person([PHONE, EMAIL])
    assert traces_in(log.read_text()) == []
    assert "kept" in log.read_text()
    assert [line.seq for line in provider.lines()] == list(range(1, len(provider.lines()) + 1))


def test_what_the_local_provider_forgot_stays_forgotten_after_its_restart(
    simulator: SimulatorProcess, log: Path, tmp_path: Path
) -> None:
    with LocalChannels(simulator.base_url) as channels:
        mail = channels.mail.send(_mail())
        channels.keepers[Kept.MAIL].forget(Kept.MAIL, mail.provider_id)
        simulator.kill()
    with SimulatorProcess(log=log, callback_url=NOBODY, secret_file=tmp_path / "secret") as again:
        assert [line.body["address"] for line in Provider(again.base_url).asked("mail")] == [""]
        with LocalChannels(again.base_url) as channels, pytest.raises(Refused) as refused:
            channels.keepers[Kept.MAIL].forget(Kept.MAIL, "mail-unknown")
    assert refused.value.reason is RefusedReason.NOT_FOUND


def test_each_copy_is_asked_about_once_though_the_provider_was_away(desk: Desk, person: UUID) -> None:
    _with_copies(desk, person)
    keeper, erase = Keeper(NotSent("away")), Erase(erasure=ask(desk.engine, person))
    steps = activities(desk, dict.fromkeys(Kept, keeper))
    with pytest.raises(NotSent):
        steps.forget_copies(erase)
    steps.forget_copies(erase)
    steps.forget_copies(erase)
    assert keeper.asked == ["person", "person", f"call call-{MARKER}", f"mail mail-{MARKER}"]
    assert proof(desk) == {"person": {"forgotten": 1}, "call": {"forgotten": 1}, "mail": {"forgotten": 1}}


def test_what_was_deleted_before_the_provider_went_away_is_not_asked_again(desk: Desk, person: UUID) -> None:
    _with_copies(desk, person)
    erase, second = Erase(erasure=ask(desk.engine, person)), Keeper(NotSent("away"))
    steps = activities(desk, {Kept.CALL: (first := Keeper()), Kept.MAIL: second})
    second.failures.insert(0, Refused(RefusedReason.NOT_FOUND))
    with pytest.raises(NotSent):
        steps.forget_copies(erase)
    steps.forget_copies(erase)
    assert first.asked == ["person", f"call call-{MARKER}"]
    assert second.asked == ["person", f"mail mail-{MARKER}", f"mail mail-{MARKER}"]


def test_a_provider_that_deletes_nothing_is_on_record(desk: Desk, person: UUID) -> None:
    _with_copies(desk, person)
    steps, erase = activities(desk, {Kept.CALL: Keeper(*[KeptForGood()] * 2)}), Erase(erasure=ask(desk.engine, person))
    steps.forget_copies(erase)
    assert proof(desk) == {"person": {"kept": 1}, "call": {"kept": 1}, "mail": {"kept": 1}}


def test_a_provider_that_never_answered_is_on_record_and_the_rows_are_emptied(desk: Desk, person: UUID) -> None:
    _with_copies(desk, person)
    steps, erase = activities(desk, dict.fromkeys(Kept, Keeper())), Erase(erasure=ask(desk.engine, person))
    steps.empty_rows(erase)
    assert proof(desk) == {"person": {"unreached": 1}, "call": {"unreached": 1}, "mail": {"unreached": 1}}
    assert row(desk.engine, Attempt).provider_id is None
    assert row(desk.engine, Message).provider_id is None


def _with_copies(desk: Desk, person: UUID) -> None:
    closed_case(desk, person)
    with Session(desk.engine) as session, session.begin():
        session.get_one(Message, row(desk.engine, Message).id).provider_id = f"mail-{MARKER}"


def _sms(channels: LocalChannels, phone: str, text: str) -> None:
    sms = SmsToSend(message_id=uuid4(), phone=phone, text=text)
    try:
        channels.sms.send(sms)
    except Ambiguous:  # the first one, as it was told
        channels.sms.send(sms)


def _mail() -> MailToSend:
    return MailToSend(message_id=uuid4(), address=EMAIL, subject=MARKER, text=MARKER, html=MARKER, language=Language.EN)


def _call() -> CallToPlace:
    return CallToPlace(
        attempt_id=uuid4(),
        specialist_phone="+74950000101",
        customer_phone=PHONE,
        caller_id="+74950000000",
        language=Language.EN,
        whisper=MARKER,
    )
