"""Slack: what its room reads, and what its answers mean."""

import json
from datetime import timedelta

import pytest
from pydantic import SecretStr

from channels.alerts.slack import LEFT_ALONE, SAID_ONCE, SlackAlerts
from channels.errors import Ambiguous, NotSent, Refused
from tests.channels.alerts.alert_ways import an_alert
from tests.http_receiver import Answer, Receiver


def test_the_room_reads_title_text_and_link_without_markup_of_others() -> None:
    with Receiver() as server, SlackAlerts(SecretStr(server.url)) as slack:
        slack.send(an_alert())
        (taken,) = server.taken
    told = "*1a2b: nothing &lt;has&gt; happened*\nWhat &amp; when?\n<https://loop.example/cases/1>"
    assert json.loads(taken.body) == {"text": told}


def test_what_goes_to_several_people_is_said_once() -> None:
    seconds = [0.0]
    with Receiver() as server, SlackAlerts(SecretStr(server.url), clock=lambda: seconds[0]) as slack:
        for _ in range(3):
            slack.send(an_alert())
        slack.send(an_alert(title="another"))
        assert len(server.taken) == 2
        seconds[0] += SAID_ONCE.total_seconds()
        slack.send(an_alert())
        assert len(server.taken) == 3


def test_what_was_not_said_is_said_for_the_next_one() -> None:
    with Receiver(Answer(500)) as server, SlackAlerts(SecretStr(server.url)) as slack:
        with pytest.raises(Ambiguous):
            slack.send(an_alert())
        slack.send(an_alert())
        assert len(server.taken) == 2


def test_one_that_does_not_answer_holds_up_one_alert_and_no_other_for_a_while() -> None:
    seconds, patience = [0.0], timedelta(seconds=0.2)
    hangs = Receiver(Answer(hang=True))
    with hangs as server, SlackAlerts(SecretStr(server.url), timeout=patience, clock=lambda: seconds[0]) as slack:
        with pytest.raises(Ambiguous):
            slack.send(an_alert())
        seconds[0] += 10
        with pytest.raises(NotSent) as wait:
            slack.send(an_alert(title="another"))
        assert wait.value.retry_after == LEFT_ALONE - timedelta(seconds=10)
        assert len(server.taken) == 1
        seconds[0] += 20
        slack.send(an_alert())
        slack.send(an_alert(title="another"))
        assert len(server.taken) == 3


def test_too_many_says_when_to_come_back() -> None:
    with (
        Receiver(Answer(429, {"retry-after": "30"})) as server,
        SlackAlerts(SecretStr(server.url)) as slack,
        pytest.raises(NotSent) as wait,
    ):
        slack.send(an_alert())
    assert wait.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410])
def test_a_hook_that_is_wrong_is_the_operators_matter(status: int) -> None:
    elsewhere = {"location": "http://127.0.0.1:9/"}
    with Receiver(Answer(status, elsewhere)) as server, SlackAlerts(SecretStr(server.url)) as slack:
        with pytest.raises(Refused):
            slack.send(an_alert())
        assert len(server.taken) == 1
