"""People by script, the outbox, and a log that outlives a kill."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import JsonValue, TypeAdapter

from channels.errors import Refused
from channels.events import CallEventName
from channels.local import LocalChannels
from channels.protocols import CallState, CallToPlace, MailToSend, SmsToSend
from channels.simulator.log import Kind, Line
from channels.simulator.people import OUTCOMES, Behaviour
from channels.simulator.process import SimulatorProcess
from domain.words import AttemptOutcome, Language
from tests import loopback

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LINES: TypeAdapter[list[Line]] = TypeAdapter(list[Line])


def a_provider(room: Path) -> SimulatorProcess:
    (room / "secret").write_text("whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ=")
    return SimulatorProcess(log=room / "log.jsonl", callback_url="http://127.0.0.1:9", secret_file=room / "secret")


@pytest.fixture
def provider(tmp_path: Path) -> SimulatorProcess:
    """One of the test's own, to start and to kill."""
    return a_provider(tmp_path)


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    with a_provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture
def channels(simulator: SimulatorProcess) -> Iterator[LocalChannels]:
    with LocalChannels(simulator.base_url) as open_channels:
        yield open_channels


@pytest.fixture
def phone() -> str:
    return f"+7916{uuid4().int % 10**7:07d}"


def a_call(phone: str) -> CallToPlace:
    return CallToPlace(
        attempt_id=uuid4(),
        specialist_phone="+74950000001",
        customer_phone=phone,
        caller_id="+74950000000",
        language=Language.RU,
        whisper="Обращение 1042",
    )


def an_sms(phone: str, text: str) -> SmsToSend:
    return SmsToSend(message_id=uuid4(), phone=phone, text=text)


def a_mail(text: str, html: str = "", address: str = "anna@example.org") -> MailToSend:
    return MailToSend(
        message_id=uuid4(), address=address, subject="Когда удобно?", text=text, html=html, language=Language.RU
    )


def put_script(simulator: SimulatorProcess, person: str, **script: object) -> None:
    loopback.put(f"{simulator.base_url}/script/{person}", json=script).raise_for_status()


def read_log(simulator: SimulatorProcess, after: int = 0, wait: int = 0) -> list[Line]:
    answer = loopback.get(f"{simulator.base_url}/log", params={"after": after, "wait": wait}, timeout=30)
    return LINES.validate_python(answer.json()["lines"])


def wait_for(simulator: SimulatorProcess, kind: Kind, count: int, **match: object) -> list[dict[str, JsonValue]]:
    """Bodies of the first `count` lines of this kind with these values."""
    seq, found = 0, list[dict[str, JsonValue]]()
    while len(found) < count:
        lines = read_log(simulator, after=seq, wait=20)
        assert lines, f"no further {kind} came"
        seq = lines[-1].seq
        found += [line.body for line in lines if line.kind is kind and match.items() <= line.body.items()]
    return found[:count]


HUMAN = [CallEventName.RINGING, CallEventName.ANSWERED, CallEventName.ENDED]
RINGS_OUT = [CallEventName.RINGING, CallEventName.ENDED]
COURSES = {
    Behaviour.ANSWERS: HUMAN,
    Behaviour.WRONG_NUMBER: HUMAN,
    Behaviour.NO_ANSWER: RINGS_OUT,
    Behaviour.VOICEMAIL: RINGS_OUT,
    Behaviour.BUSY: [CallEventName.ENDED],
    Behaviour.UNAVAILABLE: [CallEventName.ENDED],
    Behaviour.INVALID: [CallEventName.ENDED],
    Behaviour.SPECIALIST_DOES_NOT_PRESS: [CallEventName.ENDED],
}


@pytest.mark.parametrize(("behaviour", "course"), COURSES.items())
def test_a_call_goes_as_its_customer_behaves(
    simulator: SimulatorProcess,
    channels: LocalChannels,
    phone: str,
    behaviour: Behaviour,
    course: list[CallEventName],
) -> None:
    put_script(simulator, phone, calls=[behaviour], ring_seconds=0.01, talk_seconds=0.01)
    placed = channels.voice.place(a_call(phone))
    events = wait_for(simulator, Kind.EVENT, len(course), call_id=placed.provider_id)
    progress = channels.voice.fetch(placed.provider_id)
    assert [event["event"] for event in events] == course
    assert [event["sequence"] for event in events] == list(range(len(course)))
    assert events[-1]["outcome"] == progress.outcome == OUTCOMES[behaviour]
    assert progress.state is CallState.ENDED
    assert progress.ended_at is not None
    assert (progress.answered_at is not None) == (CallEventName.ANSWERED in course)


def test_behaviours_are_used_up_and_the_last_one_repeats(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str
) -> None:
    put_script(simulator, phone, calls=["busy", "no_answer", "answers"])
    for _ in range(4):
        channels.voice.place(a_call(phone))
    calls = wait_for(simulator, Kind.CALL, 4, customer_phone=phone)
    assert [call["behaviour"] for call in calls] == ["busy", "no_answer", "answers", "answers"]


def test_whoever_has_no_script_answers(simulator: SimulatorProcess, channels: LocalChannels, phone: str) -> None:
    placed = channels.voice.place(a_call(phone))
    events = wait_for(simulator, Kind.EVENT, 3, call_id=placed.provider_id)
    assert events[-1]["outcome"] == AttemptOutcome.REACHED


def test_a_call_is_seen_before_it_ends(simulator: SimulatorProcess, channels: LocalChannels, phone: str) -> None:
    put_script(simulator, phone, ring_seconds=600)
    placed = channels.voice.place(a_call(phone))
    wait_for(simulator, Kind.EVENT, 1, call_id=placed.provider_id)
    progress = channels.voice.fetch(placed.provider_id)
    assert (progress.state, progress.outcome, progress.ended_at) == (CallState.RINGING, None, None)


