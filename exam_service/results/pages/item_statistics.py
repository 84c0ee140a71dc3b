"""Use and statistics of an item: a part of the item's page, and a page without script."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.auth.access import require
from exam_service.bank.access import get_item
from exam_service.db import Reading
from exam_service.i18n import gettext as _
from exam_service.results.item_statistics import VersionFigures, figures_of_item, uses_of_item
from exam_service.settings import Settings
from exam_service.templates import render
from question_bank.text import plain
from question_bank.types.content import OMITTED, ChoiceContent

router = APIRouter()


@router.get("/bank/items/{item_id}/statistics")
def show_statistics(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, require(Permission.BANK_VIEW)],
    item_id: UUID,
) -> Response:
    settings: Settings = request.app.state.settings
    least = settings.statistics_from
    found = figures_of_item(session, actor, item_id=item_id, least=least)
    is_part = bool(request.headers.get("HX-Request"))
    return render(
        request,
        "results/_item_statistics.html" if is_part else "results/item_statistics.html",
        item=get_item(session, actor, item_id),
        uses=uses_of_item(session, actor, item_id=item_id),
        found=[_shown(entry) for entry in found if entry.n],
        least=least,
    )


def _shown(entry: VersionFigures) -> dict[str, Any]:
    key = entry.content.correct_response()
    keyed = () if key is None else entry.content.categories(key)
    labels = _labels(entry)
    figures = entry.figures
    return {
        "number": entry.version.number,
        "n": entry.n,
        "figures": figures,
        "options": [
            {"label": labels.get(row.category, row.category), "is_keyed": row.category in keyed, "row": row}
            for row in (figures.categories if figures else ())
        ],
    }


def _labels(entry: VersionFigures) -> dict[str, str]:
    labels = {OMITTED: _("(bỏ trống)"), "true": _("Đúng"), "false": _("Sai")}
    if isinstance(entry.content, ChoiceContent):
        for place, option in enumerate(entry.content.options):
            labels[option.id] = f"{chr(ord('A') + place)}. {plain(option.text)}"
    return labels
