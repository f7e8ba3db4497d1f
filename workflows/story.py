"""What an operator reads in the Temporal UI: codes and instants, never a name, a number or a text."""

from datetime import datetime

from domain.events import Event
from domain.messages import Opening
from domain.state import Snapshot


def current_details(case: Snapshot) -> str:
    """The case's state in a few lines of Markdown."""
    lines = [
        f"**{case.stage}**{f' · {case.outcome}' if case.outcome else ''}",
        f"- owner: {case.owner or 'nobody'}",
        f"- promise: {_promise(case)}",
        f"- attempts: {len(case.attempts)}, reviews: {len(case.reviews)}",
    ]
    if case.waiting_for:
        lines.append(f"- next: {case.waiting_for}, {_instant(case.waiting_until)}")
    if case.alarms:
        lines.append(f"- alarms: {', '.join(sorted(case.alarms))}")
    return "\n".join(lines)


def summary_of(events: tuple[Event, ...]) -> str:
    """One line for an activity: the steps it writes or tells."""
    return ", ".join(f"{event.kind}{f' {event.detail}' if event.detail else ''}" for event in events)[:200]


def opening_summary(opening: Opening) -> str:
    """One line for the list of workflows: what was promised, or why nothing could be."""
    if opening.promise:
        return f"Promise due {_minute(opening.promise.due)}"
    why = "no common hour" if opening.number_usable else "no usable number"
    return f"Requested {_minute(opening.requested_at)}, no promise: {why}"


def _promise(case: Snapshot) -> str:
    promise = case.promise
    if promise.void or promise.due is None:
        return "none counted"
    for word, at in (("kept", promise.kept_at), ("broken", promise.broken_at), ("moved", promise.moved_at)):
        if at:
            return f"{word} {_instant(at)}"
    return f"due {_instant(promise.due)}"


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
