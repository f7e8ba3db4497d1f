"""docker-compose.yml as compose reads it, and its services as programs of this machine."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / "docker-compose.yml"
_BEGIN = re.compile(r"\$(?P<escaped>\$)|\$\{(?P<name>\w+)(?P<rule>:?[-?])?|\$")
Tree = dict[str, JsonValue]


class Missing(Exception):
    """A variable that has to be set is not."""


def read() -> Tree:
    """The file with its anchors merged, nothing interpolated."""
    loaded: Tree = YAML(typ="safe", pure=True).load(FILE)
    return {key: value for key, value in loaded.items() if not key.startswith("x-")}


def interpolated(tree: JsonValue, env: Mapping[str, str]) -> JsonValue:
    """What compose makes of it with this .env. Missing when a required variable is not in there."""
    if isinstance(tree, dict):
        return {key: interpolated(value, env) for key, value in tree.items()}
    if isinstance(tree, list):
        return [interpolated(value, env) for value in tree]
    return _text(tree, env) if isinstance(tree, str) else tree


def _text(text: str, env: Mapping[str, str]) -> str:
    found = _BEGIN.search(text)
    if found is None:
        return text
    assert found["escaped"] or found["name"], f"a lonely $ in {text!r}"
    if found["escaped"]:
        return text[: found.start()] + "$" + _text(text[found.end() :], env)
    end = _end(text, found.end())
    value = _value(found["name"], found["rule"] or "-", text[found.end() : end], env)
    return text[: found.start()] + value + _text(text[end + 1 :], env)


def _value(name: str, rule: str, word: str, env: Mapping[str, str]) -> str:
    known = env.get(name)
    if known is not None and (known or ":" not in rule):
        return known
    if "?" in rule:
        raise Missing(name)
    return _text(word, env)


def _end(text: str, start: int) -> int:
    """Where the brace that was opened before `start` closes; others may stand within."""
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return index
    raise AssertionError(f"a brace is not closed in {text!r}")


def strings(tree: JsonValue) -> Iterator[str]:
    """Every text in it, keys left out."""
    if isinstance(tree, dict | list):
        for value in tree.values() if isinstance(tree, dict) else tree:
            yield from strings(value)
    elif isinstance(tree, str):
        yield tree


def variables(tree: JsonValue) -> dict[str, set[str]]:
    """Each variable the file asks for, with the rules (`:?`, `:-`, `-`) by which it does."""
    found: dict[str, set[str]] = {}
    for text in strings(tree):
        for one in _BEGIN.finditer(text):
            if one["name"]:
                found.setdefault(one["name"], set()).add(one["rule"] or "")
    return found


@dataclass(frozen=True)
class Service:
    """One service, as it would run in its container."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: tuple[str, ...]
    raw: Tree = field(repr=False)


def services(env: Mapping[str, str]) -> dict[str, Service]:
    """All of them, interpolated."""
    tree = interpolated(read()["services"], env)
    assert isinstance(tree, dict)
    return {name: _service(name, raw) for name, raw in tree.items()}


def _service(name: str, raw: JsonValue) -> Service:
    assert isinstance(raw, dict)
    health = raw.get("healthcheck") or {}
    assert isinstance(health, dict)
    environment = raw.get("environment") or {}
    assert isinstance(environment, dict)
    command = (*_words(raw.get("entrypoint")), *_words(raw.get("command")))
    texts = {key: str(value) for key, value in environment.items() if value is not None}
    return Service(name, command, texts, _words(health.get("test"))[1:], raw)


def _words(value: JsonValue) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(word) for word in value)
    return tuple(str(value).split()) if value else ()


def hosted(service: Service, here: Callable[[str], str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Its command and its environment on this machine; `here` puts our addresses in the place of the network's."""
    environment = {name: here(value) for name, value in service.environment.items()}
    return tuple(_python(here(word)) for word in service.command), environment


def healthcheck(service: Service, here: Callable[[str], str]) -> tuple[str, ...]:
    """The command of its health check on this machine."""
    return tuple(_python(here(word)) for word in service.health)


def _python(word: str) -> str:
    return sys.executable if word == "python" else word
