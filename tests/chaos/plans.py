"""The two forms of the chaos."""

from datetime import timedelta
from random import Random

from tests.chaos.campaign import Plan
from tests.chaos.disruptions import long_plan, short_plan


def short(seed: int) -> Plan:
    """Each part killed once, one frozen, three of the fail points, and one night; below two minutes."""
    return Plan(
        seed=seed,
        loops=30,
        disruptions=short_plan(Random(seed)),
        every=timedelta(seconds=0.8),
        gap=(0.2, 1.0),
        asleep=timedelta(seconds=15),
        patience=timedelta(seconds=150),
    )


def long(seed: int, *, loops: int, kills: int) -> Plan:
    """Everything, again and again, for some minutes."""
    return Plan(
        seed=seed,
        loops=loops,
        disruptions=long_plan(Random(seed), kills),
        every=timedelta(seconds=kills * 8 / loops),
        gap=(1.0, 6.0),
        asleep=timedelta(seconds=60),
        patience=timedelta(minutes=14),
    )
