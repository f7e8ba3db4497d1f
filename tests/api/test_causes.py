"""The managed list of causes: named, put out of use, and asked of every resolution."""

import pytest

from tests.api.staff_desk import Desk

GUIDE = {"name_en": "Needs a guide", "name_ru": "Нужна инструкция", "active": True}
RESOLUTION = {"cause": "guide", "text": "Wrote one.", "solved": True, "one_conversation": True}


async def codes(desk: Desk) -> dict[str, bool]:
    listed = (await desk.get("specialist", "/causes")).json()["causes"]
    return {cause["code"]: cause["active"] for cause in listed}


async def test_a_manager_keeps_the_list(desk: Desk) -> None:
    assert "guide" not in await codes(desk)
    assert (await desk.ask("manager", "PUT", "/causes/guide", GUIDE)).status_code == 200
    assert (await codes(desk))["guide"]
    assert (await desk.ask("admin", "PUT", "/causes/guide", GUIDE | {"active": False})).json()["active"] is False
    assert not (await codes(desk))["guide"]
    assert (await desk.ask("lead", "PUT", "/causes/guide", GUIDE)).status_code == 403


@pytest.mark.parametrize("code", ["Guide", "1st", "a" * 61, "with space"])
async def test_a_code_is_one_short_word(desk: Desk, code: str) -> None:
    assert (await desk.ask("manager", "PUT", f"/causes/{code}", GUIDE)).status_code == 422


@pytest.mark.parametrize("name", ["a" * 201, "a" * 200 + "\x0b", "a" + " " * 200])
async def test_a_name_is_no_longer_than_its_document_says_before_anything_is_left_out(desk: Desk, name: str) -> None:
    assert (await desk.ask("manager", "PUT", "/causes/guide", GUIDE | {"name_en": name})).status_code == 422
    assert (await desk.ask("manager", "PUT", "/causes/guide", GUIDE | {"name_en": name[:200]})).status_code == 200


async def test_a_resolution_names_an_active_cause(desk: Desk) -> None:
    case = desk.open()
    for active in (None, False):
        if active is not None:
            await desk.ask("manager", "PUT", "/causes/guide", GUIDE | {"active": active})
        refused = await desk.post("specialist", f"/cases/{case}/resolution", RESOLUTION)
        assert (refused.status_code, refused.json()["code"]) == (422, "no_such_cause")
    await desk.ask("manager", "PUT", "/causes/guide", GUIDE)
    asked = await desk.post("specialist", f"/cases/{case}/resolution", RESOLUTION)
    assert asked.status_code == 503, "Temporal is away: the list was no obstacle"
