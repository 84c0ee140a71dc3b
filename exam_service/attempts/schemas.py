"""What the player sends and receives. The names are a contract with `static/player/*.js`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from exam_service.attempts.answer_shape import LARGEST_SEQUENCE
from exam_service.attempts.models import AttemptState, CollectedBy


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class CandidateOut(Out):
    """The identity lines that the candidate checks."""

    number: str = Field(examples=["0117"])
    full_name: str = Field(examples=["Trần Thị Ngọc Ánh"])
    unit: str = Field(examples=["Phường Ninh Kiều"])
    room: str = Field(examples=["Phòng 03"])
    extra_time_min: int = Field(description="Planned and granted before the start.")
    extra_time_reason: str = Field(
        default="", description="By what it was granted; empty without.", examples=["QĐ 15/QĐ-HĐSH"]
    )


class GrantedTimeOut(Out):
    """Minutes granted in the room for an incident: to this candidate, or to the whole sitting."""

    minutes: int
    reason: str
    at: datetime
    is_for_all: bool


class PauseOut(Out):
    """When the clock of this candidate stood still, in milliseconds since 1970 by the clock of the database."""

    begin_ms: int
    end_ms: int | None = Field(description="null: it still does.")


class ExamOut(Out):
    title: str
    question_count: int
    duration_min: int
    max_points: str = Field(examples=["100", "37.5"])


class SittingOut(Out):
    """The common clock, in milliseconds from now by the clock of the database."""

    starts_in_ms: int
    remaining_ms: int
    duration_min: int
    late_limit_min: int
    earliest_submit_min: int
    granted: list[GrantedTimeOut] = Field(default_factory=list)
    pauses: list[PauseOut] = Field(default_factory=list)


class ReceiptOut(Out):
    """The proof of the hand-in."""

    submitted_at: datetime
    answered: int
    total: int
    digest: str = Field(description="SHA-256 over the final answers, in hex.")
    receipt_code: str = Field(examples=["7KQ4M-2XWPB"])
    collected_by: CollectedBy


class ReceiptCheckOut(Out):
    """Where anybody who holds the receipt sees that it is genuine, and the same as a QR code."""

    address: str
    qr: str = Field(description="An SVG image as a data URI.")


class CurrentAttemptOut(Out):
    """The signed-in candidate's attempt, and a token for everything else."""

    attempt_id: UUID
    state: AttemptState
    token: str
    candidate: CandidateOut
    exam: ExamOut
    sitting: SittingOut
    rules: dict[str, list[str]] = Field(description="By language: vi, en.")
    policy: dict[str, Any]
    receipt: ReceiptOut | None
    receipt_check: ReceiptCheckOut | None = None
    result_available: bool
    version: int = Field(description="Of the room, as `seen` of the clock.")
    void_reason: str = Field(default="", description="Why the attempt is void; empty while it counts.")


class MessageOut(Out):
    """What the invigilator has sent and the candidate has not confirmed."""

    id: UUID
    body: str
    sent_at: datetime


class ClockOut(Out):
    """The time left; it stands still while `paused`."""

    remaining_ms: int
    starts_in_ms: int
    state: AttemptState
    paused: bool
    held: bool = Field(description="False when another page holds the attempt: this one may not write.")
    now_ms: int = Field(description="Milliseconds since 1970 by the clock of the database.")
    waited_ms: int = Field(default=0, description="How long the answer was held back.")
    version: int = Field(description="Rises with every decision and message of the room: send it as `seen`.")
    messages: list[MessageOut]


class StoredResponseOut(Out):
    slot: int
    sequence: int
    response: dict[str, Any] | None
    flagged: bool
    saved_at: datetime


class SecretsOut(Out):
    """256-bit keys in URL-safe Base64 without padding: of the sealed paper, of the journal and of its chain."""

    paper: str
    journal: str
    chain: str


class StartedOut(Out):
    """The paper and what is already stored; `form` is `{sections: [{title, slots: [{slot, points, view}]}]}`."""

    remaining_ms: int
    token: str
    form: dict[str, Any] | None
    responses: list[StoredResponseOut]
    secrets: SecretsOut
    now_ms: int


class StartInput(BaseModel):
    """Which page starts (as in the header `Exam-Page`), and by what right when another page holds the attempt."""

    model_config = ConfigDict(extra="forbid")

    take_over: bool = Field(default=False, description="The candidate wants this page to have the attempt.")
    pin: Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)] = ""
    has_paper: bool = Field(
        default=False, description="The page holds the sealed paper: `form` is then null."
    )


class SavedOut(Out):
    """What stands in the slot now; a higher `sequence` than was sent belongs to a newer answer."""

    slot: int
    sequence: int
    saved_at: datetime
    remaining_ms: int


class DeliveredOut(Out):
    """The `slots` whose answers differ from what was stored and now wait for the decision of the council; those of
    `late` were entered after the end and were not taken."""

    received_at: datetime
    slots: list[int]
    late: list[int]


class SubmitInput(BaseModel):
    """The newest sequence per slot that the candidate saw saved."""

    model_config = ConfigDict(extra="forbid")

    slots: dict[Annotated[int, Field(ge=1, le=9999)], Annotated[int, Field(ge=1, le=LARGEST_SEQUENCE)]] = (
        Field(default_factory=dict, max_length=1000, examples=[{"1": 3, "2": 1}])
    )


class SignInInput(BaseModel):
    """Candidate number and login code as typed; spaces, hyphens and case do not matter."""

    number: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=32)] = ""
    code: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=32)] = ""
