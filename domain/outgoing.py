"""What outgoing webhooks tell, by name: each step of a case, and each alert that a step gives rise to."""

from collections.abc import Collection, Iterator

from domain.announcements import ALERT_KINDS, announcement
from domain.events import Event, EventKind

PING = "ping"
"""Sent when an admin wants to see whether an endpoint hears us."""
EVERY_STEP, EVERY_ALERT = "case.*", "alert.*"
CASE_EVENTS = tuple(f"case.{kind}" for kind in EventKind)
ALERT_EVENTS = tuple(f"alert.{kind}" for kind in sorted(ALERT_KINDS))
WANTABLE = (EVERY_STEP, EVERY_ALERT, *CASE_EVENTS, *ALERT_EVENTS)
"""Whatever an endpoint may ask for."""


def names_of(event: Event) -> Iterator[str]:
    """The step itself, and the alert it gives rise to."""
    yield f"case.{event.kind}"
    told = announcement(event)
    if told and told.alert:
        yield f"alert.{told.alert}"


def is_wanted(name: str, wanted: Collection[str]) -> bool:
    """Whether an endpoint that wants these is told of this."""
    return name in wanted or f"{name.partition('.')[0]}.*" in wanted
