"""All tables in one place, for migrations and for whoever needs several."""

from sqlmodel import SQLModel

from db.casework import Attempt, Case, Note, Review, Timeline
from db.intake import Inbox, Response, Suppression
from db.outgoing import WebhookDelivery, WebhookEndpoint
from db.outreach import Alert, FinalSurvey, Link, Message
from db.people import Customer, Licence, Organisation, Purchase
from db.proof import Erasure
from db.staff import ApiToken, Duty, IdempotencyKey, Reservation, Staff
from db.tally import Tally, TallyName

metadata = SQLModel.metadata

__all__ = [
    "Alert",
    "ApiToken",
    "Attempt",
    "Case",
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
    "Purchase",
    "Reservation",
    "Response",
    "Review",
    "Staff",
    "Suppression",
    "Tally",
    "TallyName",
    "Timeline",
    "WebhookDelivery",
    "WebhookEndpoint",
    "metadata",
]
