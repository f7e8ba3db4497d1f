"""From a command to the desk of somebody else: how soon their browser shows a change."""

import random
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import httpx2
from playwright.sync_api import Browser, Page

from ops.bench.figures import Line, below, milliseconds, quantile
from ops.bench.first_load import open_desk
from ops.bench.scene import Person
from ops.bench.signing_in import SignedIn
from ops.bench.size import Size

GOAL = 1.0
PATIENCE = 30_000
"""Milliseconds."""
PAUSES = (0.2, 1.2)
"""Seconds between two changes: some come while the desk holds back after the one before."""
_SEED = 5
WATCH = """() => {
  window.shown = {};
  const look = () => {
    const at = Date.now() / 1000;
    for (const row of document.querySelectorAll("[data-row]")) {
      if (window.shown[row.id]?.owner !== row.dataset.owner) window.shown[row.id] = { owner: row.dataset.owner, at };
    }
  };
  look();
  const parts = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document.getElementById("queue"), parts);
}"""
"""Notes for each row whose it is, and since when, as soon as the document says so."""


def measure(browser: Browser, watching: SignedIn, by: Person, cases: Sequence[UUID], size: Size) -> Line:
    """One takes cases and puts them back by the API; the other only looks at the desk."""
    context = watching.context(browser)
    page = context.new_page()
    open_desk(page, watching)
    page.evaluate(WATCH)
    waits = _waits(page, watching.address, by, cases, size.changes)
    context.close()
    print(f"  visible on another desk: p99 {milliseconds(quantile(waits, 0.99))}", flush=True)
    return line(waits)


def _waits(page: Page, address: str, by: Person, cases: Sequence[UUID], changes: int) -> list[float]:
    pauses, waits = random.Random(_SEED), list[float]()
    headers = {"Authorization": f"Bearer {by.token}"}
    with httpx2.Client(base_url=address, headers=headers, trust_env=False) as client:
        for turn in range(changes):
            case, command = cases[turn // 2 % len(cases)], ("claim", "release")[turn % 2]
            sent = time.time()
            answer = client.post(f"/cases/{case}/{command}", headers={"Idempotency-Key": str(uuid4())})
            assert answer.status_code == 200, answer.text
            waits.append(_shown(page, case, str(by.staff.id) if command == "claim" else "") - sent)
            page.wait_for_timeout(1000 * pauses.uniform(*PAUSES))
    return waits


def _shown(page: Page, case: UUID, owner: str) -> float:
    """Since when the row says so; seconds since the epoch, by the clock of this machine."""
    row = f"case-{case}"
    page.wait_for_selector(f'#{row}[data-owner="{owner}"]', state="attached", timeout=PATIENCE)
    at: float = page.evaluate("row => window.shown[row].at", row)
    return at


def line(waits: Sequence[float]) -> Line:
    """From the moment the request is sent until the row has changed in the document."""
    worst = quantile(waits, 0.99)
    return Line(
        "claim or release → on another desk, p50 and p99",
        f"{milliseconds(quantile(waits, 0.5))}, {milliseconds(worst)}",
        goal=f"p99 < {milliseconds(GOAL)}",
        verdict=below(worst, GOAL),
        notes=(
            f"{len(waits)} changes, {PAUSES[0]}–{PAUSES[1]} s apart, from the request sent to the row in the document: "
            "workflow, rows, live feed, at most half a second of holding back, fragment, swap",
        ),
    )
