"""Alerts that nobody has acknowledged yet."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlmodel import col, select

from api.auth import AnybodyDep
from api.deps import SessionDep
from api.problems import responses
from api.shown import AlertOut
from db.health import UNSEEN
from db.outreach import Alert

router = APIRouter(tags=["alerts"])
SHOWN = 500


class Alerts(BaseModel):
    """Open alerts, the oldest first."""

    alerts: list[AlertOut]


@router.get("/alerts", responses=responses(401, 403))
def list_alerts(_: AnybodyDep, session: SessionDep) -> Alerts:
    """Alerts whose cause lasts and that nobody has acknowledged. They are acknowledged case by case."""
    rows = session.exec(select(Alert).where(*UNSEEN).order_by(col(Alert.raised_at), col(Alert.id)).limit(SHOWN))
    return Alerts(alerts=[AlertOut.model_validate(row) for row in rows])
