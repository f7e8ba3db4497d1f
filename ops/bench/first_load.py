"""The desk in a browser that has nothing of it yet: what goes over the wire, and when there is something to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from playwright.sync_api import Browser, CDPSession, Page

from ops.bench.figures import Line, Verdict, spread
from ops.bench.signing_in import SignedIn
from ops.bench.size import Size

BYTES_GOAL, REQUESTS_GOAL = 50_000, 10
PAINT = "first-contentful-paint"
_PAINTED = f"""() => new Promise((done) => {{
  const look = (list) => list.getEntriesByName("{PAINT}").forEach((paint) => done(paint.startTime / 1000));
  new PerformanceObserver(look).observe({{ type: "paint", buffered: true }});
}})"""


@dataclass
class Load:
    """One of them, as Chromium's own network log tells it."""

    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes received, headers as well, by request."""
    paths: dict[str, str] = field(default_factory=dict)
    painted: float = 0.0
    """Seconds from the start of navigation."""

    @property
    def total(self) -> int:
        """Bytes in all."""
        return sum(self.sizes.values())

    def parts(self) -> str:
        """The largest first."""
        ordered = sorted(self.sizes, key=lambda request: -self.sizes[request])
        return ", ".join(f"{self.paths[request]} {self.sizes[request]:,}" for request in ordered)


def measure(browser: Browser, one: SignedIn, size: Size) -> list[Line]:
    """Each time in a browser context of its own: no cache, no connection of the one before."""
    loads = [_load(browser, one) for _ in range(size.first_loads + 1)][1:]
    print(f"  first load: {loads[0].total:,} bytes, {len(loads[0].sizes)} requests", flush=True)
    return lines(loads, browser.version)


def _load(browser: Browser, one: SignedIn) -> Load:
    context = one.context(browser)
    page, found = context.new_page(), Load()
    _listen(context.new_cdp_session(page), found)
    open_desk(page, one)
    found.painted = page.evaluate(_PAINTED)
    context.close()
    return found


def open_desk(page: Page, one: SignedIn) -> None:
    """Until the live feed answers, which it is asked for last."""
    with page.expect_response("**/events?*"):
        page.goto(f"{one.address}/desk", wait_until="load")


def _listen(network: CDPSession, found: Load) -> None:
    def answered(told: Mapping[str, Mapping[str, object]]) -> None:
        # A stream never ends: its head is all that a load has of it.
        request = str(told["requestId"])
        found.paths[request] = str(told["response"]["url"]).partition("//")[2].partition("/")[2].partition("?")[0]
        found.sizes[request] = int(str(told["response"]["encodedDataLength"]))

    def ended(told: Mapping[str, object]) -> None:
        found.sizes[str(told["requestId"])] = int(str(told["encodedDataLength"]))

    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", ended)
    network.send("Network.enable")


def lines(loads: Sequence[Load], version: str) -> list[Line]:
    """Bytes and requests of the median load, and how soon there is something to see."""
    size = int(median(load.total for load in loads))
    requests = int(median(len(load.sizes) for load in loads))
    good = size <= BYTES_GOAL and requests <= REQUESTS_GOAL
    wire = Line(
        "desk, first load",
        f"{size:,} bytes, {requests} requests",
        goal=f"≤ {BYTES_GOAL:,} bytes, ≤ {REQUESTS_GOAL} requests",
        verdict=Verdict.MET if good else Verdict.MISSED,
        notes=(loads[0].parts(),),
    )
    note = f"Chromium {version} on the same machine, cache and connections cold"
    paint = Line("desk, first contentful paint", spread([1000 * load.painted for load in loads], " ms"), notes=(note,))
    return [wire, paint]
