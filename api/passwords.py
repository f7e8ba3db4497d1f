"""Passwords of staff: argon2id, by the parameters RFC 9106 recommends for little memory."""

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200
"""Length is all that is asked for (NIST SP 800-63B, 5.1.1.2)."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another when it is read out."""
_hasher = PasswordHasher()
AT_ONCE = 2
"""One takes 64 MiB and a tenth of a second: many at once must not take all there is."""
_turns = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """What is kept of a password."""
    with _turns:
        return _hasher.hash(password)


def fits(password: str, password_hash: str) -> bool:
    """Whether it is the password."""
    with _turns:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def one_time() -> str:
    """A password to hand out once: 59 random bits in three groups."""
    return one_time_of(secrets.token_bytes(32))


def one_time_of(bits: bytes) -> str:
    """The password made of these bits, of which there are far more than it needs; nobody else may know them."""
    number, letters = int.from_bytes(bits), ""
    while len(letters) < 12:
        number, place = divmod(number, len(_LETTERS))
        letters += _LETTERS[place]
    return "-".join(letters[start : start + 4] for start in (0, 4, 8))


NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$VP2Q//zABrYdK0fUb7ru/A$s/J/8eZqwgXDvJLu6o7gLGRkLMSH+UiPlVGKoBxd5SE"
"""Fits nothing anybody knows: an unknown login takes as long to refuse as a wrong password."""
