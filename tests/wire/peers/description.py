"""Twilio's own description of its API, cut down to calls and messages, as Prism can use it."""

import json
from pathlib import Path

from pydantic import JsonValue

Json = dict[str, JsonValue]
_ACCOUNT = "/2010-04-01/Accounts/{AccountSid}"
PATHS = tuple(
    f"{_ACCOUNT}/{what}" for what in ("Calls.json", "Calls/{Sid}.json", "Messages.json", "Messages/{Sid}.json")
)
_SCHEMAS = "#/components/schemas/"


def trimmed(description: Path) -> Json:
    """Only what we use of it, with two slips mended that make Prism refuse what Twilio takes and gives."""
    whole: Json = json.loads(description.read_text())
    paths = {path: _object(whole["paths"])[path] for path in PATHS}
    schemas = _object(_object(whole["components"])["schemas"])
    kept: Json = {name: schemas[name] for name in _named_in(paths, schemas)}
    _mend(paths)
    _mend(kept)
    components: Json = {**_object(whole["components"]), "schemas": kept}
    return {**whole, "paths": paths, "components": components}


def _mend(node: JsonValue) -> None:
    """A list in a form is its name several times; a resource's own address is relative."""
    if isinstance(node, list):
        for each in node:
            _mend(each)
    if not isinstance(node, dict):
        return
    form = node.get("application/x-www-form-urlencoded")
    if isinstance(form, dict):
        _explode(form)
    for name, value in node.items():
        if name.endswith("uri") and isinstance(value, dict) and value.get("format") == "uri":
            del value["format"]
        _mend(value)


def _explode(form: Json) -> None:
    properties = _object(_object(form["schema"]).get("properties", {}))
    lists = [name for name, schema in properties.items() if _object(schema).get("type") == "array"]
    exploded: Json = {name: {"style": "form", "explode": True} for name in lists}
    form["encoding"] = {**_object(form.get("encoding", {})), **exploded}


def _named_in(node: JsonValue, schemas: Json) -> set[str]:
    """The schemas that this refers to, and those that they refer to."""
    found, new = set[str](), _references(node)
    while new - found:
        found |= new
        new = {name for known in found for name in _references(schemas[known])}
    return found


def _references(node: JsonValue) -> set[str]:
    if isinstance(node, list):
        return {name for each in node for name in _references(each)}
    if not isinstance(node, dict):
        return set()
    reference = node.get("$ref")
    own = {reference.removeprefix(_SCHEMAS)} if isinstance(reference, str) else set()
    return own | {name for each in node.values() for name in _references(each)}


def _object(node: JsonValue) -> Json:
    assert isinstance(node, dict)
    return node
