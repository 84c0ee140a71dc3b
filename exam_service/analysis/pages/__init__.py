"""Pages of statistics: the items of a period and their review, and the triage list."""

from fastapi import APIRouter

from exam_service.analysis.pages import irregularities, items

router = APIRouter(include_in_schema=False)
for part in (items, irregularities):
    router.include_router(part.router)
