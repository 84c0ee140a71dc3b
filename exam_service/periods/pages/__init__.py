"""Pages of periods and blueprints."""

from fastapi import APIRouter

from exam_service.periods.pages import (
    blueprints,
    candidates,
    draws,
    exams,
    legal_changes,
    log,
    periods,
    public,
    sittings,
    supply,
)

router = APIRouter(include_in_schema=False)
# Blueprints first: their address would otherwise be taken for the id of a period.
for part in (blueprints, periods, exams, sittings, candidates, draws, log, legal_changes, supply, public):
    router.include_router(part.router)
