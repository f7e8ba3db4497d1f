"""What a log line looks like when the person in it has been forgotten."""

from collections.abc import Collection, Sequence

from pydantic import JsonValue

from channels.simulator.log import Kind, Line

_WHO = ("phone", "customer_phone", "address", "person")
_PERSONAL = (*_WHO, "subject", "text", "html", "whisper", "url")
_COPIES = {Kind.CALL, Kind.SMS, Kind.MAIL}


def without_copy(lines: Sequence[Line], kind: Kind, provider_id: str) -> list[Line]:
    """The lines that change when one call or message is forgotten: its own, and the visits to its links."""
    return _emptied(
        lines, [line for line in lines if line.kind is kind and line.body.get("provider_id") == provider_id]
    )


def without_person(lines: Sequence[Line], addresses: Collection[str]) -> list[Line]:
    """The lines that change when a person is forgotten: all that bear a number or an address of theirs."""
    theirs = {address.lower() for address in addresses}
    return _emptied(lines, [line for line in lines if theirs & {str(line.body.get(key, "")).lower() for key in _WHO}])


def _emptied(lines: Sequence[Line], forgotten: Sequence[Line]) -> list[Line]:
    messages = {line.body.get("message_id") for line in forgotten if line.kind in _COPIES} - {None}
    visits = [line for line in lines if line.kind is Kind.VISIT and line.body.get("message_id") in messages]
    return [line.model_copy(update={"body": _empty(line.body)}) for line in (*forgotten, *visits)]


def _empty(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {key: "" if key in _PERSONAL else value for key, value in body.items()}
