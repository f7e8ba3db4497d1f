"""What a case waits for, as people read it."""

from collections.abc import Mapping
from types import MappingProxyType

from api.staff_pages.translations import N_, said
from domain.words import Language

WAITS: Mapping[str, str] = MappingProxyType(
    {
        "promise": N_("the next warning of the callback promise"),
        "promise due": N_("the callback promise falls due"),
        "agreed callback soon": N_("the warning before the agreed callback"),
        "agreed callback due": N_("the agreed callback"),
        "moved deadline due": N_("the deadline a lead has set"),
        "next attempt due": N_("the next call attempt"),
        "claimed, not called": N_("a call by whoever took it"),
        "released if not called": N_("a call, or it goes back to the desk"),
        "call without an end": N_("news of the call's end"),
        "call left by its specialist": N_("news of the call's end, its specialist has hung up"),
        "answer of second line due": N_("second line's answer"),
        "idle": N_("a step, or its owner is reminded"),
        "goal": N_("the goal: solved by then"),
        "number awaited": N_("a telephone number from the customer"),
        "final survey": N_("the customer's answer to the final survey"),
        "alarm repeats": N_("the alert to be acknowledged"),
    }
)
"""By the step's words up to what varies in them."""


def wait(language: Language, step: str) -> str:
    """The step's deadline in words; a step this version does not know is shown as it is."""
    code = step if step in WAITS else step.partition(":")[0].partition(", ")[0]
    return said(language, WAITS[code]) if code in WAITS else step
