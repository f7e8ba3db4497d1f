"""Forms of administration: each is carried out once, and a repeat sees what the first one made, a secret too.

A secret is kept as a hash only, so it cannot be read again. It is derived anew: from the form's key, which only the
page had that was sent, and from ours.
"""

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from sqlmodel import Session

from api.auth import Person
from api.commands import Command
from api.idempotency import KEY_REUSED
from api.problems import Problem
from api.staff_pages.signed_in import form_commanded_by, signed_in
from db import keys
from db.keys import Standing
from domain.words import Role

AdminDep = Annotated[Person, signed_in(Role.ADMIN)]
AdminForm = Annotated[Command, form_commanded_by(Role.ADMIN)]
SHOWN_FOR = timedelta(minutes=10)
"""So long a repeat of the form sees the secret again: for a double click, or an answer that was lost on its way."""
NOT_AGAIN = "This was done before, and what it made is not shown again. If it was not copied, make another one."


def once(session: Session, command: Command, work: Callable[[], object], *, at: datetime) -> datetime:
    """Carry `work` out, unless this form was carried out before; when that was.

    Work and key become durable together; while one of two is at work, the other waits. What `work` raises is raised,
    and leaves no trace. Problem 422 `key_reused` when something else was sent under the key.
    """
    assert command.use  # every form has its key
    with session.begin_nested():
        standing, row = keys.begin(session, command.use, now=at, lease=timedelta(0))
        if standing is Standing.OTHER_BODY:
            raise Problem(422, "key_reused", KEY_REUSED)
        if standing is not Standing.ANSWERED:
            work()
            keys.settle(session, command.use, status=303, answer={})
    return row.created_at


def bits_for(command: Command, what: str) -> bytes:
    """256 bits for the secret that this form makes: for a repeat the same, and nowhere kept."""
    ours = command.parts.settings.token_secret.get_secret_value().encode()
    return hmac.digest(ours, f"administration:{what}:{command.id}".encode(), "sha256")


def may_be_shown(*, made: datetime, at: datetime, opens: bool) -> None:
    """Problem 409 when a secret made then may not be shown: too long ago, or it opens nothing any more."""
    if not opens or at - made > SHOWN_FOR:
        raise Problem(409, "shown_before", NOT_AGAIN)
