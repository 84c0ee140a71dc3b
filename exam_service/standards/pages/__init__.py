"""Pages of cut scores: the officer's, the judge's, and the minutes."""

from fastapi import APIRouter

from exam_service.standards.pages import judging, minutes, panels

router = APIRouter(include_in_schema=False)
for part in (panels, minutes, judging):
    router.include_router(part.router)
