"""An alert finds a way: one that is down is passed over at once, and only when none is open it is tried later."""

import logging
from datetime import timedelta
from itertools import product

import pytest
from pydantic import SecretStr

from channels.alerts.by_ways import AlertsByWays
from channels.alerts.choice import alerts_over
from channels.alerts.routing import BadRoutes, routes_from
from channels.alerts.slack import SlackAlerts
from channels.errors import Ambiguous, ChannelError, NotSent, Refused, RefusedReason
from channels.protocols import AlertChannel, MailToSend, SmsToSend
from tests.channels.alerts.alert_ways import EMAIL, PHONE, Post, an_alert
from tests.http_receiver import Answer, Receiver

ROUTES = routes_from(None)
DOWN: tuple[ChannelError, ...] = (NotSent("away"), Ambiguous("timeout"), Refused(RefusedReason.CONFIG))


def by_ways(
    mail: Post | None = None, sms: Post | None = None, slack: AlertChannel | None = None, stand_in: Post | None = None
) -> AlertsByWays:
    return alerts_over(ROUTES, mail=mail, sms=sms, slack=slack, stand_in=stand_in)


def test_an_ordinary_alert_goes_by_mail_alone() -> None:
    mail, sms = Post(), Post()
    alert = an_alert()
    assert by_ways(mail, sms).send(alert).provider_id == "mail:P1"
    (sent,) = mail.sent
    assert isinstance(sent, MailToSend)
    assert (sent.message_id, sent.address, sent.subject) == (alert.message_id, EMAIL, alert.title)
    assert alert.link in sent.text
    assert "nothing &lt;has&gt; happened" in sent.html
    assert not sms.sent


def test_a_severe_alert_goes_by_two_ways_at_once() -> None:
    mail, sms, slack = Post(), Post(), Post()
    assert by_ways(mail, sms, slack).send(an_alert(kind="promise_broken")).provider_id == "sms:P1 mail:P1"
    (sent,) = sms.sent
    assert isinstance(sent, SmsToSend)
    assert (sent.phone, sent.text) == (PHONE, "1a2b: nothing <has> happened\nhttps://loop.example/cases/1")
    assert not slack.sent


def test_one_way_is_enough_for_a_severe_alert_when_the_others_are_down() -> None:
    alerts = by_ways(Post(NotSent("away")), Post(Ambiguous("timeout")), Post())
    assert alerts.send(an_alert(kind="promise_broken")).provider_id == "slack:P1"


@pytest.mark.parametrize(("mail", "sms"), list(product(DOWN, DOWN)), ids=lambda error: type(error).__name__)
def test_whatever_is_wrong_with_a_way_the_next_one_is_taken_at_once(mail: ChannelError, sms: ChannelError) -> None:
    assert by_ways(Post(mail), Post(sms), Post()).send(an_alert()).provider_id == "slack:P1"


def test_who_has_no_address_is_told_by_the_next_way() -> None:
    assert by_ways(Post(), Post()).send(an_alert(email=None)).provider_id == "sms:P1"
    assert by_ways(Post(), Post(), Post()).send(an_alert(email=None, phone=None)).provider_id == "slack:P1"


@pytest.mark.parametrize(
    ("mail", "sms", "wait"),
    [
        (NotSent("429", timedelta(seconds=40)), NotSent("429", timedelta(seconds=7)), timedelta(seconds=7)),
        (NotSent("429", timedelta(seconds=40)), NotSent("away"), None),
        (NotSent("429", timedelta(seconds=40)), Ambiguous("timeout"), None),
        (NotSent("429", timedelta(seconds=40)), Refused(RefusedReason.OPTED_OUT), timedelta(seconds=40)),
    ],
)
def test_when_no_way_is_open_the_soonest_is_waited_for(
    mail: ChannelError, sms: ChannelError, wait: timedelta | None
) -> None:
    with pytest.raises(NotSent) as none:
        by_ways(Post(mail), Post(sms)).send(an_alert())
    assert none.value.retry_after == wait


def test_who_can_be_told_by_no_way_at_all_is_not_tried_for_ever() -> None:
    with pytest.raises(Refused) as refused:
        by_ways(Post(), Post()).send(an_alert(email=None, phone=None))
    assert refused.value.reason is RefusedReason.INVALID_ADDRESS


def test_a_kind_that_reaches_nobody_here_is_refused_at_the_start() -> None:
    routes = routes_from('[idle]\nways = ["slack"]')
    with pytest.raises(BadRoutes, match=r"\[idle\] ways: none of slack is set up here"):
        alerts_over(routes, mail=Post())
    assert alerts_over(routes, mail=Post(), slack=Post()).send(an_alert()).provider_id == "slack:P1"


def test_the_stand_in_takes_alerts_only_while_there_is_no_way() -> None:
    stand_in = Post()
    assert by_ways(stand_in=stand_in).send(an_alert()).provider_id == "P1"
    with pytest.raises(NotSent):
        by_ways(Post(NotSent("away")), stand_in=stand_in).send(an_alert())
    assert len(stand_in.sent) == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(429, {"retry-after": "30"}), Answer(500), Answer(503), Answer(404), Answer(drop=True), Answer(hang=True)],
    ids=["429", "500", "503", "404", "drop", "hang"],
)
def test_a_slack_that_fails_is_passed_over(answer: Answer) -> None:
    routes = routes_from('[default]\nways = ["slack", "mail"]')
    mail = Post()
    with Receiver(otherwise=answer) as server, slack_at(server.url, timeout=timedelta(milliseconds=300)) as slack:
        alerts = alerts_over(routes, mail=mail, slack=slack)
        assert alerts.send(an_alert()).provider_id == "mail:P1"
        assert len(server.taken) == 1


def test_a_slack_that_is_down_is_passed_over() -> None:
    with Receiver() as server:
        pass
    with slack_at(server.url) as slack:
        assert by_ways(Post(NotSent("away")), Post(), slack).send(an_alert()).provider_id == "sms:P1"
        with pytest.raises(NotSent):
            by_ways(Post(NotSent("away")), None, slack).send(an_alert())


def test_no_address_and_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with (
        Receiver(otherwise=Answer(500)) as server,
        slack_at(f"{server.url}/T0SECRET") as slack,
        pytest.raises(NotSent),
    ):
        by_ways(Post(NotSent("away")), Post(Ambiguous("away")), slack).send(an_alert())
    assert "alerts by sms fails: Ambiguous, away" in caplog.text
    for secret in (EMAIL, PHONE, "T0SECRET", "Irina"):
        assert secret not in caplog.text
    assert EMAIL not in repr(an_alert())


def test_a_way_that_is_down_is_said_once_and_once_that_it_works_again(caplog: pytest.LogCaptureFixture) -> None:
    mail, sms = Post(NotSent("ConnectError")), Post(Refused(RefusedReason.INVALID_NUMBER))
    alerts = by_ways(mail, sms)
    for _ in range(3):
        with pytest.raises(NotSent):
            alerts.send(an_alert())
    mail.error = None
    for _ in range(2):
        alerts.send(an_alert())
    assert caplog.messages == ["alerts by mail fails: NotSent, ConnectError", "alerts by mail works again"]


def slack_at(url: str, *, timeout: timedelta = timedelta(seconds=5)) -> SlackAlerts:
    return SlackAlerts(SecretStr(url), timeout=timeout)
