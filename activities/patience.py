"""How an activity waits for what is not there yet: ever longer, and without a line in the log each time."""

import logging
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.delivery import SOON

NOT_YET = "NotYet"
LONGEST = timedelta(minutes=5)


def not_yet(what: str, wait: timedelta) -> ApplicationError:
    """Ends this try of an activity: the next one comes after `wait`, and from the second on after a growing time."""
    return ApplicationError(what, type=NOT_YET, next_retry_delay=max(wait, growing(_tries())))


def growing(tries: int) -> timedelta:
    """Nothing after the first try, then 10 s, 20 s, 40 s … five minutes."""
    if tries < 2:
        return timedelta(0)
    return min(SOON * int(2 ** min(tries - 1, 10)), LONGEST)


def _tries() -> int:
    return activity.info().attempt if activity.in_activity() else 1


def _is_news(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, ApplicationError) and error.type == NOT_YET)


# Temporal's own line for each failed try has a traceback; why a provider is not there is said once, by its channel.
logging.getLogger("temporalio.activity").addFilter(_is_news)
