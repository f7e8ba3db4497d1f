"""The relay as it is, with a fuse between telling a workflow and marking the row."""

from unittest.mock import patch

from db.intake import Inbox
from lifetime import leave
from ops import relay
from tests.chaos.points import Point, planted


class DyingRelay(relay.Relay):
    """Starts and signals, and may not live to mark it."""

    async def _start(self, row: Inbox) -> str:
        result = await super()._start(row)
        planted().reach(Point.AFTER_START)
        return result

    async def _signal(self, row: Inbox) -> str:
        result = await super()._signal(row)
        planted().reach(Point.AFTER_SIGNAL)
        return result


if __name__ == "__main__":
    with patch.object(relay, "Relay", DyingRelay):
        relay.main()
    leave()
