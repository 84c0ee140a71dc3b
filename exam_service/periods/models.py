"""Tables of periods, exams, sittings, candidates and sealed forms."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exam_service.db import Base, Keyed, one_of


class PeriodState(StrEnum):
    DRAFT = "draft"
    SEALED = "sealed"
    OPEN = "open"
    CLOSED = "closed"
    MARKED = "marked"
    RELEASED = "released"
    ARCHIVED = "archived"


class CandidateStatus(StrEnum):
    ENTERED = "entered"
    EXEMPT = "exempt"
    POSTPONED = "postponed"


class StoredBlueprint(Keyed, Base):
    """A blueprint under a name; each save of a changed blueprint is a new row with the next `version`."""

    __tablename__ = "blueprint"
    __table_args__ = (UniqueConstraint("code", "version"),)

    code: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    body: Mapped[dict[str, Any]]  # question_bank.blueprint.Blueprint
    body_hash: Mapped[str]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Period(Keyed, Base):
    """A round of examinations. `state` only moves forward (trigger `period_forward`); once sealed, its exams, sittings,
    candidates and forms cannot change but for the decisions that the rules of the room allow."""

    __tablename__ = "period"
    __table_args__ = (CheckConstraint(one_of(PeriodState, "state"), name="state"),)

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    reference_date: Mapped[date]  # the day whose appointments make people candidates
    state: Mapped[str] = mapped_column(default=PeriodState.DRAFT.value, index=True)
    revision: Mapped[int] = mapped_column(default=1)
    commitment: Mapped[str | None]  # over the commitments of its exams, published when sealed
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    marked_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]

    exams: Mapped[list["Exam"]] = relationship(back_populates="period", order_by="Exam.code")


class Exam(Keyed, Base):
    """What is assessed for which positions: blueprint, minutes, cut score and bands, all copied from their templates.

    `cut_percent` is exact; "from 50 % up" is inclusive. `bands` is a list of {code, label, from_percent}, best first.
    """

    __tablename__ = "exam"
    __table_args__ = (
        UniqueConstraint("period_id", "code"),
        CheckConstraint("duration_min BETWEEN 1 AND 600", name="duration"),
        CheckConstraint("cut_percent BETWEEN 0 AND 100", name="cut"),
        CheckConstraint("late_limit_min >= 0", name="late_limit"),
        CheckConstraint("unseen_periods BETWEEN 0 AND 10", name="unseen_periods"),
        CheckConstraint("mark_scale IN ('raw', 'irt_true_score')", name="mark_scale"),
        CheckConstraint("mark_step > 0", name="mark_step"),
        CheckConstraint("earliest_submit_min BETWEEN 0 AND 600", name="earliest_submit"),
        CheckConstraint(
            "reprimand_percent BETWEEN 0 AND 100 AND warning_percent BETWEEN reprimand_percent AND 100",
            name="deductions",
        ),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    code: Mapped[str]
    title: Mapped[str]
    blueprint_id: Mapped[UUID] = mapped_column(ForeignKey("blueprint.id"))
    bank_ids: Mapped[list[str]]  # the banks that papers are drawn from
    duration_min: Mapped[int]
    late_limit_min: Mapped[int]
    unseen_periods: Mapped[int]  # nobody gets an item again that the person had in so many periods before
    cut_percent: Mapped[Decimal] = mapped_column(Numeric(6, 3))
    bands: Mapped[list[Any]]
    # Items whose versions carry this tag are critical (điểm liệt): one that is not fully right fails. Empty: none is.
    critical_tag: Mapped[str] = mapped_column(default="", server_default="")
    # Declared before the seal: whether marks are converted, and to what step converted marks are rounded.
    mark_scale: Mapped[str] = mapped_column(default="raw", server_default="raw")
    mark_step: Mapped[Decimal] = mapped_column(Numeric(6, 3), default=Decimal("0.1"), server_default="0.1")
    # Rules of the room: handing in is taken so many minutes after the start; what a violation costs in percent of the
    # points; whether leaving the page and copying are recorded (candidates are told).
    earliest_submit_min: Mapped[int] = mapped_column(default=0, server_default="0")
    reprimand_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    warning_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    watches_focus: Mapped[bool] = mapped_column(default=False, server_default=false())

    period: Mapped[Period] = relationship(back_populates="exams")
    blueprint: Mapped[StoredBlueprint] = relationship()
    positions: Mapped[list["ExamPosition"]] = relationship(cascade="all, delete-orphan")
    sittings: Mapped[list["Sitting"]] = relationship(back_populates="exam", order_by="Sitting.starts_at")


class MarkScale(StrEnum):
    """Which marks are published and compared with the cut."""

    RAW = "raw"
    CONVERTED = "irt_true_score"  # as they would be on the mean paper of the exam


class ExamDraw(Base):
    """How the papers of an exam were drawn; with it every paper can be derived again. Insert only (trigger
    `exam_draw_append_only`).

    `secret` stays inside until the period is closed, then the bundle reveals it; after a ceremony it is still sealed
    (vault.Vault). `inputs` are the records of pool, takers and options, `report` the figures of the draw (balance,
    exposure, overlap).
    """

    __tablename__ = "exam_draw"

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"), primary_key=True)
    ceremony_id: Mapped[UUID | None] = mapped_column(ForeignKey("draw_ceremony.id"), index=True)
    commitment: Mapped[str]
    manifest: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    public_entropy: Mapped[str]
    seed_check: Mapped[str]
    inputs: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    report: Mapped[dict[str, Any]]
    drawn_at: Mapped[datetime]


class DrawnUse(Base):
    """How many papers of the exam's draw hold a version, so that a late draw need not read them all. Insert only
    (trigger `drawn_use_append_only`)."""

    __tablename__ = "drawn_use"

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam_draw.exam_id"), primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"), primary_key=True)
    papers: Mapped[int]


class CeremonyState(StrEnum):
    COMMITTED = "committed"
    ENTERED = "entered"
    CONFIRMED = "confirmed"
    DRAWN = "drawn"
    WITHDRAWN = "withdrawn"


class DrawCeremony(Keyed, Base):
    """One way from commitment to drawn papers; a period has at most one that is not withdrawn.

    `entries` are the public numbers as the first person entered them, every attempt kept: {text, by, by_id, at}.
    `public_entropy` is the text that two people entered alike. What was committed, confirmed or withdrawn never changes
    (trigger `draw_ceremony_kept`).
    """

    __tablename__ = "draw_ceremony"
    __table_args__ = (
        UniqueConstraint("period_id", "number"),
        Index(
            "ix_draw_ceremony_live",
            "period_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        CheckConstraint("confirmed_at IS NULL OR public_entropy IS NOT NULL", name="confirmed"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name="withdrawn_reason"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"))
    number: Mapped[int]
    commitment: Mapped[str]  # over the commitments of the exams
    committed_by: Mapped[str]
    committed_at: Mapped[datetime]
    entries: Mapped[list[Any]] = mapped_column(default=list)
    public_entropy: Mapped[str | None]
    confirmed_by: Mapped[str | None]
    confirmed_id: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    drawn_at: Mapped[datetime | None]
    papers_root: Mapped[str | None]  # Merkle root over the hashes of all papers, published with the draw
    withdrawn_by: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(default="")

    commitments: Mapped[list["DrawCommitment"]] = relationship(order_by="DrawCommitment.exam_code")

    @property
    def state(self) -> CeremonyState:
        if self.withdrawn_at is not None:
            return CeremonyState.WITHDRAWN
        if self.drawn_at is not None:
            return CeremonyState.DRAWN
        if self.confirmed_at is not None:
            return CeremonyState.CONFIRMED
        return CeremonyState.ENTERED if self.entries else CeremonyState.COMMITTED


class DrawCommitment(Base):
    """What a ceremony commits to for one exam. Insert only (trigger `draw_commitment_append_only`).

    `exam_id` is no foreign key: the commitment stays when it is withdrawn because the exam was deleted.
    """

    __tablename__ = "draw_commitment"

    ceremony_id: Mapped[UUID] = mapped_column(ForeignKey("draw_ceremony.id"), primary_key=True)
    exam_code: Mapped[str] = mapped_column(primary_key=True)
    exam_id: Mapped[UUID]
    exam_title: Mapped[str]
    commitment: Mapped[str]
    candidates: Mapped[int]
    manifest: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class CommitRequest(Keyed, Base):
    """A commitment that is made in the background because the period is large; a period waits for at most one.

    `refusal` is the sentence with which it ended without a commitment.
    """

    __tablename__ = "commit_request"
    __table_args__ = (
        Index(
            "ix_commit_request_waiting", "period_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    reason: Mapped[str]
    requested_by: Mapped[UUID | None]
    requested_by_name: Mapped[str]
    requested_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0, server_default="0")


class DrawProgress(Base):
    """How far a draw in the background has come; written by transactions of its own, so that a page can show it.

    `refusal` is the sentence with which the last try ended without papers.
    """

    __tablename__ = "draw_progress"

    ceremony_id: Mapped[UUID] = mapped_column(ForeignKey("draw_ceremony.id"), primary_key=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    refusal: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]


class LateDraw(Base):
    """A paper drawn after the seal for a candidate who was added then. Insert only (trigger `late_draw_append_only`).

    The papers of an exam stand in one chain (question_bank.draw_late): the `number`-th binds the value `previous` into
    `chain`, which is published at once. `taker` is the record that the draw knew of the person, `marks_off` the
    distance from the target of the batch in marks of 100 (empty without estimates). `is_admitted` says that the council
    lets in somebody whose position the exam is not for.
    """

    __tablename__ = "late_draw"
    __table_args__ = (
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam_draw.exam_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidate.id"), unique=True)
    previous: Mapped[str]
    chain: Mapped[str]
    taker: Mapped[dict[str, Any]]  # question_bank.draw_records.TakerRecord
    marks_off: Mapped[list[Any]]
    is_admitted: Mapped[bool]
    reason: Mapped[str]
    drawn_by: Mapped[UUID | None]
    drawn_by_name: Mapped[str]
    drawn_at: Mapped[datetime]

    candidate: Mapped["Candidate"] = relationship()


class ExamPosition(Base):
    """A position that the exam is for; a position stands in one exam of a period only."""

    __tablename__ = "exam_position"

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id", ondelete="CASCADE"), primary_key=True)
    position_id: Mapped[UUID] = mapped_column(ForeignKey("position.id"), primary_key=True, index=True)


class Sitting(Keyed, Base):
    """A ca thi: one room, one start, one clock: deadline = start + duration (+ a person's extra time)."""

    __tablename__ = "sitting"
    __table_args__ = (
        UniqueConstraint("exam_id", "name", "room"),
        CheckConstraint("capacity > 0", name="capacity"),
    )

    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"), index=True)
    name: Mapped[str]
    room: Mapped[str]
    capacity: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    duration_min: Mapped[int]
    # Rises with every decision and message of the room: open players watch it.
    room_version: Mapped[int] = mapped_column(default=0, server_default="0")
    collected_at: Mapped[datetime | None]  # every attempt of the sitting has been handed in or collected

    exam: Mapped[Exam] = relationship(back_populates="sittings")


class Candidate(Keyed, Base):
    """A person entered for an exam, as the person was on the reference date (names of unit and position are copied)."""

    __tablename__ = "candidate"
    __table_args__ = (
        UniqueConstraint("period_id", "number"),
        UniqueConstraint("period_id", "person_id"),
        CheckConstraint(one_of(CandidateStatus, "status"), name="status"),
        CheckConstraint("status = 'entered' OR reason <> ''", name="reason"),
        CheckConstraint("extra_time_min BETWEEN 0 AND 600", name="extra_time"),
    )

    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exam.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    position_id: Mapped[UUID] = mapped_column(ForeignKey("position.id"), index=True)
    sitting_id: Mapped[UUID | None] = mapped_column(ForeignKey("sitting.id"), index=True)
    number: Mapped[str]  # số báo danh, zero-padded, unique in the period
    full_name: Mapped[str]
    sort_key: Mapped[str]
    unit_name: Mapped[str]
    position_title: Mapped[str]
    status: Mapped[str] = mapped_column(default=CandidateStatus.ENTERED.value)
    reason: Mapped[str] = mapped_column(default="")
    extra_time_min: Mapped[int] = mapped_column(default=0)  # planned, granted before the start
    extra_time_reason: Mapped[str] = mapped_column(default="")
    code_hash: Mapped[str | None]  # one-time login code of the sitting
    code_issued_at: Mapped[datetime | None]

    exam: Mapped[Exam] = relationship()
    sitting: Mapped[Sitting | None] = relationship()


class SealedForm(Keyed, Base):
    """The frozen paper of one candidate. Insert only (trigger `sealed_form_append_only`).

    `body` is question_bank.form.Form (item versions, option orders, points); `paper` is what the player receives: an
    allow-list projection without any key.
    """

    __tablename__ = "sealed_form"

    candidate_id: Mapped[UUID] = mapped_column(ForeignKey("candidate.id"), unique=True)
    body: Mapped[dict[str, Any]]
    paper: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    form_hash: Mapped[str] = mapped_column(index=True)
    sealed_at: Mapped[datetime]


class FormSlot(Base):
    """A numbered place of a sealed form, as rows: what saving checks, exposure counts and statistics join on."""

    __tablename__ = "form_slot"
    __table_args__ = (Index("ix_form_slot_version_id", "version_id"),)

    form_id: Mapped[UUID] = mapped_column(ForeignKey("sealed_form.id"), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("item_version.id"))
    points: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    is_pretest: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # scored, and counted for nothing
