"""Facets counted after the list: a part of its filters, and the whole list for browsers without script."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from exam_service.bank.facets.counting import more_facets
from exam_service.bank.pages.frame import Viewer, show
from exam_service.bank.pages.items import list_page
from exam_service.bank.search import ItemFilter
from exam_service.db import Reading

router = APIRouter(prefix="/items/facets")


@router.get("")
def count_facets(
    request: Request, session: Reading, actor: Viewer, wanted: Annotated[ItemFilter, Query()]
) -> Response:
    least = request.app.state.settings.statistics_from
    counted = more_facets(session, actor, wanted, least=least)
    if request.headers.get("HX-Request"):
        return show(request, session, actor, "_more_facets", wanted=wanted, more=counted)
    return list_page(request, session, actor, wanted=wanted, more=counted)
