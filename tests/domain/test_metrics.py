"""The honest numbers against values reckoned by hand and the laws they must keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.metrics import Change, Interval, Score, Share, paired_change, tnps, wilson

COUNTS = st.integers(0, 2000)
TRIPLES = st.tuples(COUNTS, COUNTS, COUNTS)
SHARES = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def score_of(counts: tuple[int, int, int]) -> Score:
    promoters, passives, detractors = counts
    return tnps(promoters=promoters, passives=passives, detractors=detractors)


def known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def width(interval: Interval | None) -> float:
    return known(interval).high - known(interval).low


# z² = 3.841459.
# 8 of 10:  1 + z²/10 = 1.384146; centre (0.8 + 0.192073)/1.384146 = 0.716740;
#           half 1.959964·√(0.016 + 0.009604)/1.384146 = 1.959964·0.160011/1.384146 = 0.226577.
# 0 of 10:  low 0; high (z²/10)/(1 + z²/10) = 0.384146/1.384146 = 0.277533. 10 of 10 is its mirror.
# 1 of 1:   high 1; low 1/(1 + z²) = 1/4.841459 = 0.206549.
# 50 of 100: centre 0.5; half 1.959964·√(0.0025 + 0.000096)/1.038415 = 1.959964·0.050951/1.038415 = 0.096168.
@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (8, 10, 0.490162, 0.943318),
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (1, 1, 0.206549, 1.0),
        (0, 1, 0.0, 0.793451),
        (50, 100, 0.403832, 0.596168),
    ],
)
def test_a_share_has_the_wilson_interval_reckoned_by_hand(count: int, n: int, low: float, high: float) -> None:
    share = wilson(count, n)
    assert (share.n, share.count, share.share) == (n, count, count / n)
    assert known(share.interval).model_dump() == pytest.approx({"low": low, "high": high}, abs=2e-6)


def test_a_smaller_z_gives_the_interval_of_that_z() -> None:
    # z = 1, 1 of 2: 1 + z²/2 = 1.5; centre (0.5 + 0.25)/1.5 = 0.5;
    # half √(0.125 + 0.0625)/1.5 = 0.433013/1.5 = 0.288675.
    interval = known(wilson(1, 2, z=1).interval)
    assert interval.model_dump() == pytest.approx({"low": 0.211325, "high": 0.788675}, abs=1e-6)


def test_nobody_counted_is_no_share() -> None:
    assert wilson(0, 0) == Share(n=0, count=0, share=None, interval=None)


@pytest.mark.parametrize(("count", "n"), [(-1, 10), (11, 10), (1, 0), (0, -1)])
def test_an_impossible_count_is_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson(count, n)


@given(SHARES)
def test_a_share_lies_inside_its_interval_and_both_inside_0_and_1(of: tuple[int, int]) -> None:
    share = wilson(*of)
    assert share.share is not None
    assert 0 <= known(share.interval).low <= share.share <= known(share.interval).high <= 1
    assert width(share.interval) > 0


@given(SHARES, st.integers(2, 50))
def test_the_same_share_of_more_is_surer(of: tuple[int, int], times_more: int) -> None:
    count, n = of
    assert width(wilson(count * times_more, n * times_more).interval) < width(wilson(count, n).interval)


@given(SHARES)
def test_those_who_did_and_those_who_did_not_mirror(of: tuple[int, int]) -> None:
    count, n = of
    did, did_not = known(wilson(count, n).interval), known(wilson(n - count, n).interval)
    assert (did.low, did.high) == pytest.approx((1 - did_not.high, 1 - did_not.low), abs=1e-9)


# With P = promoters + 0.75, D = detractors + 0.75, N = n + 3.
# (7, 0, 0): N 10; p - d = 0.775 - 0.075 = 0.7; √((0.85 - 0.49)/10) = √0.036 = 0.189737; ±0.371877.
#            0.328123 .. 1.071877, clipped to 1.
# (5, 3, 2): N 13; p - d = (5.75 - 2.75)/13 = 0.230769; p + d = 8.5/13 = 0.653846;
#            √((0.653846 - 0.053254)/13) = √0.0461994 = 0.214940; ±0.421275. -0.190506 .. 0.652044.
# (0, 0, 1): N 4; p - d = -0.25; √((0.625 - 0.0625)/4) = √0.140625 = 0.375; ±0.734986. -0.984986 .. 0.484986.
# (0, 1, 0): N 4; p - d = 0; √(0.375/4) = 0.306186; ±0.600114.
# (40, 30, 30): N 103; p - d = 10/103 = 0.097087; p + d = 71.5/103 = 0.694175;
#            √((0.694175 - 0.009426)/103) = √0.00664805 = 0.0815356; ±0.159807. -0.062719 .. 0.256894.
@pytest.mark.parametrize(
    ("counts", "score", "low", "high"),
    [
        ((7, 0, 0), 100, 32.8123, 100),
        ((5, 3, 2), 30, -19.0506, 65.2044),
        ((0, 0, 1), -100, -98.4986, 48.4986),
        ((1, 0, 0), 100, -48.4986, 98.4986),
        ((0, 1, 0), 0, -60.0114, 60.0114),
        ((40, 30, 30), 10, -6.2719, 25.6894),
    ],
)
def test_a_score_has_the_adjusted_wald_interval_reckoned_by_hand(
    counts: tuple[int, int, int], score: float, low: float, high: float
) -> None:
    result = score_of(counts)
    assert (result.promoters, result.passives, result.detractors) == counts
    assert (result.n, result.score) == (sum(counts), score)
    assert known(result.interval).model_dump() == pytest.approx({"low": low, "high": high}, abs=2e-4)


NOBODY = Score(n=0, promoters=0, passives=0, detractors=0, score=None, interval=None)


def test_nobody_answered_is_no_score() -> None:
    assert score_of((0, 0, 0)) == NOBODY


@pytest.mark.parametrize("counts", [(-1, 2, 2), (2, -1, 2), (2, 2, -1)])
def test_a_negative_count_is_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="not negative"):
        score_of(counts)


@given(TRIPLES.filter(any))
def test_a_score_and_its_interval_stay_within_100(counts: tuple[int, int, int]) -> None:
    result = score_of(counts)
    assert result.score is not None
    assert -100 <= result.score <= 100
    assert -100 <= known(result.interval).low < known(result.interval).high <= 100


@given(TRIPLES.filter(lambda counts: sum(counts) >= 2))
def test_a_score_of_two_answers_or_more_lies_inside_its_interval(counts: tuple[int, int, int]) -> None:
    result = score_of(counts)
    assert result.score is not None
    assert known(result.interval).low <= result.score <= known(result.interval).high


@given(TRIPLES.filter(any), st.integers(2, 50))
def test_the_same_score_of_more_answers_is_surer(counts: tuple[int, int, int], times_more: int) -> None:
    promoters, passives, detractors = counts
    more = score_of((promoters * times_more, passives * times_more, detractors * times_more))
    assert width(more.interval) < width(score_of(counts).interval)


@given(TRIPLES.filter(any))
def test_promoters_and_detractors_mirror(counts: tuple[int, int, int]) -> None:
    result, mirrored = score_of(counts), score_of((counts[2], counts[1], counts[0]))
    assert result.score == -(mirrored.score or 0)
    here, there = known(result.interval), known(mirrored.interval)
    assert (here.low, here.high) == pytest.approx((-there.high, -there.low), abs=1e-9)


@pytest.mark.parametrize(
    ("up", "down", "n", "net", "low", "high"),
    [
        (4, 2, 9, 0.2222, -0.3106, 0.6742),
        (0, 0, 10, 0.0, -0.2310, 0.2310),
        (10, 0, 10, 1.0, 0.5206, 1.0),
        (0, 1, 1, -1.0, -1.0, 0.7335),
        # Not reckoned by us: Cavo et al. (2012), as the tests of the R package contingencytables have it.
        (6, 16, 161, -0.0621, -0.1195, -0.0032),
    ],
)
def test_a_paired_change_has_its_adjusted_wald_interval(
    up: int, down: int, n: int, net: float, low: float, high: float
) -> None:
    change = paired_change(up=up, down=down, n=n)
    assert change.interval
    assert change.net is not None
    found = [round(one, 4) for one in (change.net, change.interval.low, change.interval.high)]
    assert found == [net, low, high]


def test_without_pairs_there_is_no_change() -> None:
    assert paired_change(up=0, down=0, n=0) == Change(n=0, up=0, down=0, net=None, interval=None)


@pytest.mark.parametrize(("up", "down", "n"), [(-1, 0, 1), (0, -1, 1), (2, 2, 3)])
def test_a_change_counts_pairs_only(up: int, down: int, n: int) -> None:
    with pytest.raises(ValueError, match="are not among"):
        paired_change(up=up, down=down, n=n)
