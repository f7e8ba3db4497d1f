"""The usual delivery, in one statement: a response that nobody has delivered before, of a customer nobody knows."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sqlalchemy import Connection

from db import tombstones
from db.intake import InboxRow, ResponseRow
from db.people import CustomerRow
from db.profiles import Identity


class Relay(StrEnum):
    """Who wakes the relay; the values are those of the setting that the inbox's trigger reads."""

    WOKEN_AT_COMMIT = "off"
    WOKEN_BY_CALLER = "on"


@dataclass(frozen=True)
class Stranger:
    """All that is to be stored of a delivery."""

    response: ResponseRow
    customer: CustomerRow
    request: InboxRow | None
    identity: Identity


# Two questions about the customer: as one, a plan made while the table is small would read all of it.
_NOBODY = """
select set_config('closeloop.relay_woken_by_caller', %(relay)s, true)
where not exists (select from customer where external_id = %(known_ref)s)
  and not exists (select from customer where invited_email = %(known_email)s)
  and not exists (select from response where source = %(source)s and form = %(form)s
    and external_id in (%(id)s, %(tombstone)s))
"""
_STORED = """
insert into {table} select filled.* from {after}, jsonb_populate_record(null::{table}, {row}) filled
on conflict do nothing returning id
"""
# A row for the relay is due at once by the server's clock, whatever ours says.
_ROW = {"inbox": "cast(%(inbox)s as jsonb) || jsonb_build_object('next_try_at', now())"}


def add(connection: Connection, told: Stranger, *, secret: bytes, relay: Relay = Relay.WOKEN_AT_COMMIT) -> bool:
    """Store all of them. False when response or customer is known already: then the response is not stored.

    The customer may be, when another delivery of the response was quicker: their profile is found next.
    """
    response, identity = told.response, told.identity
    names = {"source": response.source, "form": response.form, "id": response.external_id, "relay": relay.value}
    stone = tombstones.of_response(secret, response.source, response.form, response.external_id)
    known = {"known_ref": identity.customer_ref, "known_email": identity.invited_email, "tombstone": stone}
    rows = {"response": response.model_dump_json(), "customer": told.customer.model_dump_json()}
    # Whoever has an identity goes first, as nobody else may have it; else a response that is known leaves no trace.
    tables = ["customer", "response"] if identity.is_known else ["response", "customer"]
    if told.request:
        tables, rows = [*tables, "inbox"], rows | {"inbox": told.request.model_dump_json()}
    # As the driver has it: what SQLAlchemy would make of it costs more than to send it.
    return connection.exec_driver_sql(_statement(*tables), {**names, **known, **rows}).first() is not None


@cache
def _statement(*tables: str) -> str:
    """Each row is stored if the one before was. Foreign keys are checked when the statement is through."""
    chain = zip(tables, ("nobody", *(f"new_{table}" for table in tables)), strict=False)
    stored = ",".join(f"new_{table} as ({_insert(table, after)})" for table, after in chain)
    return f"with nobody as ({_NOBODY}), {stored} select 1 from new_response"


def _insert(table: str, after: str) -> str:
    return _STORED.format(table=table, after=after, row=_ROW.get(table, f"cast(%({table})s as jsonb)"))
