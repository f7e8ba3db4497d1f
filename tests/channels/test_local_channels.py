"""The local channels against the real simulator: what each fault becomes, and how many POSTs it took."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.local import LocalChannels
from channels.protocols import (
    AlertChannel,
    AlertToSend,
    CallToPlace,
    MailChannel,
    MailToSend,
    ProviderCall,
    ProviderMessage,
    SmsChannel,
    SmsToSend,
    VoiceChannel,
)
from channels.simulator.process import SimulatorProcess
from domain.words import Language
from tests import loopback

SECRET = "whsec_bG9jYWwtcHJvdmlkZXItdGVzdC1zZWNyZXQ="
NOBODY = "http://127.0.0.1:9"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_call(phone: str) -> CallToPlace:
    return CallToPlace(
        attempt_id=uuid4(),
        specialist_phone="+74950000001",
        customer_phone=phone,
        caller_id="+74950000000",
        language=Language.RU,
        whisper="Обращение 1042",
    )


def an_sms(phone: str, text: str = "Мы вам звонили") -> SmsToSend:
    return SmsToSend(message_id=uuid4(), phone=phone, text=text)


def a_mail(address: str) -> MailToSend:
    return MailToSend(message_id=uuid4(), address=address, subject="s", text="t", html="<p>h</p>", language=Language.EN)


def an_alert() -> AlertToSend:
    return AlertToSend(
        message_id=uuid4(),
        staff_id=uuid4(),
        kind="idle",
        title="t",
        text="x",
        link="http://127.0.0.1/cases/1",
        language=Language.EN,
        email="irina@company.example",
        phone="+79161112233",
    )


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    room = tmp_path_factory.mktemp("provider")
    (room / "secret").write_text(SECRET)
    with SimulatorProcess(log=room / "log.jsonl", callback_url=NOBODY, secret_file=room / "secret") as running:
        yield running


@pytest.fixture
def channels(simulator: SimulatorProcess) -> Iterator[LocalChannels]:
    with LocalChannels(simulator.base_url, timeout=timedelta(seconds=5)) as open_channels:
        yield open_channels


@pytest.fixture
def phone() -> str:
    return f"+7916{uuid4().int % 10**7:07d}"


Send = Callable[[LocalChannels, str], ProviderCall | ProviderMessage]
SENDS: dict[str, Send] = {
    "calls": lambda channels, phone: channels.voice.place(a_call(phone)),
    "sms": lambda channels, phone: channels.sms.send(an_sms(phone)),
    "mail": lambda channels, phone: channels.mail.send(a_mail(f"{phone}@example.org")),
    "alerts": lambda channels, phone: channels.alerts.send(an_alert()),
}
EVERY_ROUTE = pytest.mark.parametrize("route", list(SENDS))


def put_fault(simulator: SimulatorProcess, **fault: str | int) -> None:
    loopback.put(f"{simulator.base_url}/faults", json=fault).raise_for_status()


def lines_since(simulator: SimulatorProcess, seq: int) -> list[tuple[str, bool, str | None]]:
    lines = loopback.get(f"{simulator.base_url}/log", params={"after": seq}).json()["lines"]
    asked = [line for line in lines if line["kind"] in {"call", "sms", "mail", "alert"}]
    return [(line["kind"], line["accepted"], line["reason"]) for line in asked]


def last_seq(simulator: SimulatorProcess) -> int:
    lines = loopback.get(f"{simulator.base_url}/log").json()["lines"]
    return int(lines[-1]["seq"]) if lines else 0


def test_the_simulator_keeps_no_address_of_staff(simulator: SimulatorProcess, channels: LocalChannels) -> None:
    before, alert = last_seq(simulator), an_alert()
    channels.alerts.send(alert)
    kept = loopback.get(f"{simulator.base_url}/log", params={"after": before}).text
    assert str(alert.message_id) in kept
    assert str(alert.email) not in kept
    assert str(alert.phone) not in kept


def test_the_local_channels_keep_the_protocols(channels: LocalChannels) -> None:
    voice: VoiceChannel = channels.voice
    sms: SmsChannel = channels.sms
    mail: MailChannel = channels.mail
    alerts: AlertChannel = channels.alerts
    assert all((voice, sms, mail, alerts))


@EVERY_ROUTE
def test_each_channel_hands_over_once(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str, route: str
) -> None:
    before = last_seq(simulator)
    assert SENDS[route](channels, phone).provider_id
    assert [accepted for _, accepted, _ in lines_since(simulator, before)] == [True]


FAULTS: list[tuple[str, type[ChannelError], list[bool]]] = [
    ("drop_before", Ambiguous, [False]),
    ("drop_after", Ambiguous, [True]),
    ("error_503", Ambiguous, [False]),
    ("too_many_429", NotSent, [False]),
]


@EVERY_ROUTE
@pytest.mark.parametrize(("mode", "error", "accepted"), FAULTS)
def test_a_fault_becomes_its_error_after_a_single_post(
    simulator: SimulatorProcess,
    channels: LocalChannels,
    phone: str,
    route: str,
    mode: str,
    error: type[ChannelError],
    accepted: list[bool],
) -> None:
    before = last_seq(simulator)
    put_fault(simulator, route=route, mode=mode)
    with pytest.raises(error):
        SENDS[route](channels, phone)
    assert [was_accepted for _, was_accepted, _ in lines_since(simulator, before)] == accepted


@EVERY_ROUTE
def test_a_hanging_provider_is_ambiguous(simulator: SimulatorProcess, phone: str, route: str) -> None:
    put_fault(simulator, route=route, mode="hang")
    with (
        LocalChannels(simulator.base_url, timeout=timedelta(seconds=0.2)) as hurried,
        pytest.raises(Ambiguous, match="ReadTimeout"),
    ):
        SENDS[route](hurried, phone)


def test_too_many_says_how_long_to_wait(simulator: SimulatorProcess, channels: LocalChannels, phone: str) -> None:
    put_fault(simulator, route="calls", mode="too_many_429", retry_after=7)
    with pytest.raises(NotSent) as raised:
        channels.voice.place(a_call(phone))
    assert raised.value.retry_after == timedelta(seconds=7)


def test_a_fault_strikes_as_often_as_asked(simulator: SimulatorProcess, channels: LocalChannels, phone: str) -> None:
    put_fault(simulator, route="sms", mode="error_503", count=2)
    for _ in range(2):
        with pytest.raises(Ambiguous):
            channels.sms.send(an_sms(phone))
    assert channels.sms.send(an_sms(phone)).provider_id


def test_a_fault_can_be_taken_back(simulator: SimulatorProcess, channels: LocalChannels, phone: str) -> None:
    put_fault(simulator, route="sms", mode="hang")
    put_fault(simulator, route="sms", mode="hang", count=0)
    assert channels.sms.send(an_sms(phone)).provider_id


def test_a_fault_that_cannot_happen_is_refused(simulator: SimulatorProcess) -> None:
    answer = loopback.put(f"{simulator.base_url}/faults", json={"route": "callbacks", "mode": "hang"})
    assert answer.status_code == 422


def test_nobody_listening_means_not_sent(phone: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with LocalChannels(f"http://127.0.0.1:{port}") as nowhere, pytest.raises(NotSent):
        nowhere.sms.send(an_sms(phone))


@pytest.mark.parametrize(
    ("send", "reason"),
    [
        (lambda channels: channels.voice.place(a_call("8 916")), RefusedReason.INVALID_NUMBER),
        (lambda channels: channels.sms.send(an_sms("112")), RefusedReason.INVALID_NUMBER),
        (lambda channels: channels.mail.send(a_mail("nobody")), RefusedReason.INVALID_ADDRESS),
        (lambda channels: channels.voice.fetch("call-unknown"), RefusedReason.NOT_FOUND),
        (
            lambda channels: channels.voice.place(a_call("+79160000000").model_copy(update={"specialist_phone": "12"})),
            RefusedReason.CONFIG,
        ),
    ],
)
def test_what_can_never_be_done_is_refused_with_its_reason(
    channels: LocalChannels, send: Callable[[LocalChannels], object], reason: RefusedReason
) -> None:
    with pytest.raises(Refused) as raised:
        send(channels)
    assert raised.value.reason is reason


def test_stop_closes_sms_to_that_phone_and_start_opens_it(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str
) -> None:
    inbox = f"{simulator.base_url}/people/{phone}/sms"
    loopback.post(inbox, json={"text": " stop "}).raise_for_status()
    with pytest.raises(Refused) as raised:
        channels.sms.send(an_sms(phone))
    assert raised.value.reason is RefusedReason.OPTED_OUT
    loopback.post(inbox, json={"text": "START"}).raise_for_status()
    assert channels.sms.send(an_sms(phone)).provider_id


def test_a_call_dropped_after_acceptance_is_found(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str
) -> None:
    since = datetime.now(UTC)
    put_fault(simulator, route="calls", mode="drop_after")
    with pytest.raises(Ambiguous):
        channels.voice.place(a_call(phone))
    (found,) = channels.voice.find(a_call(phone), since)
    assert channels.voice.fetch(found.provider_id).provider_id == found.provider_id
    assert channels.voice.find(a_call(phone), datetime.now(UTC)) == []


def test_a_call_dropped_before_acceptance_is_not_found(
    simulator: SimulatorProcess, channels: LocalChannels, phone: str
) -> None:
    put_fault(simulator, route="calls", mode="drop_before")
    with pytest.raises(Ambiguous):
        channels.voice.place(a_call(phone))
    assert channels.voice.find(a_call(phone), LONG_AGO) == []


def test_all_calls_since_are_found_the_oldest_first(channels: LocalChannels, phone: str) -> None:
    placed = [channels.voice.place(a_call(phone)) for _ in range(2)]
    assert channels.voice.find(a_call(phone), LONG_AGO) == placed


def test_an_sms_is_told_from_another_by_its_text(channels: LocalChannels, phone: str) -> None:
    channels.sms.send(an_sms(phone, "one"))
    two = channels.sms.send(an_sms(phone, "two"))
    assert channels.sms.find(phone, LONG_AGO, text="two") == two
    assert channels.sms.find(phone, LONG_AGO, text="three") is None
    assert channels.sms.find(phone, LONG_AGO) is not None


def test_personal_data_stays_out_of_repr_and_errors(phone: str) -> None:
    shown = repr([a_call(phone), an_sms(phone, "secret words"), a_mail("anna@example.org")])
    assert phone not in shown
    assert "secret words" not in shown
    assert "anna" not in shown
    with pytest.raises(ValueError, match="validity") as raised:
        SmsToSend.model_validate({"message_id": UUID(int=1), "phone": phone, "text": "x", "validity": phone})
    assert phone not in str(raised.value)


def test_it_will_not_start_without_its_secret(tmp_path: Path) -> None:
    absent = SimulatorProcess(log=tmp_path / "log", callback_url=NOBODY, secret_file=tmp_path / "absent")
    with pytest.raises(RuntimeError, match="did not start"), absent:
        pass
