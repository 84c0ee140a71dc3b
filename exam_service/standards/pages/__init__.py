"""Pages of cut scores: the officer's and the judge's."""

from fastapi import APIRouter

from exam_service.standards.pages import judging, panels

router = APIRouter(include_in_schema=False)
for part in (panels, judging):
    router.include_router(part.router)
