"""The customer's pages as an OpenAPI document: they are no part of the API's, but keep a contract as well."""

from tests.fuzz.contract import Document, Json

HTML: Json = {"text/html": {"schema": {"type": "string"}}}
PROBLEM: Json = {"application/problem+json": {"schema": {"type": "object", "required": ["code", "detail"]}}}
PAGES = (404, 410, 422, 429)
PROBLEMS = (400, 408, 413, 503)
COMMON = {"nonce": "", "comment": "Спасибо", "contact": "yes", "phone": "8 916 123-45-67"}


def pages_document(*, callbacks: list[str], surveys: list[str]) -> Document:
    """Every page with its form; `callbacks` and `surveys` are the tokens there are."""
    callback, survey = _path("token", callbacks), _path("token", surveys)
    slug = _path("slug", ["demo"])
    score = _query("score")
    paths = {
        "/survey/{slug}": {
            "get": _page(slug, score, _query("lang")),
            "post": _form(slug, COMMON | {"nps": "0", "ces": "7", "name": "Анна", "email": "", "zone": "Asia/Omsk"}),
        },
        "/survey/{slug}/thanks/{nonce}": {"get": _page(slug, _path("nonce", []))},
        "/s/{token}": {"get": _page(survey, score), "post": _form(survey, COMMON | {"tnps": "0", "solved": "no"})},
        "/c/{token}": {"get": _page(callback), "post": _form(callback, COMMON | {"time": "2026-11-03T09:00:00+03:00"})},
        "/c/{token}/number": {"post": _form(callback, COMMON)},
        "/c/{token}/withdrawal": {"get": _page(callback), "post": _form(callback, COMMON)},
        "/pages/{name}": {"get": _static()},
    }
    return {"openapi": "3.1.0", "info": {"title": "Pages", "version": "1"}, "paths": paths, "components": {}}


def _page(*parameters: Json) -> Json:
    return {"parameters": list(parameters), "responses": _answers()}


def _form(parameter: Json, example: dict[str, str]) -> Json:
    fields = {name: {"type": "string"} for name in example}
    schema = {"type": "object", "properties": fields, "example": example}
    body = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    redirect: Json = {"303": {"description": "To the page that thanks."}}
    return {"parameters": [parameter], "requestBody": body, "responses": _answers() | redirect}


def _static() -> Json:
    kinds: Json = {"text/css": {}, "text/javascript": {}, "application/javascript": {}}
    found: Json = {"200": {"description": "The file.", "content": kinds}}
    refused: Json = {"422": {"description": "There is no such file.", "content": PROBLEM}}
    return {"parameters": [_path("name", ["customer.css", "zone.js"])], "responses": found | refused}


def _answers() -> Json:
    pages: Json = {str(status): {"description": "A page.", "content": HTML} for status in (200, *PAGES)}
    return pages | {str(status): {"description": "A problem.", "content": PROBLEM} for status in PROBLEMS}


def _path(name: str, values: list[str]) -> Json:
    schema: Json = {"type": "string", "enum": values} if values else {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(name: str) -> Json:
    return {"name": name, "in": "query", "schema": {"type": "string"}}
