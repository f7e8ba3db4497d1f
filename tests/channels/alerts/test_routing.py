"""The table of alerts: what is built in, what a file may change, and what is said of one that does not hold."""

from pathlib import Path

import pytest

from channels.alerts.routing import BadRoutes, Route, Way, routes_from, routes_in
from domain.addressees import Addressee, Addressees, Presence
from domain.announcements import ALERT_KINDS

ORDINARY = Route(ways=(Way.MAIL, Way.SMS, Way.SLACK))
SEVERE = Route(ways=(Way.SMS, Way.MAIL, Way.SLACK), at_once=2)


@pytest.mark.parametrize("kind", sorted(ALERT_KINDS))
def test_only_what_cannot_wait_goes_by_two_ways(kind: str) -> None:
    severe = kind in {"promise_broken", "callback_broken", "deadline_missed"}
    assert routes_from(None).of(kind) == (SEVERE if severe else ORDINARY)


@pytest.mark.parametrize(
    ("text", "kind", "route"),
    [
        ('[idle]\nways = ["slack"]', "idle", Route(ways=(Way.SLACK,))),
        ('[idle]\nways = ["slack"]', "new_case", ORDINARY),
        ('[default]\nways = ["slack", "mail"]', "new_case", Route(ways=(Way.SLACK, Way.MAIL))),
        ('[default]\nways = ["slack", "mail"]', "promise_broken", Route(ways=(Way.SLACK, Way.MAIL), at_once=2)),
        ("[promise_broken]\nat_once = 1", "promise_broken", Route(ways=SEVERE.ways, at_once=1)),
        ('[default]\nways = ["sms"]\n[idle]\nways = ["mail"]', "idle", Route(ways=(Way.MAIL,))),
        ('[idle]\nto = ["owner", "lead"]', "idle", Route(to=(Addressee.OWNER, Addressee.LEAD))),
        ('[idle]\nto = ["lead"]\nwho = "anybody"', "idle", Route(to=(Addressee.LEAD,), who=Presence.ANYBODY)),
    ],
)
def test_a_file_lies_over_the_built_in_table(text: str, kind: str, route: Route) -> None:
    assert routes_from(text).of(kind) == route


def test_whom_we_would_tell_is_told_unless_the_file_names_others() -> None:
    routes = routes_from('[idle]\nto = ["lead"]')
    assert routes.of("new_case").addressees is None
    assert routes.of("idle").addressees == Addressees(to=(Addressee.LEAD,), who=Presence.ON_DUTY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[promise_brokn]", "no alert is called 'promise_brokn'; there are: call_again, "),
        ('[idle]\nways = ["email"]', "[idle] ways: 'email' is no way; there are: mail, sms, slack"),
        ('[idle]\nto = ["boss"]', "[idle] to: 'boss' is no role; there are: owner, specialist, "),
        ('[idle]\nwho = "all"', "[idle] who: 'all' is no value; there are: on_duty, anybody"),
        ('[idle]\nway = ["mail"]', "[idle] has no field 'way'; there are: ways, at_once, to, who"),
        ("[idle]\nways = []", "[idle] ways: Tuple should have at least 1 item"),
        ('[idle]\nways = ["sms", "sms"]', "[idle] ways: something is named twice"),
        ("[idle]\nat_once = 4", "[idle] at_once: Input should be less than or equal to 3"),
        ('[default]\nways = "mail"', "[default] ways: write a list, even of one"),
        ('ways = ["mail"]', "'ways' stands outside any table; put it below [default] or the kind of an alert"),
        ("[idle", "it is not TOML: "),
    ],
)
def test_a_table_that_does_not_hold_is_refused_with_what_may_stand_there(text: str, said: str) -> None:
    with pytest.raises(BadRoutes) as refused:
        routes_from(text)
    assert str(refused.value).startswith(said)


def test_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "alerts.toml"
    file.write_text("[never]")
    for wrong in (file, tmp_path / "missing.toml"):
        with pytest.raises(BadRoutes, match=str(wrong)):
            routes_in(wrong)
    assert routes_in(None) == routes_from("")
