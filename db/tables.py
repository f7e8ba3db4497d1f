"""All tables in one place, for migrations and for whoever needs several."""

from sqlmodel import SQLModel

from db.casework import Attempt, Case, Note, Review, Timeline
from db.intake import Inbox, Response, Suppression
from db.outreach import Alert, FinalSurvey, Link, Message
from db.people import Customer, Licence, Organisation, Purchase
from db.staff import ApiToken, Duty, IdempotencyKey, Reservation, Staff

metadata = SQLModel.metadata

__all__ = [
    "Alert",
    "ApiToken",
    "Attempt",
    "Case",
    "Customer",
    "Duty",
    "FinalSurvey",
    "IdempotencyKey",
    "Inbox",
    "Licence",
    "Link",
    "Message",
    "Note",
    "Organisation",
    "Purchase",
    "Reservation",
    "Response",
    "Review",
    "Staff",
    "Suppression",
    "Timeline",
    "metadata",
]
