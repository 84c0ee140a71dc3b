"""Pages of the question banks."""

from fastapi import APIRouter

from exam_service.bank.pages import (
    banks,
    competencies,
    editor,
    import_answers,
    import_rows,
    imports,
    items,
    media,
    review,
)
from exam_service.bank.similar import pages as similar

PARTS = (banks, review, imports, import_answers, import_rows, similar, media, competencies, editor, items)
router = APIRouter(include_in_schema=False)
for part in PARTS:
    router.include_router(part.router, prefix="/bank")
