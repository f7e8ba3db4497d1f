"""The key ring, and what it does to a payload."""

from collections.abc import Sequence

import pytest
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload

from ops.env_example import render
from payload_codec import EncryptedPayloads, UndecodableError
from payload_keys import KeyRing
from settings import Settings, load
from tests.ops.payload_keys_of import NEW, OLD, OTHER, settings_with

PLAIN = Payload(metadata={"encoding": b"json/plain", "messageType": b"Opening"}, data=b'{"case":"0198"}')


def codec(*keys: str) -> EncryptedPayloads:
    return EncryptedPayloads(KeyRing.read(keys))


def sealed(*keys: str, payload: Payload = PLAIN) -> Payload:
    (one,) = codec(*keys).encrypted([payload])
    return one


def opened(payload: Payload, *keys: str) -> Payload:
    (one,) = codec(*keys).decrypted([payload])
    return one


def test_what_is_encrypted_comes_back_as_it_was() -> None:
    assert opened(sealed(OLD), OLD) == PLAIN


def test_nothing_of_it_can_be_read_meanwhile() -> None:
    stored = sealed(OLD)
    assert dict(stored.metadata) == {"encoding": b"binary/encrypted", "encryption-key-id": b"old"}
    assert b"case" not in stored.data
    assert b"plain" not in stored.data


def test_the_same_text_never_looks_the_same() -> None:
    assert sealed(OLD).data != sealed(OLD).data


def test_an_empty_payload_survives() -> None:
    assert opened(sealed(OLD, payload=Payload()), OLD) == Payload()


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    before = sealed(OLD)
    after = sealed(NEW, OLD)
    assert after.metadata["encryption-key-id"] == b"new"
    assert opened(before, NEW, OLD) == opened(after, NEW, OLD) == opened(after, OLD, NEW) == PLAIN


def test_what_was_written_before_there_were_keys_is_read_as_it_is() -> None:
    assert opened(PLAIN, OLD) == PLAIN


def test_switched_off_nothing_more_is_encrypted_and_all_is_still_read() -> None:
    assert sealed("off", OLD) == PLAIN
    assert opened(sealed(OLD), "off", OLD) == PLAIN


def test_an_unknown_key_is_named_with_those_that_are_known() -> None:
    with pytest.raises(UndecodableError, match="'old'; the keys here are: new, other"):
        opened(sealed(OLD), NEW, OTHER)


def test_another_key_of_the_same_id_does_not_open_it() -> None:
    with pytest.raises(UndecodableError, match="'old' does not open"):
        opened(sealed(OLD), OTHER.replace("other:", "old:"))


@pytest.mark.parametrize("data", [b"", b"short", b"x" * 12, b"x" * 100])
def test_a_damaged_payload_is_refused(data: bytes) -> None:
    stored = sealed(OLD)
    stored.data = data
    with pytest.raises(UndecodableError):
        opened(stored, OLD)


def test_a_payload_cannot_be_passed_off_as_another_keys() -> None:
    same = NEW.partition(":")[2]
    stored = sealed(NEW)
    stored.metadata["encryption-key-id"] = b"twin"
    with pytest.raises(UndecodableError):
        opened(stored, f"twin:{same}", NEW)


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (["bm8gaWQ="], "payload key 1 is not written as id:base64"),
        ([OLD, "two words:bm8="], "payload key 2 is not written as id:base64"),
        (["a:bm8="], "payload key 'a' has 2 bytes instead of 32; `openssl rand -base64 32` makes one"),
        (["a:%%%"], "payload key 'a' is not base64"),
        ([OLD, OLD], "two payload keys have the id 'old'"),
        ([OLD, "off"], "payload key 2 is not written as id:base64"),
    ],
)
def test_a_wrong_key_is_told_and_not_shown(keys: Sequence[str], complaint: str) -> None:
    with pytest.raises(ValueError, match="payload key") as refused:
        KeyRing.read(keys)
    assert complaint in str(refused.value)
    assert [key for key in keys if key.partition(":")[2] and key.partition(":")[2] in str(refused.value)] == []


def test_the_setting_is_a_comma_separated_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_PAYLOAD_KEYS", f"{NEW}, {OLD}")
    settings = load()
    assert (settings.payload_ring.writes, set(settings.payload_ring.keys)) == ("new", {"new", "old"})
    assert OLD.partition(":")[2] not in repr(settings) + repr(settings.payload_ring)


@pytest.mark.parametrize(("value", "writes"), [("", None), ("off", None), (f"off,{OLD}", None), (OLD, "old")])
def test_unset_or_off_encrypts_nothing(monkeypatch: pytest.MonkeyPatch, value: str, writes: str | None) -> None:
    monkeypatch.setenv("CLOSELOOP_PAYLOAD_KEYS", value)
    assert load().payload_ring.writes == writes


def test_a_wrong_setting_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOSELOOP_PAYLOAD_KEYS", "a:aHVzaA==")
    with pytest.raises(SystemExit, match="CLOSELOOP_PAYLOAD_KEYS: payload key 'a' has 4 bytes") as refused:
        load()
    assert "aHVzaA" not in str(refused.value)
    with pytest.raises(ValidationError) as invalid:
        Settings(_env_file=None)
    assert "aHVzaA" not in str(invalid.value)


def test_the_example_file_shows_no_key() -> None:
    assert "#CLOSELOOP_PAYLOAD_KEYS=\n" in render()
    assert settings_with().payload_ring.keys == {}
