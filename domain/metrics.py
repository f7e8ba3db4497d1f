"""The honest numbers: share, tNPS, change and time, each with how many it was reckoned from and how sure it is."""

from datetime import timedelta
from math import sqrt

from domain.policy import Frozen

Z95 = 1.959963984540054
"""The two-sided 95 % quantile of the normal distribution."""

PSEUDO_PROMOTERS = PSEUDO_DETRACTORS = 0.75
PSEUDO_PASSIVES = 1.5
PSEUDO_N = PSEUDO_PROMOTERS + PSEUDO_PASSIVES + PSEUDO_DETRACTORS


class Interval(Frozen):
    """A 95 % confidence interval, both ends included, in the unit of the number it belongs to."""

    low: float
    high: float


class Share(Frozen):
    """How many of how many; `share` and `interval` are in 0..1, and None when there was nobody to count."""

    n: int
    count: int
    share: float | None
    interval: Interval | None


class Score(Frozen):
    """A net promoter score in -100..100 and its interval; both None when nobody answered."""

    n: int
    promoters: int
    passives: int
    detractors: int
    score: float | None
    interval: Interval | None


class Change(Frozen):
    """Of `n` pairs, how many went up and how many down.

    `net` is the share of those up less that of those down, in -1..1; it and its interval are None without pairs.
    """

    n: int
    up: int
    down: int
    net: float | None
    interval: Interval | None


class Times(Frozen):
    """The median and the 90th percentile of `n` durations; None when there were none."""

    n: int
    p50: timedelta | None
    p90: timedelta | None


def wilson(count: int, n: int, *, z: float = Z95) -> Share:
    """The share `count / n` with its Wilson score interval.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22(158), 209–212:
    (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n). Raises ValueError unless 0 <= count <= n.
    """
    if not 0 <= count <= n:
        raise ValueError(f"a share counts between 0 and n, not {count} of {n}")
    if n == 0:
        return Share(n=0, count=0, share=None, interval=None)
    p, shrink = count / n, 1 + z**2 / n
    centre = (p + z**2 / (2 * n)) / shrink
    half = z * sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / shrink
    # The share always lies inside; min and max with it undo rounding at none and all, where an end equals the share.
    interval = Interval(low=max(0.0, min(p, centre - half)), high=min(1.0, max(p, centre + half)))
    return Share(n=n, count=count, share=p, interval=interval)


def tnps(*, promoters: int, passives: int, detractors: int) -> Score:
    """The score 100·(promoters - detractors)/n with its adjusted Wald 95 % interval, clipped to ±100.

    Rocks (2016), "Interval Estimation for the 'Net Promoter Score'", The American Statistician 70(4), 365–372: add
    3 pseudo-observations (¾ promoter, 1½ passive, ¾ detractor), then with the adjusted shares p, d and N = n + 3 take
    (p - d) ± z·√((p + d - (p - d)²)/N). The score itself stays unadjusted, so the interval is not centred on it, and
    for a single promoter or detractor just misses it (100, from -48.5 to 98.5). Raises ValueError on a negative count.
    """
    if min(promoters, passives, detractors) < 0:
        raise ValueError(f"counts are not negative: {promoters}, {passives}, {detractors}")
    n = promoters + passives + detractors
    return Score(
        n=n,
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        score=100 * (promoters - detractors) / n if n else None,
        interval=_adjusted_wald(promoters, detractors, n) if n else None,
    )


def paired_change(*, up: int, down: int, n: int) -> Change:
    """The net share (up - down)/n of pairs with its adjusted Wald 95 % interval.

    Bonett & Price (2012), "Adjusted Wald Confidence Interval for a Difference of Binomial Proportions Based on Paired
    Data", Journal of Educational and Behavioral Statistics 37(4), 479–488: with p = (up + 1)/(n + 2) and
    q = (down + 1)/(n + 2) take (p - q) ± z·√((p + q - (p - q)²)/(n + 2)). The net share itself stays unadjusted. Raises
    ValueError unless up and down are counts within n.
    """
    if min(up, down) < 0 or up + down > n:
        raise ValueError(f"{up} up and {down} down are not among {n} pairs")
    if n == 0:
        return Change(n=0, up=0, down=0, net=None, interval=None)
    p, q = (up + 1) / (n + 2), (down + 1) / (n + 2)
    half = Z95 * sqrt((p + q - (p - q) ** 2) / (n + 2))
    interval = Interval(low=max(-1.0, p - q - half), high=min(1.0, p - q + half))
    return Change(n=n, up=up, down=down, net=(up - down) / n, interval=interval)


def _adjusted_wald(promoters: int, detractors: int, n: int) -> Interval:
    total = n + PSEUDO_N
    p, d = (promoters + PSEUDO_PROMOTERS) / total, (detractors + PSEUDO_DETRACTORS) / total
    half = Z95 * sqrt((p + d - (p - d) ** 2) / total)
    return Interval(low=max(-100.0, 100 * (p - d - half)), high=min(100.0, 100 * (p - d + half)))
