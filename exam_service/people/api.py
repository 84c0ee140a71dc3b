"""The API by which an HR system sends persons and appointments."""

import hashlib
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exam_service import clock
from exam_service.actor import Actor, Scope
from exam_service.auth.access import require_scope
from exam_service.db import Tx
from exam_service.people import roster
from exam_service.people.models import RosterImport
from exam_service.people.roster_columns import Column, Heading
from exam_service.people.roster_file import RosterSheet
from exam_service.people.roster_findings import finding_sentence
from exam_service.people.roster_rows import read_rows
from question_bank.formats.workbook import CellValue

router = APIRouter(prefix="/api/people", tags=["people"])
LARGEST_BATCH = 200  # about 50 KB, within the limit of bodies of the API
_COLUMNS = (
    Column.STAFF_CODE,
    Column.CCCD,
    Column.FULL_NAME,
    Column.BIRTH_DATE,
    Column.SEX,
    Column.UNIT_CODE,
    Column.UNIT,
    Column.TITLE,
    Column.JOB_POSITION,
    Column.FROM_DATE,
    Column.EMAIL,
)
Cell = Annotated[str, Field(max_length=200)]


class RosterPerson(BaseModel):
    """One person in one position; a person with two positions is sent twice, the main position first."""

    model_config = ConfigDict(extra="forbid")

    staff_code: Cell = Field(default="", description="Mã CBCC; the key, else `cccd`.", examples=["CT00017"])
    cccd: Cell = Field(default="", description="Twelve digits as text.", examples=["092190001234"])
    full_name: Cell = Field(examples=["Nguyễn Thị Ánh"])
    birth_date: date | None = Field(default=None, examples=["1990-03-05"])
    sex: Cell = Field(default="", description="`male` or `female`.", examples=["female"])
    unit_code: Cell = Field(default="", description="Preferred to `unit`.", examples=["P-NINHKIEU"])
    unit: Cell = Field(default="", description="Type and name.", examples=["Phường Ninh Kiều"])
    title: Cell = Field(default="", description="Chức vụ or chức danh: code or words.", examples=["TPHT"])
    job_position: Cell = Field(
        default="", description="Vị trí việc làm: code or words.", examples=["VT-CVTP"]
    )
    from_date: date | None = Field(default=None, description="First day in the position.")
    email: Cell = ""


class RosterInput(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: Cell = Field(description="Names the sending system in the list of imports.", examples=["HRM"])
    effective_date: date = Field(description="First day of positions without `from_date`.")
    dry_run: bool = Field(default=True, description="False also commits, when no person has an error.")
    people: list[RosterPerson] = Field(min_length=1, max_length=LARGEST_BATCH)


class RosterRemark(BaseModel):
    severity: str = Field(examples=["error"])
    code: str = Field(examples=["unit_unknown"])
    detail: str


class RosterVerdict(BaseModel):
    index: int = Field(description="Place in `people`, from 0.")
    verdict: str = Field(examples=["new"])
    person_id: UUID | None
    remarks: list[RosterRemark]


class RosterAnswer(BaseModel):
    import_id: UUID
    state: str = Field(description="`previewed` or `committed`.", examples=["previewed"])
    counts: dict[str, int] = Field(examples=[{"new": 1, "updated": 0, "unchanged": 0, "error": 0}])
    people: list[RosterVerdict]


@router.post(
    "/rosters",
    summary="Send persons and appointments",
    responses={409: {"description": "The stored people changed meanwhile; send the batch again."}},
)
def send_roster(
    session: Tx, actor: Annotated[Actor, require_scope(Scope.PEOPLE_WRITE)], roster_input: RosterInput
) -> RosterAnswer:
    """Checks up to 200 persons as the import page does; with `dry_run: false` writes all of them or none.

    A batch with errors is answered with state `previewed` and the remarks of each person; nothing was written.
    Sending the same batch again changes nothing.
    """
    rows, _skipped = read_rows(_as_table(roster_input.people), today=clock.now().date())
    digest = hashlib.sha256(roster_input.model_dump_json().encode()).hexdigest()
    source = roster.Source(roster_input.source, digest)
    done = roster.preview_rows(
        session, actor, rows=rows, source=source, effective_date=roster_input.effective_date
    )
    remarks = done.verdicts
    if not roster_input.dry_run and not roster.counts_of(done)["error"]:
        done = roster.commit_roster(session, actor, import_id=done.id)
    return _answer(done, remarks)


def _as_table(people: list[RosterPerson]) -> Heading:
    """The batch as the table that a file would hold, so that both are read by the same rules."""
    rows: list[list[CellValue]] = [
        [getattr(person, column) or "" for column in _COLUMNS] for person in people
    ]
    sheet = RosterSheet("API", rows, {})
    return Heading(sheet, {column: index for index, column in enumerate(_COLUMNS)}, 0, ())


def _answer(done: RosterImport, remarks: list[dict[str, Any]]) -> RosterAnswer:
    outcomes = {entry["row"]: entry for entry in done.verdicts}
    return RosterAnswer(
        import_id=done.id,
        state=done.state,
        counts=roster.counts_of(done),
        people=[
            RosterVerdict(
                index=entry["row"] - 1,
                verdict=entry["verdict"],
                person_id=outcomes[entry["row"]]["person_id"],
                remarks=[
                    RosterRemark(severity=f["severity"], code=f["code"], detail=finding_sentence(f))
                    for f in entry["findings"]
                ],
            )
            for entry in remarks
        ],
    )
