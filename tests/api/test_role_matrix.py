"""Every route against every role, from the OpenAPI document; a route that names no role must be known as public."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts

from api import feed
from domain.words import Role
from tests.api.staff_desk import Desk

METHODS = {"get", "post", "put", "patch", "delete"}
PUBLIC = ("/webhooks/", "/healthz", "/readyz", "/metrics")
"""Signed, or for the operator."""
UNDOCUMENTED = ("/openapi.json", "/docs", "/s/", "/c/", "/survey/", "/pages/", "/favicon.ico")
"""The document, its page, the customer's pages, and the icon of all pages."""
OF_STAFF = ("/desk", "/reviews", "/board", "/admin/", "/assets/", "/sign-in", "/sign-out", "/password", "/language")
"""Held against the roles in tests/api/staff_pages."""
ROLES = [str(role) for role in Role]


def routes(desk: Desk) -> dict[tuple[str, str], list[str]]:
    """Method and path of each documented route, and its roles."""
    document = desk.app.openapi()
    return {
        (method.upper(), path): operation["security"][0]["staff"] if "security" in operation else []
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    }


def address(path: str) -> str:
    ids = {name: uuid4() for name in ("case_id", "erasure_id", "review_id", "endpoint_id", "delivery_id")}
    return path.format(**ids, source="generic", code="setup")


async def test_every_route_lets_in_the_roles_it_names_and_nobody_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PATIENCE", timedelta(seconds=0.1))  # no stream begins here
    wrong = []
    for (method, path), roles in routes(desk).items():
        if not roles:
            continue
        for role in ROLES:
            answer = await desk.ask(role, method, address(path), {})
            if (answer.status_code != 403) != (role in roles):
                wrong.append(f"{role} {method} {path}: {answer.status_code}")
    assert wrong == []


async def test_no_route_with_roles_answers_without_a_token(desk: Desk) -> None:
    for (method, path), roles in routes(desk).items():
        if roles:
            answer = await desk.ask(None, method, address(path), {})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), path


async def test_a_route_without_roles_is_one_of_the_public_ones(desk: Desk) -> None:
    assert [path for (_, path), roles in routes(desk).items() if not roles and not path.startswith(PUBLIC)] == []


async def test_every_route_is_documented_or_a_page(desk: Desk) -> None:
    documented = {path for _, path in routes(desk)}
    paths = {context.path for context in iter_route_contexts(desk.app.routes) if context.path}
    assert [path for path in paths - documented - {"/"} if not path.startswith(UNDOCUMENTED + OF_STAFF)] == []


async def test_admin_sees_no_customer(desk: Desk) -> None:
    allowed = {path for (_, path), roles in routes(desk).items() if "admin" in roles}
    behind_the_rows = {"/cases/{case_id}/workflow", "/workflows/counts", "/codec/encode", "/codec/decode"}
    proofs = {"/erasures", "/erasures/{erasure_id}"}
    hooks = {path for path in allowed if path.startswith("/outgoing-webhooks")}
    lists = {"/causes", "/causes/{code}"}
    assert allowed == {"/me", "/alerts", "/events"} | behind_the_rows | proofs | hooks | lists


async def test_the_roles_of_each_route_are_real_ones(desk: Desk) -> None:
    named = {role for roles in routes(desk).values() for role in roles}
    assert named == set(ROLES), json.dumps(sorted(named))