def test_an_unknown_behaviour_is_refused(simulator: SimulatorProcess, phone: str) -> None:
    answer = loopback.put(f"{simulator.base_url}/script/{phone}", json={"calls": ["sings"]})
    assert answer.status_code == 422


class Site:
    """A tiny site that remembers how its pages were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        asked = self.asked

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.command, self.path))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            do_HEAD = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()


def test_a_scanner_opens_every_link_once_by_head_and_get(
    simulator: SimulatorProcess, channels: LocalChannels, site: Site
) -> None:
    put_script(simulator, "scanned@example.org", scans_links=True)
    html = f'<a href="{site.url}/s/1?score=0&amp;x=1">0</a> <a href="{site.url}/c/2">c</a>'
    mail = a_mail(f"Выбрать: {site.url}/c/2. Или http://203.0.113.1/never", html, "Scanned@Example.org")
    channels.mail.send(mail)
    wait_for(simulator, Kind.VISIT, 4, message_id=str(mail.message_id))
    assert site.asked == [(method, path) for path in ("/c/2", "/s/1?score=0&x=1") for method in ("HEAD", "GET")]


def test_a_person_presses_the_first_link_that_matches(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str, site: Site
) -> None:
    put_script(simulator, phone, presses_link="/c/")
    sms = an_sms(phone, f"{site.url}/s/1 {site.url}/c/2 {site.url}/c/3")
    channels.sms.send(sms)
    (visited,) = wait_for(simulator, Kind.VISIT, 1, message_id=str(sms.message_id))
    assert site.asked == [("GET", "/c/2")]
    assert visited["status"] == 200


def test_the_outbox_shows_the_newest_first_with_links_to_click(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str
) -> None:
    put_script(simulator, phone, calls=["busy"], ring_seconds=0)
    channels.mail.send(a_mail("Выбрать: https://help.example/c/1", address="outbox@example.org"))
    channels.sms.send(an_sms(phone, "<script>"))
    placed = channels.voice.place(a_call(phone))
    wait_for(simulator, Kind.EVENT, 1, call_id=placed.provider_id)
    page = loopback.get(f"{simulator.base_url}/outbox").text
    assert '<a href="https://help.example/c/1"' in page
    assert "<script>" not in page
    assert page.index("busy") < page.index("&lt;script&gt;") < page.index("outbox@example.org")


def test_a_mail_can_be_seen_as_the_customer_sees_it(simulator: SimulatorProcess, channels: LocalChannels) -> None:
    channels.mail.send(a_mail("t", "<h1>Когда удобно?</h1>"))
    seq = read_log(simulator)[-1].seq
    mails = [line.seq for line in read_log(simulator) if line.kind is Kind.MAIL]
    assert loopback.get(f"{simulator.base_url}/outbox/{mails[-1]}").text == "<h1>Когда удобно?</h1>"
    assert loopback.get(f"{simulator.base_url}/outbox/{seq + 1000}").status_code == 404


def test_a_killed_provider_remembers_everything(provider: SimulatorProcess, phone: str) -> None:
    with provider, LocalChannels(provider.base_url) as channels:
        put_script(provider, phone, calls=["busy", "voicemail"], ring_seconds=0)
        placed = channels.voice.place(a_call(phone))
        sent = channels.sms.send(an_sms(phone, "x"))
        loopback.post(f"{provider.base_url}/people/{phone}/sms", json={"text": "СТОП"}).raise_for_status()
        wait_for(provider, Kind.EVENT, 1)
        before = read_log(provider)
        provider.kill()
    with provider, LocalChannels(provider.base_url) as channels:
        assert read_log(provider)[: len(before)] == before
        assert channels.voice.find(a_call(phone), LONG_AGO) == [placed]
        assert channels.voice.fetch(placed.provider_id).outcome is AttemptOutcome.BUSY
        assert channels.sms.find(phone, LONG_AGO) == sent
        channels.voice.place(a_call(phone))
        assert wait_for(provider, Kind.CALL, 2)[-1]["behaviour"] == "voicemail"
        with pytest.raises(Refused, match="opted_out"):
            channels.sms.send(an_sms(phone, "y"))


def test_a_call_cut_off_by_a_kill_goes_on_after_the_restart(provider: SimulatorProcess, phone: str) -> None:
    with provider, LocalChannels(provider.base_url) as channels:
        put_script(provider, phone, ring_seconds=1, talk_seconds=0)
        placed = channels.voice.place(a_call(phone))
        wait_for(provider, Kind.EVENT, 1)
        provider.kill()
    with provider, LocalChannels(provider.base_url) as channels:
        events = wait_for(provider, Kind.EVENT, 3)
        assert [event["event"] for event in events] == HUMAN
        assert channels.voice.fetch(placed.provider_id).outcome is AttemptOutcome.REACHED


def test_a_line_torn_by_a_kill_is_cut_off(provider: SimulatorProcess, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with provider, LocalChannels(provider.base_url) as channels:
        channels.mail.send(a_mail("x"))
        provider.kill()
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"seq": 2, "at"')
    with provider, LocalChannels(provider.base_url) as channels:
        channels.mail.send(a_mail("y"))
    lines = [Line.model_validate_json(line) for line in log.read_bytes().splitlines()]
    assert log.read_bytes().startswith(whole)
    assert [line.seq for line in lines] == list(range(1, len(lines) + 1))
    assert [line.body["text"] for line in lines if line.kind is Kind.MAIL] == ["x", "y"]
