"""The alert channel of an installation, made of the ways it has."""

from collections.abc import Collection

from channels.alerts.by_mail import AlertsByMail
from channels.alerts.by_sms import AlertsBySms
from channels.alerts.by_ways import AlertsByWays
from channels.alerts.routing import DEFAULT, BadRoutes, Routes, Way
from channels.protocols import AlertChannel, MailChannel, SmsChannel


def alerts_over(
    routes: Routes,
    *,
    mail: MailChannel | None = None,
    sms: SmsChannel | None = None,
    slack: AlertChannel | None = None,
    stand_in: AlertChannel | None = None,
) -> AlertsByWays:
    """Over those that are given. `stand_in` takes the alerts for which there is none of them: the local simulator.

    BadRoutes: without a stand-in, a kind of alert that goes by none of them.
    """
    ways = {
        Way.MAIL: AlertsByMail(mail) if mail else None,
        Way.SMS: AlertsBySms(sms) if sms else None,
        Way.SLACK: slack,
    }
    here = {name: way for name, way in ways.items() if way}
    if stand_in is None:
        _all_reach_somebody(routes, here)
    return AlertsByWays(here, routes, stand_in=stand_in)


def _all_reach_somebody(routes: Routes, here: Collection[Way]) -> None:
    for kind, route in {**routes.by_kind, DEFAULT: routes.otherwise}.items():
        if not set(route.ways) & set(here):
            raise BadRoutes(f"[{kind}] ways: none of {', '.join(route.ways)} is set up here")
