"""How often one client may send a form: counted in memory, so every API process counts for itself."""

import math
import time
from ipaddress import IPv6Address, ip_address

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_SUBNET = 64


class RateLimit:
    """So many times in so long a time for each key, such as `10 per 10 minutes`."""

    def __init__(self, rate: str) -> None:
        self._rate: RateLimitItem = parse(rate)

    def wait(self, request: Request, *key: str) -> int | None:
        """Count one more for the key; None when it may go on, else after how many seconds it may come again."""
        counter = _counter(request)
        if counter.hit(self._rate, *key):
            return None
        until = counter.get_window_stats(self._rate, *key).reset_time
        return max(1, math.ceil(until - time.time()))


def client_address(request: Request) -> str:
    """Who asks, as far as the connection tells; an IPv6 client has a whole subnet to choose its address from."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    return str(address.ipv4_mapped or int(address) >> _SUBNET)


def _counter(request: Request) -> MovingWindowRateLimiter:
    """One an app, made when first needed."""
    state = request.app.state
    if not hasattr(state, "rate_counter"):
        state.rate_counter = MovingWindowRateLimiter(MemoryStorage())
    counter: MovingWindowRateLimiter = state.rate_counter
    return counter
