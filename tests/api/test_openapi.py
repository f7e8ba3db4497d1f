"""The OpenAPI document: good enough to generate a client from."""

from collections.abc import Iterator
from typing import cast

import pytest
from pydantic import BaseModel

from api import examples, shapes
from api.shown import Found, Queue
from domain.state import Snapshot
from tests.api.staff_desk import Desk

Json = dict[str, object]
PROBLEM = {"$ref": "#/components/schemas/ProblemOut"}


def at(document: object, *keys: str) -> Json:
    for key in keys:
        document = cast(Json, document)[key]
    return cast(Json, document)


def operations(desk: Desk) -> Iterator[tuple[str, Json]]:
    for path, methods in at(desk.app.openapi(), "paths").items():
        for method in cast(Json, methods):
            yield f"{method.upper()} {path}", at(methods, method)


async def test_operations_have_short_names_of_their_own(desk: Desk) -> None:
    names = [str(operation["operationId"]) for _, operation in operations(desk)]
    assert len(set(names)) == len(names)
    assert [name for name in names if "__" in name or len(name) > 30] == []


async def test_every_tag_is_explained_and_every_operation_has_one(desk: Desk) -> None:
    explained = {tag["name"] for tag in cast(list[Json], desk.app.openapi()["tags"]) if tag["description"]}
    used = {tag for _, operation in operations(desk) for tag in cast(list[str], operation["tags"])}
    assert used == explained


async def test_every_operation_says_what_happens(desk: Desk) -> None:
    assert [route for route, operation in operations(desk) if not operation.get("description")] == []


async def test_every_error_has_the_one_shape(desk: Desk) -> None:
    wrong = [
        f"{route} {status}"
        for route, operation in operations(desk)
        for status, response in at(operation, "responses").items()
        if status >= "400" and not route.startswith("GET /readyz")
        if at(response, "content", "application/problem+json")["schema"] != PROBLEM
    ]
    assert wrong == []


async def test_commands_take_an_idempotency_key_and_reads_do_not(desk: Desk) -> None:
    keyed = {
        route
        for route, operation in operations(desk)
        for parameter in cast(list[Json], operation.get("parameters", []))
        if parameter["name"] == "Idempotency-Key"
    }
    tagged = {route for route, operation in operations(desk) if operation["tags"] in (["commands"], ["reviews"])}
    assert keyed == tagged


async def test_personal_terms_are_never_part_of_an_address(desk: Desk) -> None:
    named = {
        str(parameter["name"])
        for _, operation in operations(desk)
        for parameter in cast(list[Json], operation.get("parameters", []))
        if parameter["in"] != "header"
    }
    assert named.isdisjoint({"phone", "email", "name", "customer", "text", "q"})


def _is_body(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, BaseModel) and shape.__module__ == shapes.__name__


BODIES = [shape for shape in vars(shapes).values() if _is_body(shape)]


@pytest.mark.parametrize("shape", BODIES)
def test_every_body_has_an_example_that_it_accepts(shape: type[BaseModel]) -> None:
    extra = cast(Json, shape.model_config["json_schema_extra"])
    for example in cast(list[Json], extra["examples"]):
        assert shape.model_validate(example)


@pytest.mark.parametrize(
    ("shape", "example"), [(Snapshot, examples.SNAPSHOT), (Queue, examples.QUEUE), (Found, examples.FOUND)]
)
def test_the_examples_of_answers_are_whole(shape: type[BaseModel], example: Json) -> None:
    assert shape.model_validate(example).model_dump(mode="json") == example


async def test_a_commands_answer_has_an_example_and_a_schema(desk: Desk) -> None:
    answer = at(desk.app.openapi(), "paths", "/cases/{case_id}/claim", "post", "responses", "200")
    content = at(answer, "content", "application/json")
    assert Snapshot.model_validate(Snapshot.model_validate(examples.SNAPSHOT).model_dump() | at(content, "example"))
    assert at(content, "example")["owner"] == examples.OWNER
    assert content["schema"] == {"$ref": "#/components/schemas/Snapshot"}


async def test_the_stream_is_documented_as_one(desk: Desk) -> None:
    assert "text/event-stream" in at(desk.app.openapi(), "paths", "/events", "get", "responses", "200", "content")
