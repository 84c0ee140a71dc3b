"""Pages of the question banks."""

from fastapi import APIRouter

from exam_service.bank.facets import pages as facets
from exam_service.bank.manage import bulk_pages, comment_pages, family_pages, view_pages
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

PARTS = (
    banks,
    review,
    imports,
    import_answers,
    import_rows,
    similar,
    media,
    competencies,
    editor,
    bulk_pages,
    view_pages,
    comment_pages,
    family_pages,
    facets,
    items,
)
router = APIRouter(include_in_schema=False)
for part in PARTS:
    router.include_router(part.router, prefix="/bank")
