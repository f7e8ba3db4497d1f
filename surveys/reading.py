"""Bytes of a stranger to JSON that a database can store: bounded, finite, without NUL and lone surrogates."""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from surveys.errors import NotJson, WrongShape
from surveys.response import MAX_ID

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Object = Mapping[str, Json]
Model = TypeVar("Model")

_DEEPEST = 40
_LONGEST_INT = 18
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""What may stand for a NUL or for a surrogate."""
_REASONS = {
    "missing": "is missing",
    "extra_forbidden": "contains a field that is not documented; remove it",
    "union_tag_invalid": "names an event that is not documented",
}


def read_object(body: bytes) -> Object:
    """The body as a clean JSON object. Raises NotJson on anything else, however odd."""
    try:
        found: Json = json.loads(
            body.decode("utf-8"), parse_int=_integer, parse_float=_finite, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise NotJson("The body is not JSON in UTF-8: send the JSON of the response, unchanged.") from None
    cleaned = _cleaned(found, _DEEPEST) if _may_be_unclean(body) else found
    if not isinstance(cleaned, dict):
        raise NotJson("The body is JSON, but not an object: send one response a request.")
    return cleaned


def read_model(body: bytes, adapter: TypeAdapter[Model]) -> Model:
    """The body as one of our documented models, strictly. Raises NotJson or WrongShape, which repeat no value."""
    clean = json.dumps(read_object(body))
    try:
        return adapter.validate_json(clean, strict=True)
    except ValidationError as refused:
        raise _wrong_shape(refused) from None


def object_at(parent: Object, key: str) -> Object:
    """The object under `key`; raises WrongShape when there is none."""
    found = parent.get(key)
    if not isinstance(found, dict):
        raise WrongShape(key, "is missing or not an object")
    return found


def id_at(parent: Object, key: str) -> str:
    """The non-empty id under `key`; raises WrongShape when there is none or it is too long."""
    found = text_at(parent, key)
    if found is None or len(found) > MAX_ID:
        raise WrongShape(key, f"is missing, or not a text of 1 to {MAX_ID} characters")
    return found


def text_at(parent: Object, key: str) -> str | None:
    """The text under `key` without outer blanks, or None; an empty one is None too."""
    found = parent.get(key)
    return (found.strip() or None) if isinstance(found, str) else None


def maybe_object(found: Json) -> Object:
    """The value if it is an object, else an empty one: platforms leave out or null what is optional."""
    return found if isinstance(found, dict) else {}


def objects_of(found: Json) -> list[Object]:
    """The objects in a list; anything else is passed over."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def instant_at(parent: Object, key: str) -> datetime | None:
    """The instant under `key` in UTC (no offset means UTC), or None when there is none to be read."""
    text = text_at(parent, key)
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def clean_text(text: str) -> str:
    """Without what PostgreSQL cannot store: NUL is dropped, a lone surrogate becomes U+FFFD."""
    return _SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def _may_be_unclean(body: bytes) -> bool:
    """Nearly every delivery is clean, which is told at a glance: UTF-8 itself holds no lone surrogate, JSON no bare
    NUL, and it is no deeper than it has brackets.
    """
    return _ESCAPED.search(body) is not None or body.count(b"{") + body.count(b"[") >= _DEEPEST


def _cleaned(found: Json, depth: int) -> Json:
    if depth == 0:
        raise NotJson(f"The body is nested deeper than {_DEEPEST} levels: send the JSON of the response, unchanged.")
    if isinstance(found, str):
        return clean_text(found)
    if isinstance(found, list):
        return [_cleaned(one, depth - 1) for one in found]
    if isinstance(found, dict):
        return {clean_text(key): _cleaned(one, depth - 1) for key, one in found.items()}
    return found


def _integer(digits: str) -> int | str:
    """Beyond 64 bits it is an id or a phone number, not a quantity; text keeps every digit and costs nothing."""
    return int(digits) if len(digits) <= _LONGEST_INT else digits


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number too large")
    return number


def _refuse_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


def _wrong_shape(refused: ValidationError) -> WrongShape:
    """The first mistake. Names of unknown fields and tags are the sender's own text, so they are left out."""
    first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
    path = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    return WrongShape(".".join(str(step) for step in path), _REASONS.get(first["type"], first["msg"]))
