"""The demo's units, positions and people, written in bulk."""

import json
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.demo.population import APPOINTED, make_officials
from exam_service.people.models import Appointment, Person, Position, PositionGroup, Unit
from exam_service.people.names import PersonName, person_sort_key, sort_key
from question_bank.text import fold

# Since 1/7/2025 civil servants of a commune hold job positions (vị trí việc làm); elected offices kept their names.
CIVIL_SERVICE_POSITIONS = (
    "VT-CVVP",
    "VT-CVTP",
    "VT-CVTC",
    "VT-CVXD",
    "VT-CVDD",
    "VT-CVNN",
    "VT-CVVH",
    "VT-CVXH",
)


def read(name: str) -> Any:
    """The decoded JSON of a data file of the demo."""
    return json.loads(files("exam_service.demo").joinpath(name).read_text("utf-8"))


def add_organisation(session: Session) -> dict[str, UUID]:
    """Units, positions and the 1,697 officials are there; returns position code → id."""
    units = _add_units(session)
    positions = {entry["code"]: uuid7() for entry in read("positions.json")}
    session.execute(
        insert(Position),
        [{"id": positions[entry["code"]], "is_active": True, **entry} for entry in read("positions.json")],
    )
    _add_people(session, units, positions)
    return positions


def _add_units(session: Session) -> list[UUID]:
    """The city and its communes and wards; returns the ids of the communes and wards in the order of the file."""
    ids: dict[str, UUID] = {}
    rows = []
    for entry in read("units.json"):
        ids[entry["code"]] = uuid7()
        rows.append(
            {
                "id": ids[entry["code"]],
                "code": entry["code"],
                "type": entry["type"],
                "name": entry["name"],
                "parent_id": ids.get(entry.get("parent") or ""),
                "sort_key": sort_key(entry["name"]),
                "is_active": True,
            }
        )
    session.execute(insert(Unit), rows)
    return [row["id"] for row in rows if row["parent_id"] is not None]


def _cadre_codes() -> list[str]:
    return [entry["code"] for entry in read("positions.json") if entry["group"] == PositionGroup.CADRE]


def _add_people(session: Session, units: list[UUID], positions: dict[str, UUID]) -> None:
    people, appointments = [], []
    officials = make_officials(len(units), cadre=_cadre_codes(), civil_servant=CIVIL_SERVICE_POSITIONS)
    for official in officials:
        person_id = uuid7()
        name = PersonName(official.family_names, official.given_name)
        people.append(
            {
                "id": person_id,
                "staff_code": official.staff_code,
                "cccd": official.cccd,
                "family_names": official.family_names,
                "given_name": official.given_name,
                "birth_date": official.birth_date,
                "sex": official.sex,
                "email": None,
                "sort_key": person_sort_key(name),
                "search_text": fold(f"{official.family_names} {official.given_name} {official.staff_code}"),
                "updated_at": clock.now(),
            }
        )
        appointments += [
            {
                "id": uuid7(),
                "person_id": person_id,
                "position_id": positions[code],
                "unit_id": units[official.unit],
                "is_main": place == 0,
                "from_date": APPOINTED,
                "to_date": None,
            }
            for place, code in enumerate(official.positions)
        ]
    session.execute(insert(Person), people)
    session.execute(insert(Appointment), appointments)
