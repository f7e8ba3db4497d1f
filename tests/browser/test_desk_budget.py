"""The bench's own measurements in a browser: they measure, and what the desk may weigh is kept."""

from dataclasses import replace

from playwright.sync_api import BrowserContext

from domain.messages import Staff
from ops.bench import first_load, visible
from ops.bench.figures import Verdict
from ops.bench.scene import Person
from ops.bench.signing_in import SignedIn
from ops.bench.size import TINY
from tests.browser.installation import Installation


def test_the_desk_is_light_and_shows_what_others_do(installation: Installation, context: BrowserContext) -> None:
    one, other, case = installation.hire(), installation.hire(), installation.respond()
    installation.sign_in(context, other)
    [cookie] = context.cookies()
    watching = SignedIn(installation.url, cookie["name"], cookie["value"])
    browser, size = context.browser, replace(TINY, first_loads=1)
    assert browser
    wire, _ = first_load.measure(browser, watching, size)
    assert wire.verdict is Verdict.MET, (wire.ours, wire.notes)
    by = Person(Staff(id=one.id, role=one.role), one.token)
    assert visible.measure(browser, watching, by, [case], size).notes[0].startswith("2 changes")
