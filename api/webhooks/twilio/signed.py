"""Lets in what Twilio has signed, as the fields of its form."""

import logging
from typing import Annotated

from fastapi import Depends, Request

from api.deps import PartsDep
from api.form_bytes import FORM
from api.problems import Problem
from api.webhooks import raw
from channels.twilio.signatures import Form, is_twilios
from settings import Settings

_log = logging.getLogger(__name__)

PROBLEMS = (403, 404, 415, 422)
"""What every webhook of Twilio may answer, beside what every route may."""
BODY: dict[str, object] = {
    "requestBody": {"required": True, "content": {FORM: {"schema": {"type": "object"}}}},
}
"""For `openapi_extra`: the form, as Twilio documents it."""


async def signed_form(request: Request, parts: PartsDep) -> Form:
    """The fields of the form. Raises Problem 403 when Twilio did not sign it, 404 when Twilio is not configured."""
    token = _auth_token(parts.settings)
    _must_be_form(request.headers.get("content-type", ""))
    form = _parsed(await raw.bounded(request, limit=parts.settings.body_limit))
    if not is_twilios(form, url=_public(request, parts.settings), headers=request.headers, auth_token=token):
        _log.warning("delivery refused: source=twilio code=bad_signature")
        raise Problem(403, "bad_signature", "The signature does not fit: check auth token and public address.")
    return form


SignedForm = Annotated[Form, Depends(signed_form)]


def _auth_token(settings: Settings) -> str:
    if settings.twilio_account_sid is None or settings.twilio_auth_token is None:
        raise Problem(404, "not_configured", "Twilio is not set up here.")
    return settings.twilio_auth_token.get_secret_value()


def _public(request: Request, settings: Settings) -> str:
    """The URL as Twilio knows it, whatever stands between it and us."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{settings.public_url}{request.url.path}{query}"


def _must_be_form(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise Problem(415, "not_a_form", f"Send a form, with the header Content-Type: {FORM}.")


def _parsed(body: bytes) -> Form:
    try:
        return Form.parse(body)
    except ValueError:
        raise Problem(422, "wrong_shape", "The form has too many fields.") from None
