"""Which cases a report is on, as a condition on the tally with its values."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from domain.report import Question

_KNOWN = text("select name, id from tallyname where name = any(:names)")


@dataclass(frozen=True)
class Scope:
    """SQL that is true of the rows asked for; one statement can hold it in several places."""

    where: str
    values: Mapping[str, object]


def scope_of(connection: Connection, question: Question) -> Scope:
    """The cases of the period, of these products and sources; a name that no case has matches none."""
    where = "requested_at >= :since and requested_at < :until"
    values: dict[str, object] = {"since": question.since, "until": question.until}
    for column, names in (("product", question.products), ("source", question.sources)):
        if names:
            where += f" and {column} = any(cast(:{column}s as int[]))"
            values[f"{column}s"] = [number for _, number in connection.execute(_KNOWN, {"names": list(names)})]
    return Scope(where, values)
