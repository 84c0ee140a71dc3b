"""Pages of results: before the release, after it, and the candidate's own."""

from fastapi import APIRouter

from exam_service.results.pages import item_statistics, own, released, unreleased

router = APIRouter(include_in_schema=False)
for part in (unreleased, released, own, item_statistics):
    router.include_router(part.router)
