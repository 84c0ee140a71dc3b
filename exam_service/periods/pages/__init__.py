"""Pages of periods and blueprints."""

from fastapi import APIRouter

from exam_service.periods.pages import (
    blueprints,
    candidates,
    evidence,
    exams,
    legal_changes,
    periods,
    sittings,
    supply,
)

router = APIRouter(include_in_schema=False)
# Blueprints first: their address would otherwise be taken for the id of a period.
for part in (blueprints, periods, exams, sittings, candidates, evidence, legal_changes, supply):
    router.include_router(part.router)
