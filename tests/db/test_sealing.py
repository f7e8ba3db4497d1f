"""Secrets at rest: readable without keys, sealed with them, bound to their row."""

import pytest

from db.sealing import UnsealableError, seal, unseal
from payload_keys import KeyRing

NEW, OLD = "new:" + "A" * 43 + "=", "old:" + "B" * 43 + "="
RINGS = [[], [NEW], [NEW, OLD], [OLD, NEW]]


@pytest.mark.parametrize("keys", RINGS)
def test_what_was_sealed_is_read_again(keys: list[str]) -> None:
    ring = KeyRing.read(keys)
    stored = seal("whsec_secret", ring, place="1")
    assert unseal(stored, ring, place="1") == "whsec_secret"
    assert unseal(stored, KeyRing.read([OLD, NEW]), place="1") == "whsec_secret"
    assert ("whsec_secret" in stored) == (not keys)


def test_the_same_secret_is_never_stored_the_same() -> None:
    ring = KeyRing.read([NEW])
    assert seal("whsec_secret", ring, place="1") != seal("whsec_secret", ring, place="1")


@pytest.mark.parametrize(
    ("keys", "place"), [([], "1"), ([OLD], "1"), (["new:" + "C" * 43 + "="], "1"), ([NEW], "2"), (["off", OLD], "1")]
)
def test_without_its_key_or_in_another_row_it_stays_closed(keys: list[str], place: str) -> None:
    stored = seal("whsec_secret", KeyRing.read([NEW]), place="1")
    with pytest.raises(UnsealableError, match="'new'") as closed:
        unseal(stored, KeyRing.read(keys), place=place)
    assert "whsec" not in str(closed.value)
