"""The citation picker of the editor: documents by number or name, whose choice fills the fields of a citation."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from exam_service.bank.legal import documents
from exam_service.bank.legal.sentences import CURRENCY_KINDS, currency_name
from exam_service.bank.legal.touching import today
from exam_service.bank.pages.frame import Viewer
from exam_service.db import Reading
from exam_service.templates import render

router = APIRouter()


@router.get("/pick")
def pick(
    request: Request,
    session: Reading,
    actor: Viewer,
    q: Annotated[str, Query(max_length=300)] = "",
    at: Annotated[int, Query(ge=0, le=20)] = 0,
) -> Response:
    """A fragment: the documents that the words mean; `at` is the citation of the form whose fields are filled."""
    found = documents.pick_documents(session, actor, q=q)
    return render(
        request,
        "bank/_citation_picker.html",
        found=found,
        asked=bool(q.strip()),
        at=at,
        standing=documents.standings(session, on=today()) if found else {},
        kinds=CURRENCY_KINDS,
        currency_name=currency_name,
    )
