"""The short form: each part killed once, three fail points, a night; then every invariant, and its proof.

All tests look at one run, so they stay in one module: its xdist worker makes the run.
"""

import pytest

from tests.chaos.invariants import ALL, Invariant
from tests.chaos.tampering import CASES, Tampering
from tests.chaos.verdict import Verdict

pytestmark = pytest.mark.timeout(420)


@pytest.mark.parametrize("invariant", [one.__name__ for one in ALL])
def test_after_the_chaos(verdict: Verdict, invariant: str) -> None:
    assert not verdict.complaints[invariant], verdict.text()


@pytest.mark.parametrize(("invariant", "tampering"), CASES)
def test_what_contradicts_an_invariant_is_found(verdict: Verdict, invariant: Invariant, tampering: Tampering) -> None:
    before = list(invariant(verdict.evidence))
    assert len(list(invariant(tampering(verdict.evidence)))) > len(before)
