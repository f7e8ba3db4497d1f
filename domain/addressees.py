"""Whom an installation wants an alert to go to, where that is not whom we would tell."""

from enum import StrEnum

from domain.policy import Frozen


class Addressee(StrEnum):
    """The owner of the case, or everybody of a role."""

    OWNER = "owner"
    SPECIALIST = "specialist"
    SECOND_LINE = "second_line"
    LEAD = "lead"
    MANAGER = "manager"
    ADMIN = "admin"


class Presence(StrEnum):
    """Whether duty counts. An owner is told in any case."""

    ON_DUTY = "on_duty"
    ANYBODY = "anybody"


class Addressees(Frozen):
    """When nobody of them is there, the leads are told."""

    to: tuple[Addressee, ...]
    who: Presence = Presence.ON_DUTY
