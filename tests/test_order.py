"""The long modules begin first, and are still there."""

from pathlib import Path

import pytest

from tests.order import LONGEST, longest_first, module_of

REPOSITORY = Path(__file__).parents[1]


def test_each_of_the_longest_exists_and_is_named_once() -> None:
    assert [name for name in LONGEST if not (REPOSITORY / name).is_file()] == []
    assert len(set(LONGEST)) == len(LONGEST)


def test_the_longest_go_first_and_nothing_is_lost(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    ordered = longest_first(items)
    assert sorted(item.nodeid for item in ordered) == sorted(item.nodeid for item in items)
    modules = list(dict.fromkeys(module_of(item) for item in ordered))
    assert modules[: len(set(LONGEST) & set(modules))] == [name for name in LONGEST if name in modules]
