"""All tables in one place, for migrations and for whoever needs several."""

from sqlmodel import SQLModel

from db.accounts import Account, StaffSession
from db.casework import Attempt, Case, Note, Review, Timeline
from db.causes import Cause
from db.intake import Inbox, Response, Suppression
from db.outgoing import WebhookDelivery, WebhookEndpoint
from db.outreach import Alert, FinalSurvey, Link, Message
from db.people import Customer, Licence, Organisation, Purchase
from db.presence import Presence
from db.proof import Erasure
from db.staff import ApiToken, Duty, IdempotencyKey, Reservation, Staff
from db.tally import Tally, TallyName

metadata = SQLModel.metadata

__all__ = [
    "Account",
    "Alert",
    "ApiToken",
    "Attempt",
    "Case",
    "Cause",
    "Customer",
    "Duty",
    "Erasure",
    "FinalSurvey",
    "IdempotencyKey",
    "Inbox",
    "Licence",
    "Link",
    "Message",
    "Note",
    "Organisation",
    "Presence",
    "Purchase",
    "Reservation",
    "Response",
    "Review",
    "Staff",
    "StaffSession",
    "Suppression",
    "Tally",
    "TallyName",
    "Timeline",
    "WebhookDelivery",
    "WebhookEndpoint",
    "metadata",
]
