"""Use and statistics of an item: a part of the item's page, and a page without script."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.analysis.shapes import long_labels, shape_of
from exam_service.auth.access import require
from exam_service.bank.access import get_item
from exam_service.db import Reading
from exam_service.results.item_statistics import VersionFigures, figures_of_item, uses_of_item
from exam_service.templates import render

router = APIRouter()


@router.get("/bank/items/{item_id}/statistics")
def show_statistics(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, require(Permission.BANK_VIEW)],
    item_id: UUID,
) -> Response:
    is_part = bool(request.headers.get("HX-Request"))
    return render(
        request,
        "results/_item_statistics.html" if is_part else "results/item_statistics.html",
        item=get_item(session, actor, item_id),
        uses=uses_of_item(session, actor, item_id=item_id),
        found=[_shown(entry) for entry in figures_of_item(session, actor, item_id=item_id)],
        least=request.app.state.settings.statistics_from,
    )


def _shown(entry: VersionFigures) -> dict[str, Any]:
    return {
        "number": entry.version.number,
        "period": entry.period,
        "statistics": entry.statistics,
        "labels": long_labels(entry.content),
        "keyed": shape_of(entry.content).keyed,
    }
