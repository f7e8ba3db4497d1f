"""Faults at SendGrid, at our own address, and at home."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue, SecretStr

from ops.doctor.findings import Verdict
from ops.ports import free_port
from tests.ops.doctor.planting import Plant, Planted, told_otherwise
from tests.ops.doctor.provider_books import WEBHOOKS
from tests.ops.doctor.surgery import HOST, Surgery


def _webhook(surgery: Surgery, **changes: JsonValue) -> None:
    surgery.books.first(WEBHOOKS, "webhooks").update(changes)


def _unknown_host(_host: str, _port: int) -> list[str]:
    raise OSError("not known")


def _untrusted(surgery: Surgery) -> None:
    surgery.around(replace(surgery.outside, trust=ssl.create_default_context))


def _clock(off: timedelta) -> Plant:
    return lambda surgery: surgery.around(replace(surgery.outside, clock=lambda: datetime.now(UTC) + off))


def _silent(surgery: Surgery) -> None:
    surgery.change(public_url=f"https://{HOST}:{free_port()}")


def _only_slack(surgery: Surgery) -> None:
    file = surgery.written("alerts.toml", '[default]\nways = ["slack"]\n')
    surgery.change(slack_webhook=None, alerts_file=file)


ELSEWHERE = (
    Planted(
        "API with another token",
        lambda surgery: surgery.change(twilio_auth_token=SecretStr("renewed")),
        "Twilio signatures",
        "the running API refuses what Twilio would sign",
        "start the API anew",
    ),
    Planted(
        "proxy with a prefix",
        lambda surgery: surgery.change(public_url=f"{surgery.api.public_url}/desk"),
        "Twilio signatures",
        "answered with status 404",
        "unchanged",
    ),
    Planted(
        "key that may not send",
        told_otherwise("/v3/scopes", scopes=["stats.read"]),
        "SendGrid key",
        "may not send mail",
        "Mail Send",
    ),
    Planted(
        "foreign key",
        lambda surgery: surgery.change(sendgrid_api_key=SecretStr("SG.other")),
        "SendGrid key",
        "refuses this API key",
        "CLOSELOOP_SENDGRID_API_KEY",
    ),
    Planted(
        "unknown domain",
        lambda surgery: surgery.change(mail_from="desk@other.example"),
        "mail sender",
        "knows nothing of other.example",
        "Sender Authentication",
    ),
    Planted(
        "DNS missing",
        lambda surgery: surgery.books.answers.update(
            {
                "/v3/whitelabel/domains": [
                    {
                        "domain": "help.example",
                        "valid": False,
                        "dns": {"dkim1": {"valid": False, "host": "s1._domainkey.help.example"}},
                    }
                ]
            }
        ),
        "mail sender",
        "s1._domainkey.help.example",
        "Verify",
    ),
    Planted(
        "no event webhook",
        lambda surgery: _webhook(surgery, url="https://elsewhere.example/events"),
        "mail events",
        "no event webhook leads to us",
        "/webhooks/sendgrid/events",
    ),
    Planted(
        "bounces not told",
        lambda surgery: _webhook(surgery, bounce=False),
        "mail events",
        "does not tell of: bounce",
        "tick",
    ),
    Planted(
        "events unsigned",
        lambda surgery: _webhook(surgery, public_key=None, id=None),
        "mail event key",
        "is not signed",
        "Signed Event Webhook",
    ),
    Planted(
        "events of another key",
        lambda surgery: surgery.change(sendgrid_webhook_key="MFkwAnother=="),
        "mail event key",
        "another key than ours",
        "CLOSELOOP_SENDGRID_WEBHOOK_KEY",
    ),
    Planted(
        "plain http",
        lambda surgery: surgery.change(public_url="http://loop.help.example"),
        "public address",
        "is not https",
        "CLOSELOOP_PUBLIC_URL",
    ),
    Planted(
        "underscore",
        lambda surgery: surgery.change(public_url="https://loop_api.help.example"),
        "public address",
        "underscore",
        "another name",
    ),
    Planted(
        "no such name",
        lambda surgery: surgery.around(replace(surgery.outside, resolve=_unknown_host)),
        "public address",
        "is not known",
        "DNS",
    ),
    Planted(
        "leads to itself",
        lambda surgery: surgery.around(replace(surgery.outside, resolve=lambda _host, _port: ["127.0.0.1"])),
        "public address",
        "leads to this machine itself",
        "public address",
    ),
    Planted(
        "untrusted",
        _untrusted,
        "certificate",
        "is not trusted",
        "renew",
    ),
    Planted(
        "ends soon",
        _clock(timedelta(days=50)),
        "certificate",
        "ends in 10 days",
        "renew",
    ),
    Planted(
        "wrong clock",
        _clock(timedelta(minutes=-10)),
        "clock",
        "s behind Twilio's: signed webhooks are refused",
        "timedatectl",
    ),
    Planted(
        "no Slack webhook",
        lambda surgery: surgery.change(slack_webhook=SecretStr("https://hooks.slack.com/workflows/T0/A0/1/x")),
        "Slack",
        "no incoming webhook of Slack",
        "CLOSELOOP_SLACK_WEBHOOK",
    ),
    Planted(
        "no forms",
        lambda surgery: surgery.change(forms_file=Path("nowhere.toml")),
        "forms",
        "nowhere.toml",
        "mend the file",
    ),
    Planted(
        "alerts without a way",
        _only_slack,
        "alert ways",
        "none of slack is set up here",
        "docs/alerts.md",
    ),
    Planted(
        "events end at the proxy",
        lambda surgery: surgery.change(public_url=f"{surgery.api.public_url}/desk"),
        "SendGrid signatures",
        "answered with status 404",
        "unchanged",
    ),
    Planted(
        "proxy is down",
        _silent,
        "SendGrid signatures",
        "could not be tried: the public address does not answer",
        "mend the lines about the public address",
        Verdict.UNSURE,
    ),
    Planted(
        "another site answers",
        lambda surgery: surgery.change(public_url=f"{surgery.api.public_url}/desk"),
        "API",
        "something else answers at the public address (status 404)",
        "hand on the whole path",
    ),
)
