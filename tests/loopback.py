"""Requests to servers on this machine: no proxy is asked for, and no certificates are read (20 ms for each client)."""

from functools import partial

import httpx2

get = partial(httpx2.get, trust_env=False, verify=False)
post = partial(httpx2.post, trust_env=False, verify=False)
put = partial(httpx2.put, trust_env=False, verify=False)
request = partial(httpx2.request, trust_env=False, verify=False)
