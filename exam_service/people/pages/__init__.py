"""Pages of people: persons, units, positions and rosters."""

from fastapi import APIRouter

from exam_service.people.pages import catalogues, persons, rosters

router = APIRouter(include_in_schema=False)
# Rosters stand first: /people/imports must not be taken for the id of a person.
for part in (rosters, catalogues, persons):
    router.include_router(part.router)
