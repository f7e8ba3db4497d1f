"""Every page of staff against every role: it names its roles, lets them in, and tells all others that it does not."""

import re
from collections.abc import Iterator
from typing import Protocol
from uuid import uuid4

from fastapi.routing import iter_route_contexts

from api.staff_pages.navigation import rooms
from domain.words import Role
from tests.api.staff_pages.office import Office
from tests.api.test_role_matrix import OF_STAFF

FOR_ANYBODY = {"/assets/{name}", "/sign-in", "/sign-out", "/password"}
"""Before somebody is signed in, or while they have a one-time password."""
CASEWORK = {Role.SPECIALIST, Role.SECOND_LINE, Role.LEAD, Role.MANAGER}
Routes = dict[tuple[str, str], set[str]]


class Dependant(Protocol):
    """What FastAPI knows of a route's dependencies."""

    @property
    def dependencies(self) -> "list[Dependant]": ...
    @property
    def own_oauth_scopes(self) -> list[str] | None: ...


def routes(office: Office) -> Routes:
    """Method and path of each page, and its roles."""
    return {
        (method, context.path): set(_roles(context.dependant))
        for context in iter_route_contexts(office.desk.app.routes)
        if context.path and (context.path == "/" or context.path.startswith(OF_STAFF))
        for method in (context.methods or set()) - {"HEAD"}
    }


def _roles(dependant: Dependant) -> Iterator[str]:
    yield from dependant.own_oauth_scopes or []
    for one in dependant.dependencies:
        yield from _roles(one)


def guarded(office: Office) -> Routes:
    """Those that name roles."""
    return {route: roles for route, roles in routes(office).items() if route[1] not in FOR_ANYBODY}


def address(path: str) -> str:
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid4()), path)


async def asked(office: Office, who: str | None, method: str, path: str) -> int:
    answer = await (office.get(who, address(path)) if method == "GET" else office.post(who, address(path)))
    return answer.status_code


async def test_every_page_lets_in_the_roles_it_names_and_nobody_else(office: Office) -> None:
    wrong = []
    for (method, path), roles in guarded(office).items():
        for role in Role:
            status = await asked(office, role.value, method, path)
            if (status != 403) != (role in roles) or (status >= 500 and status != 503):
                wrong.append(f"{role} {method} {path}: {status}")
    assert wrong == []


async def test_every_page_names_roles_or_is_known_to_be_for_anybody(office: Office) -> None:
    assert [route for route, roles in guarded(office).items() if not roles] == []


async def test_the_navigation_shows_everybody_the_rooms_that_open_for_them(office: Office) -> None:
    everywhere = {room.address for role in Role for room in rooms(role, "")}
    for role in Role:
        opened = {address for address in everywhere if await asked(office, role.value, "GET", address) != 403}
        assert {room.address for room in rooms(role, "")} == opened, role


async def test_whoever_is_not_signed_in_is_led_to_sign_in(office: Office) -> None:
    for method, path in guarded(office):
        answer = await (office.get(None, address(path)) if method == "GET" else office.post(None, address(path)))
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?next="), path


async def test_no_form_of_another_site_is_obeyed(office: Office) -> None:
    for (method, path), roles in guarded(office).items():
        if method == "GET":
            continue
        who = sorted(roles)[0]
        answer = await office.post(who, address(path), sent={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403, path


async def test_only_forms_change_something(office: Office) -> None:
    assert {method for method, _ in routes(office)} == {"GET", "POST"}


async def test_a_page_that_answers_a_form_has_an_address_that_opens(office: Office) -> None:
    """Choosing a language, or duty, leads back to the address that is shown."""
    lead_on = {"/sign-out", "/language", "/admin/tokens/revocation"}
    for (method, path), roles in routes(office).items():
        if method == "POST" and path not in lead_on:
            assert await asked(office, min(roles, default="admin"), "GET", path) != 405, path


async def test_admin_sees_no_customer_and_nobody_else_keeps_the_system(office: Office) -> None:
    found = guarded(office)
    elsewhere = {path for (_, path), roles in found.items() if Role.ADMIN in roles and not path.startswith("/admin/")}
    assert elsewhere == {"/", "/language"}
    for (_, path), roles in found.items():
        if path.startswith(("/desk", "/reviews", "/board")):
            assert roles <= CASEWORK, path
        if path.startswith(("/admin/staff", "/admin/tokens")):
            assert roles == {Role.ADMIN}, path
