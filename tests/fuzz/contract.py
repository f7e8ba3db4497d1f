"""An OpenAPI document held against a running server: what it answers that the document does not say."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import requests
import schemathesis
from schemathesis.config import HealthCheck
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema

Json = dict[str, object]
Document = Json
Tokens = Mapping[str, str]
Values = Mapping[str, list[str]]
Dress = Callable[[requests.PreparedRequest], requests.PreparedRequest]
"""Puts on a request what only its sender can: a signature, an address."""

NOT_OURS = [
    # Where a path's methods lie in several routes, `Allow` names those of the first.
    "allow_header_conformance",
    # A path such as /cases/next is also /cases/{case_id}, with an id that is none: 422, not 405.
    "unsupported_method",
    # It repeats what the matrix of roles holds for every route.
    "ignored_auth",
]
RIGHT_IN_FORM_ONLY = ["2xx", "3xx", "401", "403", "404", "409", "410", "422", "429"]
"""What may be answered to what the document allows: an owner who does not work here is 422."""


@dataclass(frozen=True)
class Effort:
    """How hard to try: the same seed tries the same."""

    seed: int
    examples: int


@dataclass
class Staff:
    """Lets every request be asked by somebody who may."""

    tokens: Tokens
    choose: random.Random

    def get(self, case: schemathesis.Case, _: schemathesis.AuthContext) -> str | None:  # type: ignore[type-arg]  # whatever it is made of
        """A token of one of the roles the operation names."""
        raw = cast(Document, case.operation.definition.raw)
        security = cast(list[dict[str, list[str]]], raw.get("security", []))
        roles = [role for scheme in security for role in scheme["staff"]]
        return self.tokens[self.choose.choice(roles)] if roles else None

    def set(self, case: schemathesis.Case, token: str, _: schemathesis.AuthContext) -> None:  # type: ignore[type-arg]  # whatever it is made of
        """Send it along."""
        case.headers["Authorization"] = f"Bearer {token}"


class _Dressed(requests.auth.AuthBase):
    def __init__(self, dress: Dress) -> None:
        self._dress = dress

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return self._dress(request)


def faults(document: Document, address: str, effort: Effort, *, tokens: Tokens, dress: Dress) -> list[str]:
    """Everything that was answered otherwise than the document says, with how to ask for it again."""
    schema = _schema(document, address, effort)
    schema.auth.providers.append(Staff(tokens, random.Random(effort.seed)))
    schema.auth.set_from_requests(_Dressed(dress)).apply_to(path_regex="^/(webhooks|s|c|survey)/")
    found: dict[str, str] = {}
    for event in from_schema(schema).execute():
        for title, told in _told(event):
            found.setdefault(title, told)
    return [f"{title}\n{told}" for title, told in found.items()]


def known(document: Document, *, paths: Values, fields: Values) -> Document:
    """The document with the values there are in paths and in the fields of bodies (`Shape.field`); others are 404."""
    told = copy.deepcopy(document)
    for parameter in _path_parameters(told):
        if values := paths.get(str(parameter["name"])):
            parameter["schema"] = {"type": "string", "enum": values}
    shapes = cast(dict[str, dict[str, Document]], cast(Document, told["components"])["schemas"])
    for address, values in fields.items():
        shape, _, field = address.partition(".")
        choice: Document = {"type": "string", "enum": values}
        before = shapes[shape]["properties"][field]
        shapes[shape]["properties"][field] = {"anyOf": [choice, {"type": "null"}]} if _nullable(before) else choice
    return told


def without(document: Document, *routes: str) -> Document:
    """The document without these routes, such as `GET /events`."""
    told = copy.deepcopy(document)
    for route in routes:
        method, _, path = route.partition(" ")
        del cast(dict[str, Document], told["paths"])[path][method.lower()]
    return told


def _schema(document: Document, address: str, effort: Effort) -> BaseSchema:
    config = schemathesis.Config(seed=effort.seed, suppress_health_check=[HealthCheck.all])
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.config.update(base_url=address, continue_on_failure=True, request_timeout=30)
    schema.config.generation.update(max_examples=effort.examples, no_shrink=True)
    schema.config.checks.update(excluded_check_names=NOT_OURS)
    schema.config.checks.positive_data_acceptance.expected_statuses = RIGHT_IN_FORM_ONLY
    return schema


def _told(event: events.EngineEvent) -> Iterator[tuple[str, str]]:
    match event:
        case events.ScenarioFinished(recorder=recorder):
            yield from _failures(recorder)
        case events.NonFatalError():
            yield f"{event.label}: error", str(event.info.format())
        case events.FatalError():
            raise event.exception


def _failures(recorder: ScenarioRecorder) -> Iterator[tuple[str, str]]:
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info:
                case = recorder.cases[case_id].value
                failure: Failure = check.failure_info.failure
                where = f"{case.method} {case.path}"
                yield f"{where}: {failure.title}", f"{failure.message}\n{check.failure_info.code_sample}"


def _path_parameters(document: Document) -> Iterator[Document]:
    for operations in cast(dict[str, dict[str, Document]], document["paths"]).values():
        for operation in operations.values():
            parameters = cast(list[Document], operation.get("parameters", []))
            yield from (one for one in parameters if one["in"] == "path")


def _nullable(schema: object) -> bool:
    return isinstance(schema, dict) and "anyOf" in schema
