"""Every code in the table does what it says; a code that is not there is judged by its status."""

import pytest

from channels.errors import Ambiguous, NotSent, Refused, RefusedReason
from channels.twilio.errors import RULES, Then, error_of, error_of_status, outcome_of_failure
from domain.words import AttemptOutcome

EXPECTED = {
    Then.NEW_NUMBER: {13223, 13224, 13226, 21201, 21211, 21214, 21217, 21604},
    Then.OTHER_CHANNEL: {21612, 21614, 21635, 30004, 30005, 30006},
    Then.NEVER_AGAIN: {21610},
    Then.OPERATOR: {
        *(13214, 13225, 13227, 20003, 20005, 21203, 21205, 21210, 21212, 21215, 21216, 21219),
        *(21408, 21601, 21602, 21603, 21606, 21608, 21617, 21659, 21660, 21661, 21701, 21703, 21705),
        *(30002, 30007, 30024, 30034),
    },
    Then.LATER: {10004, 20009, 20429, 21611, 30001, 30003, 30008, 30036, 30410},
    Then.NOTHING: {20404, 21220},
}
REASONS = {
    Then.NEW_NUMBER: RefusedReason.INVALID_NUMBER,
    Then.OTHER_CHANNEL: RefusedReason.NO_SMS,
    Then.NEVER_AGAIN: RefusedReason.OPTED_OUT,
    Then.OPERATOR: RefusedReason.CONFIG,
    Then.NOTHING: RefusedReason.NOT_FOUND,
}
ROWS = [(code, then) for then, codes in EXPECTED.items() for code in sorted(codes)]


def test_the_table_holds_these_codes_and_no_others() -> None:
    assert set(RULES) == {code for code, _ in ROWS}
    assert all(rule.meaning for rule in RULES.values())


@pytest.mark.parametrize(("code", "then"), ROWS)
def test_each_code_becomes_one_error(code: int, then: Then) -> None:
    assert RULES[code].then is then
    error = error_of(code, 400)
    if then is Then.LATER:
        assert isinstance(error, NotSent)
    else:
        assert isinstance(error, Refused)
        assert error.reason is REASONS[then]


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (99999, 400, RefusedReason.CONFIG),
        (400, 400, RefusedReason.CONFIG),
        (None, 403, RefusedReason.CONFIG),
        (404, 404, RefusedReason.NOT_FOUND),
        (None, 302, RefusedReason.CONFIG),
    ],
)
def test_an_unknown_code_is_judged_by_its_status(code: int | None, status: int, reason: RefusedReason) -> None:
    error = error_of(code, status)
    assert isinstance(error, Refused)
    assert error.reason is reason


@pytest.mark.parametrize(
    ("status", "kind"), [(429, NotSent), (500, Ambiguous), (502, Ambiguous), (503, Ambiguous), (408, Ambiguous)]
)
def test_some_statuses_say_all(status: int, kind: type[Exception]) -> None:
    assert isinstance(error_of_status(status), kind)


@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 401, 404])
def test_of_others_the_answer_is_read(status: int) -> None:
    assert error_of_status(status) is None


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, AttemptOutcome.UNAVAILABLE),
        (0, AttemptOutcome.UNAVAILABLE),
        (99999, AttemptOutcome.UNAVAILABLE),
        (13224, AttemptOutcome.INVALID),
        (21211, AttemptOutcome.INVALID),
        (21214, AttemptOutcome.INVALID),
        (13227, AttemptOutcome.TECHNICAL),
        (13214, AttemptOutcome.TECHNICAL),
        (10004, AttemptOutcome.TECHNICAL),
    ],
)
def test_only_a_bad_number_is_the_numbers_fault(code: int | None, outcome: AttemptOutcome) -> None:
    assert outcome_of_failure(code) is outcome
