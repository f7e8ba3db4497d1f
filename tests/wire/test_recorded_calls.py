"""Whole cases with recording on: nobody is recorded who was not told, whoever is erased is not heard any more."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

import httpx2
import pytest
from sqlmodel import Session, col, select

from channels import hold_texts
from channels.twilio.twiml import WORDS
from db.casework import Attempt
from domain.hold import Moment
from domain.words import AttemptOutcome, Language
from ops.seed import PEOPLE
from tests.waiting import until
from tests.wire.players import Played, Player, play_in_turn
from tests.wire.stories import RECORDED, Story
from tests.wire.town import COMPANY, Town, inhabited
from tests.wire.twilio_like.people import Person, PicksUp
from tests.wire.twilio_like.records import Call, Recording

pytestmark = pytest.mark.timeout(180)
OUTBOUND, INBOUND, IN_VAIN = RECORDED


@dataclass(frozen=True)
class Ended:
    """After all the stories, and after all their customers were erased."""

    town: Town = field(repr=False)
    players: dict[str, Player] = field(repr=False)
    calls: dict[str, Call] = field(repr=False)
    """Before anybody was erased, as the next two."""
    recordings: Sequence[Recording]
    known: dict[str, set[str]]
    """By story: the ids at the provider of the calls we placed in which somebody was reached."""
    proofs: Sequence[dict[str, dict[str, int]]]
    """What each erasure asked of the providers."""


@pytest.fixture(scope="module")
def ended(short_folder: Path) -> Ended:
    with inhabited(Path(mkdtemp(dir=short_folder)), record_calls="true") as town:
        for _, _, phone in PEOPLE.values():
            town.twilio.people.script(phone or "", Person(PicksUp.NO_ANSWER))
        players = {story.name: Player(town, Played(story, place)) for place, story in enumerate(RECORDED)}
        turns = [[players[OUTBOUND.name]], [players[INBOUND.name], players[IN_VAIN.name]]]
        with ThreadPoolExecutor(len(turns)) as pool:
            list(pool.map(play_in_turn, turns))
        ledger = town.twilio.ledger
        calls, recordings = dict(ledger.calls), list(ledger.recordings.values())
        known = {name: _known(town, player.played.case) for name, player in players.items()}
        proofs = [_erased(town, player.played.address) for player in players.values()]
    return Ended(town, players, calls, recordings, known, proofs)


def _known(town: Town, case: UUID | None) -> set[str]:
    reached = (Attempt.case_id == case, Attempt.outcome == AttemptOutcome.REACHED, col(Attempt.inbound).is_(False))
    with Session(town.engine) as session:
        return {known for known in session.exec(select(Attempt.provider_id).where(*reached)) if known}


def _erased(town: Town, address: str) -> dict[str, dict[str, int]]:
    headers = {"Authorization": f"Bearer {town.running.tokens['manager']}"}
    with httpx2.Client(base_url=town.api, headers=headers, timeout=20, trust_env=False) as manager:
        asked = manager.post("/erasures", json={"email": address})
        assert asked.status_code == 202, asked.text
        proof = f"/erasures/{asked.json()['id']}"
        until(lambda: manager.get(proof).json()["finished_at"], "the erasure")
        providers: dict[str, dict[str, int]] = manager.get(proof).json()["providers"]
    return providers


@pytest.mark.parametrize("story", RECORDED, ids=lambda story: story.name)
def test_the_case_ends_right(ended: Ended, story: Story) -> None:
    played = ended.players[story.name].played
    assert played.failure == "", (played.failure, played.steps)
    ends = [step.removeprefix("attempt_ended ") for step in played.steps if step.startswith("attempt_ended ")]
    assert ends == list(story.attempts), played.steps
    assert played.steps[-1] == story.ending, played.steps


@pytest.mark.parametrize("story", RECORDED, ids=lambda story: story.name)
def test_the_provider_is_asked_for_each_call_once(ended: Ended, story: Story) -> None:
    posts = ended.town.twilio.ledger.posts("Calls", To=ended.players[story.name].played.specialists_phone)
    assert len(posts) == len(story.placed)


def test_each_conversation_is_recorded_after_both_have_heard_so(ended: Ended) -> None:
    """By the one who dials and by the one who picks up; and nothing else is recorded."""
    assert len(ended.recordings) == len(RECORDED)
    told = {words.recorded for words in WORDS.values()}
    for recording in ended.recordings:
        assert [bool(told & set(leg)) for leg in recording.heard] == [True, True], recording


def test_each_hears_so_in_their_own_language(ended: Ended) -> None:
    [recording] = [one for one in ended.recordings if one.call in ended.known[OUTBOUND.name]]
    specialist, customer = recording.heard
    assert specialist[-1] == WORDS[Language.EN].recorded
    assert customer == (WORDS[Language.RU].recorded,)


@pytest.mark.parametrize("story", [OUTBOUND, IN_VAIN], ids=lambda story: story.name)
def test_the_id_by_which_a_recording_is_found_is_kept(ended: Ended, story: Story) -> None:
    recorded = {recording.call for recording in ended.recordings}
    assert len(ended.known[story.name]) == 1
    assert ended.known[story.name] <= recorded


def test_who_finds_nobody_free_is_told_so_and_called_back(ended: Ended) -> None:
    """Their owner and the others are rung first; then the owner, and nobody else, is told by one SMS."""
    player = ended.players[IN_VAIN.name]
    played = player.played
    greeting, *_, last = played.heard
    assert COMPANY in greeting
    assert last in {text.say for text in hold_texts.read().ru[Moment.CALL_BACK]}
    steps = [step.partition(" ")[0] for step in played.steps]
    assert steps.index("customer_rang") < steps.index("next_attempt_due") < steps.index("attempt_ended")
    rung = [call.to for call in ended.calls.values() if call.parent and call.parent.from_ == played.numbers[0]]
    assert rung[0] == played.specialists_phone
    assert len(rung) > 1
    alerts = ended.town.twilio.ledger.posts("Messages", Body=f"/cases/{played.case}")
    assert [alert.form["To"] for alert in alerts if "rang" in alert.form["Body"]] == [played.specialists_phone]


def test_no_line_was_dead(ended: Ended) -> None:
    assert ended.town.twilio.ledger.complaints == []
    assert {one.status for one in ended.town.twilio.ledger.told} <= {200, 204}
    inbound = [call for call in ended.calls.values() if call.direction == "inbound"]
    assert len(inbound) == 2
    assert all(len(call.heard) >= 2 for call in inbound)


def test_an_erasure_leaves_no_recording_call_or_sms_at_the_provider(ended: Ended) -> None:
    ledger = ended.town.twilio.ledger
    assert ledger.recordings == {}
    numbers = {number for player in ended.players.values() for number in player.played.numbers}
    assert [call for call in ledger.calls.values() if numbers & {call.to, call.from_}] == []
    assert [sms for sms in ledger.messages.values() if numbers & {sms.to, sms.from_}] == []
    assert {recording.call for recording in ended.recordings} & set(ledger.calls) == set()


def test_each_recording_is_deleted_once(ended: Ended) -> None:
    asked = [one.path for one in ended.town.twilio.ledger.asked if (one.method, one.route) == ("DELETE", "Recordings")]
    wanted = {recording.sid for recording in ended.recordings}
    assert sorted(path.rpartition("/")[2].removesuffix(".json") for path in asked) == sorted(wanted)


def test_the_proof_of_an_erasure_says_that_the_providers_have_forgotten(ended: Ended) -> None:
    for player, providers in zip(ended.players.values(), ended.proofs, strict=True):
        assert set(providers["person"]) == {"forgotten"}
        assert set(providers.get("call", {"forgotten": 1})) == {"forgotten"}
        assert player.played.address in ended.town.sendgrid.erased
