"""`python -m ops.healthcheck 8000 /healthz`: exit 0 when a server on this machine answers 200 there, else 1."""

import http.client
import sys
from contextlib import closing

PATIENCE_SECONDS = 3
LOOPBACK = "127.0.0.1"


def answers(port: int, path: str) -> bool:
    """Whether a GET is answered with 200, in time. It needs no settings and no package, so it is quick."""
    try:
        with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=PATIENCE_SECONDS)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(int(sys.argv[1]), sys.argv[2]) else 1)
