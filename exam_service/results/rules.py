"""What the exams of a period ask for beside the total: cuts per position, minimums of sections, critical items."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Integer, Subquery, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.orm import Session

from exam_service.attempts.models import Attempt
from exam_service.bank.models import ItemVersion
from exam_service.periods.cuts.decisions import bands_at_cut, cuts_in_force
from exam_service.periods.models import Candidate, Exam, FormSlot, SealedForm
from exam_service.results.grading import Exact, Grade, grade
from question_bank.blueprint import Blueprint
from question_bank.pass_rules import SectionMarks
from question_bank.text import fold

Marks = tuple[Fraction, Fraction]  # gained, possible


@dataclass(frozen=True)
class PassRules:
    """The rules of one period, and of each attempt what they look at. Read with at most four SELECTs."""

    exams: dict[UUID, Exam]
    cuts: dict[tuple[UUID, UUID], Decimal]
    minimums: dict[UUID, list[tuple[str, Decimal | None]]]
    sections: dict[UUID, dict[int, Marks]] = field(default_factory=dict)
    critical: dict[UUID, tuple[int, int]] = field(default_factory=dict)

    def cut_of(self, exam_id: UUID, position_id: UUID) -> Decimal:
        """The cut decided for the position, else that of the exam."""
        return self.cuts.get((exam_id, position_id), self.exams[exam_id].cut_percent)

    def grade(self, candidate: Candidate, attempt: Attempt, points: Exact, max_points: Exact) -> Grade:
        exam = self.exams[candidate.exam_id]
        cut = self.cut_of(exam.id, candidate.position_id)
        bands = bands_at_cut(exam.bands, exam_cut=exam.cut_percent, cut=cut)
        assert bands is not None, "a period is not sealed with a cut that its bands forbid"
        return grade(
            points,
            max_points,
            cut_percent=cut,
            bands=bands,
            sections=self._sections(exam.id, attempt.id),
            critical=self.critical.get(attempt.id, (0, 0)) if exam.critical_tag else None,
        )

    def _sections(self, exam_id: UUID, attempt_id: UUID) -> list[SectionMarks]:
        held = self.sections.get(attempt_id, {})
        nothing = (Fraction(0), Fraction(0))
        return [
            SectionMarks(title, *held.get(place, nothing), minimum)
            for place, (title, minimum) in enumerate(self.minimums.get(exam_id, []), 1)
        ]


def load_rules(session: Session, period_id: UUID, newest: Subquery) -> PassRules:
    """The rules of the period; `newest` is the score that counts of every slot (standings.newest_scores)."""
    exams = {exam.id: exam for exam in session.scalars(select(Exam).where(Exam.period_id == period_id))}
    minimums = {
        exam.id: [(section.title, section.minimum_percent) for section in _blueprint(exam).sections]
        for exam in exams.values()
    }
    by_section = [
        exam_id for exam_id, found in minimums.items() if any(least is not None for _title, least in found)
    ]
    tagged = [exam for exam in exams.values() if exam.critical_tag]
    return PassRules(
        exams=exams,
        cuts=cuts_in_force(session, period_id),
        minimums={exam_id: minimums[exam_id] for exam_id in by_section},
        sections=_section_marks(session, newest, by_section) if by_section else {},
        critical=_critical_marks(session, newest, tagged) if tagged else {},
    )


def _blueprint(exam: Exam) -> Blueprint:
    return Blueprint.model_validate(exam.blueprint.body)


def _section_starts() -> ColumnElement[Any]:
    """The first positions of a form's sections as an SQL array; positions run on from section to section."""
    starts = func.jsonb_path_query_array(SealedForm.body, cast("$.sections[*].slots[0].position", JSONPATH))
    return cast(func.translate(cast(starts, Text), "[]", "{}"), ARRAY(Integer))


def _section_marks(
    session: Session, newest: Subquery, exam_ids: Sequence[UUID]
) -> dict[UUID, dict[int, Marks]]:
    """Attempt → number of the section from 1 → exact marks. Added up in the database in groups of equal shares, so
    that thirds of a mark add up to whole marks."""
    forms = (
        select(Attempt.id.label("attempt_id"), _section_starts().label("starts"))
        .join(SealedForm, SealedForm.id == Attempt.form_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(Candidate.exam_id.in_(exam_ids))
        .cte("form_sections")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    section = func.width_bucket(newest.c.slot, forms.c.starts).label("section")
    same = (newest.c.attempt_id, section, newest.c.share, newest.c.max_points)
    rows = session.execute(
        select(*same, func.sum(newest.c.points), func.count())
        .join(forms, forms.c.attempt_id == newest.c.attempt_id)
        .group_by(*same)
    )
    found: dict[UUID, dict[int, Marks]] = {}
    for attempt_id, place, share, max_points, points, count in rows:
        possible = Fraction(max_points) * count
        gained = Fraction(points) if share is None else Fraction(share) * possible
        marks = found.setdefault(attempt_id, {})
        before = marks.get(place, (Fraction(0), Fraction(0)))
        marks[place] = (before[0] + gained, before[1] + possible)
    return found


def _critical_marks(session: Session, newest: Subquery, exams: Sequence[Exam]) -> dict[UUID, tuple[int, int]]:
    """Attempt → (critical items fully right, critical items)."""
    found: dict[UUID, tuple[int, int]] = {}
    for exam in exams:
        versions = _critical_versions(session, exam)
        if not versions:
            continue
        is_right = (newest.c.points == newest.c.max_points) & (func.coalesce(newest.c.share, "1") == "1")
        rows = session.execute(
            select(newest.c.attempt_id, func.count().filter(is_right), func.count())
            .join(Attempt, Attempt.id == newest.c.attempt_id)
            .join(Candidate, Candidate.id == Attempt.candidate_id)
            .where(Candidate.exam_id == exam.id, newest.c.version_id.in_(versions))
            .group_by(newest.c.attempt_id)
        )
        found |= {attempt_id: (right, count) for attempt_id, right, count in rows}
    return found


def _critical_versions(session: Session, exam: Exam) -> list[UUID]:
    """The versions in papers of the exam that carry its critical tag, letter case and diacritics aside."""
    used = (
        select(FormSlot.version_id)
        .join(SealedForm, SealedForm.id == FormSlot.form_id)
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(Candidate.exam_id == exam.id)
        .distinct()
    )
    rows = session.execute(select(ItemVersion.id, ItemVersion.body["tags"]).where(ItemVersion.id.in_(used)))
    wanted = fold(exam.critical_tag)
    return [version_id for version_id, tags in rows if any(fold(tag) == wanted for tag in tags or ())]
