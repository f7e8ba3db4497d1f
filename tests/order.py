"""Which worker runs what, and when: whoever begins one of the longest last is waited for by all others."""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOM = "tests/browser"
"""Its modules share a browser and an installation, so one worker runs them all."""
LONGEST = (
    "tests/browser/test_installation.py",
    "tests/chaos/test_chaos.py",
    "tests/ops/test_embedded_postgres.py",
    "tests/ops/test_supervisor.py",
    "tests/erasure/test_nobody_is_left.py",
    "tests/fuzz/test_contract.py",
    "tests/wire/test_whole_cases.py",
    "tests/ops/test_bench.py",
    "tests/journeys/test_the_loops_close.py",
    "tests/stress/test_intake_under_stress.py",
    "tests/wire/test_recorded_calls.py",
    "tests/wire/test_against_emulate.py",
    "tests/ops/test_reconcile.py",
    "tests/ops/test_graceful_worker.py",
    "tests/races/test_races.py",
    "tests/ops/test_dashboards.py",
    "tests/ops/test_compose_run.py",
    "tests/stress/test_facts_while_temporal_is_away.py",
    "tests/channels/test_simulator_callbacks.py",
    "tests/workflows/test_workflow_in_any_order.py",
    "tests/ops/test_relay.py",
    "tests/db/test_migrations_populated.py",
    "tests/activities/test_killed_activities.py",
)
"""The longest first, but for whole systems under load: the one of the chaos is kept from meeting the others'."""


class Rooms(LoadScopeScheduling):
    """A module, or a class in one, stays on one worker, and so does all that shares a room."""

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return ROOM if scope.startswith(f"{ROOM}/") else scope


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The same tests; those of one module stay together, in their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    return sorted(items, key=lambda item: places.get(module_of(item), len(LONGEST)))


def module_of(item: pytest.Item) -> str:
    """Its file, as pytest names it."""
    return item.nodeid.partition("::")[0]
