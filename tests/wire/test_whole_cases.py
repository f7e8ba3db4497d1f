"""Whole cases over the wire: a survey's webhook, two legs of a call, a final survey; and everything that goes wrong."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests import loopback
from tests.wire.players import Played, Player, play_in_turn
from tests.wire.sendgrid_like.server import KEY
from tests.wire.slack_like import SECRET
from tests.wire.stories import SLACK_AWAY, STORIES, Story
from tests.wire.town import CALLER_ID, COMPANY, Town, inhabited
from tests.wire.twilio_like.server import TOKEN

pytestmark = pytest.mark.timeout(300)
ALL = (*STORIES, *SLACK_AWAY)
AT_ONCE = 14
"""Those that take long are among the first, and wait most of the time."""
TELLERS = 4


@dataclass(frozen=True)
class Ended:
    """After all the stories: what they left."""

    town: Town = field(repr=False)
    players: dict[str, Player] = field(repr=False)
    replayed: list[tuple[str, int]] = field(repr=False)
    """Old callbacks that were posted once more, each with the status of our answer."""
    steps_after: dict[str, int] = field(repr=False)
    """How many steps each case has after that."""
    logs: dict[str, str] = field(repr=False)
    """Once everything has stopped."""


@pytest.fixture(scope="module")
def ended(short_folder: Path) -> Ended:
    with inhabited(Path(mkdtemp(dir=short_folder))) as town:
        players = {story.name: Player(town, Played(story, place)) for place, story in enumerate(ALL)}
        turns = sorted([SLACK_AWAY, *((story,) for story in STORIES)], key=lambda turn: not turn[0].takes_long)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(play_in_turn, ([players[story.name] for story in turn] for turn in turns)))
        replayed = _replay(town)
        steps_after = {name: _steps(town, player) for name, player in players.items()}
    return Ended(town, players, replayed, steps_after, town.logs())


def _replay(town: Town) -> list[tuple[str, int]]:
    """Everything the providers have said, once more, the last first, several at a time."""
    told = [one for one in reversed(town.twilio.ledger.told) if one.honest]
    batches = [batch for batch in reversed(town.sendgrid.told) if batch.honest]
    with ThreadPoolExecutor(TELLERS) as pool:
        steered = pool.map(town.twilio.courier.again, told)
        posted = pool.map(lambda batch: town.sendgrid.teller.again(town.sendgrid.events_url, batch), batches)
        again = [(one.url.rpartition("/")[2], status) for one, status in zip(told, steered, strict=True)]
        return again + [("events", status) for status in posted]


def _steps(town: Town, player: Player) -> int:
    headers = {"authorization": f"Bearer {town.running.tokens['lead']}"}
    answer = loopback.get(f"{town.api}/cases/{player.played.case}/timeline", headers=headers, timeout=30)
    return len(answer.json()["steps"]) if answer.is_success else 0


each_story = pytest.mark.parametrize("story", ALL, ids=lambda story: story.name)


@each_story
def test_the_case_ends_right(ended: Ended, story: Story) -> None:
    played = ended.players[story.name].played
    assert played.failure == "", (played.failure, played.steps)
    ends = [step.removeprefix("attempt_ended ") for step in played.steps if step.startswith("attempt_ended ")]
    assert ends == list(story.attempts), played.steps
    assert played.steps[-1] == story.ending, played.steps


@each_story
def test_the_customers_telephone_rings_once_for_each_attempt(ended: Ended, story: Story) -> None:
    """Not at all for one that the specialist did not take, or that the provider never got."""
    legs = ended.players[story.name].legs_to_customer()
    assert len(legs) == sum(outcome != "technical" for outcome in story.placed)
    assert {leg.from_ for leg in legs} <= {CALLER_ID}


@each_story
def test_the_provider_is_asked_for_each_call_once(ended: Ended, story: Story) -> None:
    """Again only after it has said that it did not accept."""
    posts = ended.town.twilio.ledger.posts("Calls", To=ended.players[story.name].played.specialists_phone)
    attempts = [re.search(r"/calls/([0-9a-f-]{36})/", post.form["Url"]) for post in posts]
    distinct = {found.group(1) for found in attempts if found}
    assert len(distinct) == len(story.placed)
    assert len(posts) == (story.posts if story.call_fault else len(story.placed))


RINGING_US = [story for story in STORIES if story.rings_us]


@pytest.mark.parametrize("story", RINGING_US, ids=lambda story: story.name)
def test_whoever_rings_us_is_greeted_and_put_through(ended: Ended, story: Story) -> None:
    player = ended.players[story.name]
    assert COMPANY in player.played.heard[0]
    assert len(player.played.heard) >= 2, "they also hear that we look for somebody"
    assert "customer_reached" in player.played.steps
    assert ended.town.twilio.ledger.posts("Calls", To=player.played.specialists_phone) == []


WRITING = [story for story in STORIES if story.writes]


@pytest.mark.parametrize("story", WRITING, ids=lambda story: story.name)
def test_whoever_wrote_stop_hears_no_more(ended: Ended, story: Story) -> None:
    player = ended.players[story.name]
    assert len(player.posts_to_customer()) == player.played.before_final


FAULTY_MESSAGES = [story for story in STORIES if story.sms_fault or story.mail_fault]


@pytest.mark.parametrize("story", FAULTY_MESSAGES, ids=lambda story: story.name)
def test_the_final_survey_leaves_once(ended: Ended, story: Story) -> None:
    """Posted again only after it was refused, or proven absent; one is accepted in the end."""
    player = ended.players[story.name]
    assert len(player.posts_to_customer()) - player.played.before_final == story.posts
    if story.mail_fault:
        texts = [letter.parts["text/plain"] for letter in ended.town.sendgrid.to(player.played.address)]
    else:
        messages = ended.town.twilio.ledger.messages.values()
        texts = [message.body for message in messages if message.to == player.played.numbers[-1]]
    assert sum("/s/" in text for text in texts) == 1


def test_a_final_survey_that_bounced_goes_by_sms(ended: Ended) -> None:
    player = ended.players["mail: bounced"]
    [survey] = player.posts_to_customer()[player.played.before_final :]
    [sms] = player.sms_to(player.played.numbers[0])
    assert (survey, "/s/" in sms.form["Body"]) == (player.played.address, True)


def test_what_a_landline_does_not_take_goes_by_mail_and_nothing_more_by_sms(ended: Ended) -> None:
    player = ended.players["sms: landline"]
    assert len(player.sms_to(player.played.numbers[0])) == 1
    assert len(player.posts_to_customer()) == 3, "the request was received, the time was agreed, the final survey"


def test_an_alert_goes_by_mail_while_slack_is_away_until_a_lead_has_seen_it(ended: Ended) -> None:
    for story in SLACK_AWAY:
        steps = ended.players[story.name].played.steps
        assert "alarm_repeated promise_broken" not in steps[steps.index("acknowledged") :], steps


def test_slack_that_has_refused_once_is_asked_with_the_next_alert(ended: Ended) -> None:
    player, slack = ended.players[SLACK_AWAY[0].name], ended.town.slack
    case = player.played.case
    assert case
    assert (slack.asked_about(case), slack.said_about(case), len(player.alerts_by_mail())) == (2, 1, 1)


def test_slack_that_does_not_answer_is_left_alone_for_a_while(ended: Ended) -> None:
    player, slack = ended.players[SLACK_AWAY[1].name], ended.town.slack
    case, steps = player.played.case, player.played.steps
    assert case
    alerts = sum(step in ("promise_broken", "alarm_repeated promise_broken") for step in steps)
    assert (slack.asked_about(case), slack.said_about(case), len(player.alerts_by_mail())) == (1, 0, alerts)


def test_what_we_say_is_understood(ended: Ended) -> None:
    assert ended.town.twilio.ledger.complaints == []


def test_whatever_is_rightly_signed_is_taken(ended: Ended) -> None:
    told = [one for one in ended.town.twilio.ledger.told if one.honest]
    assert len(told) > 10 * len(STORIES)
    assert {one.status for one in told} <= {200, 204}, [one for one in told if one.status not in (200, 204)]
    assert {one.status for one in ended.town.sendgrid.told if one.honest} == {202}


def test_whatever_is_wrongly_signed_is_refused(ended: Ended) -> None:
    forged = [one.status for one in ended.town.twilio.ledger.told if not one.honest]
    assert len(forged) > 5
    assert set(forged) == {403}
    assert {one.status for one in ended.town.sendgrid.told if not one.honest} == {401}


def test_old_callbacks_change_nothing(ended: Ended) -> None:
    assert len(ended.replayed) > 10 * len(STORIES)
    assert {status for _, status in ended.replayed} <= {200, 202, 204}
    for name, player in ended.players.items():
        assert ended.steps_after[name] == len(player.played.steps), name


def test_nothing_personal_is_in_any_log(ended: Ended) -> None:
    """At DEBUG, of every process; neither is what opens our accounts."""
    assert {"api.log", "worker.log", "relay.log"} <= set(ended.logs)
    assert "DEBUG" in ended.logs["worker.log"], "the search must be able to find what is there"
    found = {(name, word) for name, text in ended.logs.items() for word in _personal(ended) if word in text}
    assert found == set()


def _personal(ended: Ended) -> set[str]:
    words = {TOKEN, KEY, SECRET, "Полянская", "замолкает", "Переустановили"}
    for player in ended.players.values():
        played = player.played
        words |= {number.removeprefix("+7") for number in (*played.numbers, played.specialists_phone)}
        words |= {played.address, played.specialists_address}
    return words
