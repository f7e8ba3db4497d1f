"""An alert by whichever ways are open: one that is down is passed over at once."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from channels.alerts.routing import Routes, Way
from channels.errors import ChannelError, NotSent, Refused, RefusedReason
from channels.outages import Outages
from channels.protocols import AlertChannel, AlertToSend, ProviderMessage

_log = logging.getLogger(__name__)


class AlertsByWays:
    """`AlertChannel` made of several. What is accepted bears the ways' names: `sms:SM12 mail:ab3`."""

    def __init__(
        self, ways: Mapping[Way, AlertChannel], routes: Routes, *, stand_in: AlertChannel | None = None
    ) -> None:
        """`ways`: those this installation has. `stand_in` takes what none of them may take, as the simulator does."""
        self._ways, self._routes, self._stand_in = ways, routes, stand_in
        self._outages = Outages(_log)

    def send(self, alert: AlertToSend) -> ProviderMessage:
        """By the ways of its route, in turn, until as many have taken it as are wanted at once; one is enough.

        An alert that perhaps arrived goes by the next way too: twice is harmless, never is not. NotSent: no way was
        open, and one of them may be later. Refused: there is no way to this person at all.
        """
        route = self._routes.of(alert.kind)
        ways = [way for way in route.ways if way in self._ways]
        if not ways and self._stand_in:
            return self._by("stand-in", self._stand_in, alert)
        taken, failed = dict[Way, ProviderMessage](), list[ChannelError]()
        for way in ways:
            if len(taken) == route.at_once:
                break
            try:
                taken[way] = self._by(way, self._ways[way], alert)
            except ChannelError as error:
                failed.append(error)
        if not taken:
            raise _of_all(failed)
        return _as_one(taken)

    def _by(self, name: str, way: AlertChannel, alert: AlertToSend) -> ProviderMessage:
        return self._outages.watched(f"alerts by {name}", lambda: way.send(alert))


def _as_one(taken: Mapping[Way, ProviderMessage]) -> ProviderMessage:
    names = " ".join(f"{way}:{one.provider_id}" for way, one in taken.items())
    return ProviderMessage(provider_id=names, accepted_at=next(iter(taken.values())).accepted_at)


def _of_all(failed: Sequence[ChannelError]) -> ChannelError:
    refused = [error for error in failed if isinstance(error, Refused)]
    if len(refused) == len(failed):
        return refused[0] if refused else Refused(RefusedReason.CONFIG)
    return NotSent("no way is open", _shortest(failed))


def _shortest(failed: Sequence[ChannelError]) -> timedelta | None:
    """Unless another way may be open sooner: who does not say when is asked soon."""
    waits = [error.retry_after if isinstance(error, NotSent) else None for error in failed if _may_open(error)]
    return None if None in waits else min(wait for wait in waits if wait)


def _may_open(error: ChannelError) -> bool:
    return not isinstance(error, Refused)
