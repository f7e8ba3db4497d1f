"""The documentation page works without any other machine."""

import re

from tests.api.staff_desk import Desk


async def test_the_docs_page_loads_everything_from_here(desk: Desk) -> None:
    page = await desk.ask(None, "GET", "/docs")
    assert page.status_code == 200
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert linked
    assert all(link.startswith("/") for link in linked)
    for link in linked:
        assert (await desk.ask(None, "GET", link)).status_code == 200
