"""Pages of the audit trail, for auditors and administrators."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, field_validator

from exam_service.actor import Actor, Permission
from exam_service.auth import trail
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.pagination import paginate
from exam_service.templates import render

router = APIRouter(prefix="/admin/audit")
Auditor = Annotated[Actor, require(Permission.AUDIT_VIEW)]


class TrailQuery(BaseModel):
    """The filter as it stands in the address; an empty field of the form means: do not filter."""

    action: str = ""
    who: str = ""
    subject: str = ""
    from_day: date | None = None
    to_day: date | None = None
    page: int = 1

    @field_validator("from_day", "to_day", mode="before")
    @classmethod
    def empty_is_none(cls, value: object) -> object:
        return value or None


@router.get("")
def list_acts(
    request: Request, session: Reading, actor: Auditor, query: Annotated[TrailQuery, Query()]
) -> Response:
    wanted = trail.TrailFilter(**query.model_dump(exclude={"page"}))
    acts = trail.acts_matching(wanted, zone=request.app.state.settings.zone)
    return render(
        request,
        "admin/audit.html",
        page=paginate(session, acts, number=query.page),
        query=query.model_dump(exclude={"page"}, mode="json"),
        actions=trail.actions_seen(session),
        tab="audit",
    )


@router.get("/verification")
def show_verification(request: Request, session: Reading, actor: Auditor) -> Response:
    return render(request, "admin/verification.html", found=trail.verify_chain(session), tab="audit")
