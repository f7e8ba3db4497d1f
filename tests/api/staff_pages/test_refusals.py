"""Every code of a refusal that a page may meet is told in words, in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import idempotency, updates
from api.problems import Problem
from api.staff_pages import refusals
from domain.words import Language

ROOT = Path(refusals.__file__).parents[2]
NO_PAGE = {"codec", "erasures", "outgoing_webhooks", "health", "metrics"}
"""For other programs: no page asks them."""
OF_PROGRAMS = {401, 403, 404}
"""Routes of programs tell these to programs alone."""
OF_A_ROLE = {403}
"""A page tells these in one text of its own, whatever the code."""


def calls(path: Path, name: str) -> Iterator[list[ast.expr]]:
    """The arguments of each call of this name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node.args


def constants(arguments: list[ast.expr]) -> list[object]:
    return [one.value if isinstance(one, ast.Constant) else None for one in arguments]


def of_cases() -> set[str]:
    found = (constants(args) for path in (ROOT / "domain").glob("*.py") for args in calls(path, "Refused"))
    return {str(args[0]) for args in found if args[0]}


def problems(folder: Path, told_elsewhere: set[int]) -> set[str]:
    """The codes that are told by TEXTS: neither by another text, nor `said` where they are raised."""
    paths = (path for path in folder.glob("*.py") if path.stem not in NO_PAGE)
    found = [args for path in paths for args in calls(path, "Problem") if not said_already(args)]
    told = [constants(args) for args in found]
    return {str(args[1]) for args in told if args and args[0] not in told_elsewhere and args[0] and args[1]}


def said_already(arguments: list[ast.expr]) -> bool:
    words = arguments[-1]
    return isinstance(words, ast.Call) and isinstance(words.func, ast.Name) and words.func.id == "said"


def of_routes() -> set[str]:
    return problems(ROOT / "api", OF_PROGRAMS)


def of_pages() -> set[str]:
    return problems(ROOT / "api/staff_pages", OF_A_ROLE)


def test_every_refusal_of_a_case_has_words() -> None:
    assert "owned_by_another" in of_cases()
    assert of_cases() - refusals.TEXTS.keys() == set()


def test_every_problem_of_a_route_has_words() -> None:
    assert {"workflow_unavailable", "key_reused", "not_at_the_desk", "on_the_phone"} <= of_routes()
    assert of_routes() - refusals.TEXTS.keys() == set()


def test_every_problem_of_a_page_has_words() -> None:
    assert {"no_such_staff", "own_rights", "no_such_question", "shown_before"} <= of_pages()
    assert of_pages() - refusals.TEXTS.keys() == set()


def test_what_ends_by_itself_and_what_closes_have_words() -> None:
    assert set(idempotency.PASSING) - refusals.TEXTS.keys() == set()
    assert updates.closed().code in refusals.TEXTS
    assert updates.unavailable().code in refusals.TEXTS


@pytest.mark.parametrize("language", Language)
def test_an_owner_is_named_where_one_is_known(language: Language) -> None:
    for code in refusals.OWNED:
        problem = Problem(409, code, "…")
        assert "Anna Orlova" in refusals.text(problem, language, owner="Anna Orlova")
        assert "{" not in refusals.text(problem, language)


@pytest.mark.parametrize("language", Language)
def test_a_role_is_told_of_pages_and_of_commands_apart(language: Language) -> None:
    page, command = (refusals.text(Problem(status, "not_your_role", "…"), language) for status in (403, 409))
    assert page != command


def test_an_unknown_code_is_told_in_its_own_words() -> None:
    assert refusals.text(Problem(409, "brand_new", "Do this."), Language.EN) == "Do this."
