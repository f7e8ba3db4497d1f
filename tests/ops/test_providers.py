"""Who rings, writes and alerts, as the settings say."""

from pathlib import Path

import pytest

from channels.errors import NotSent
from channels.protocols import SmsToSend
from db.columns import new_id
from providers import providers
from settings import Settings
from tests.http_receiver import Answer, Receiver

TWILIO = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "token"}
SENDGRID = {
    "mailer": "sendgrid",
    "sendgrid_api_key": "SG.key",
    "sendgrid_webhook_key": "key",
    "mail_from": "care@example.com",
}


def settings(**changes: object) -> Settings:
    return Settings.model_validate({"_env_file": None, **changes})


def test_everything_is_local_unless_told() -> None:
    ours = settings()
    assert ours.uses_simulator
    assert not ours.uses_twilio


def test_nothing_of_the_simulator_is_left_with_accounts_for_all() -> None:
    ours = settings(telephony="twilio", **TWILIO, **SENDGRID)
    assert ours.uses_twilio
    assert not ours.uses_simulator


def test_a_country_may_go_another_way() -> None:
    ours = settings(telephony_by_country="KZ=twilio", **TWILIO)
    assert ours.uses_twilio
    assert ours.uses_simulator


def test_a_number_goes_to_the_carrier_of_its_country() -> None:
    full = Answer(429)
    with Receiver(otherwise=full) as local, Receiver(otherwise=full) as twilio:
        ours = settings(channels_url=base(local), twilio_url=base(twilio), telephony_by_country="KZ=twilio", **TWILIO)
        with providers(ours) as channels:
            for phone in ("+79161234567", "+77011234567"):
                with pytest.raises(NotSent):
                    channels.sms.send(SmsToSend(message_id=new_id(), phone=phone, text="Hello"))
        assert ["+79161234567" in one.body.decode() for one in local.taken] == [True]
        assert ["77011234567" in one.body.decode() for one in twilio.taken] == [True]


def base(server: Receiver) -> str:
    return server.url.removesuffix("/hook")


def test_a_table_of_alerts_that_reaches_nobody_is_refused_at_the_start(tmp_path: Path) -> None:
    table = tmp_path / "alerts.toml"
    table.write_text('[default]\nways = ["slack"]\n')
    ours = settings(telephony="twilio", alerts_file=table, **TWILIO, **SENDGRID)
    with pytest.raises(SystemExit, match="CLOSELOOP_ALERTS_FILE"), providers(ours):
        pass
