"""Whole cases over the wire: a survey's webhook, two legs of a call, a final survey; and everything that goes wrong."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import httpx2
import pytest

from ops.demo.errors import DemoError
from tests.wire.sendgrid_like.server import KEY
from tests.wire.stories import STORIES, Played, Player, Story
from tests.wire.town import CALLER_ID, COMPANY, Town, inhabited
from tests.wire.twilio_like.server import TOKEN

pytestmark = pytest.mark.timeout(300)
OTHERWISE = (AssertionError, DemoError, httpx2.HTTPError)


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
        players = {story.name: Player(town, Played(story, place)) for place, story in enumerate(STORIES)}
        with ThreadPoolExecutor(len(players)) as pool:
            list(pool.map(_play, players.values()))
        replayed = _replay(town)
        steps_after = {name: _steps(town, player) for name, player in players.items()}
    return Ended(town, players, replayed, steps_after, town.logs())


def _play(player: Player) -> None:
    try:
        player.play()
    except OTHERWISE as error:
        player.played.failure = f"{type(error).__name__}: {error}"


def _replay(town: Town) -> list[tuple[str, int]]:
    """Everything the providers have said, once more, the last first."""
    told = [one for one in town.twilio.ledger.told if one.honest]
    again = [(one.url.rpartition("/")[2], town.twilio.courier.again(one)) for one in reversed(told)]
    batches = [batch for batch in town.sendgrid.told if batch.honest]
    return again + [("events", town.sendgrid.teller.again(town.sendgrid.events_url, one)) for one in reversed(batches)]


def _steps(town: Town, player: Player) -> int:
    headers = {"authorization": f"Bearer {town.running.tokens['lead']}"}
    answer = httpx2.get(f"{town.api}/cases/{player.played.case}/timeline", headers=headers, timeout=30, trust_env=False)
    return len(answer.json()["steps"]) if answer.is_success else 0


each_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)


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
    words = {TOKEN, KEY, "Полянская", "замолкает", "Переустановили"}
    for player in ended.players.values():
        played = player.played
        words |= {number.removeprefix("+7") for number in (*played.numbers, played.specialists_phone)}
        words.add(played.address)
    return words
