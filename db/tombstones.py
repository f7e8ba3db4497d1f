"""What is kept of identifiers after an erasure: keyed hashes, enough to know them again, not to tell them."""

import hashlib
import hmac

_MARK = "erased:"


def of_response(secret: bytes, source: str, form: str, external_id: str) -> str:
    """What stands in place of a response's id at its platform."""
    return _keyed(secret, "response", source, form, external_id)


def of_customer(secret: bytes, external_id: str) -> str:
    """What stands in place of a customer's id at shop or inviter."""
    return _keyed(secret, "customer", external_id)


def _keyed(secret: bytes, *parts: str) -> str:
    # Each part with its length: no two different ones may run together to the same text. The label keeps this use of
    # the secret apart from links and suppressed addresses.
    said = "".join(f"{len(part)}:{part}" for part in ("tombstone", *parts))
    return _MARK + hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()
