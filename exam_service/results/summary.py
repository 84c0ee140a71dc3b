"""Figures about an exam: how many sat it, passed, reached which band, and how the points are spread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol
from uuid import UUID

from exam_service.periods.models import Exam
from exam_service.results.models import Outcome, ResultKind

TENTHS = 10


class Graded(Protocol):
    """A standing before the release or a result after it."""

    @property
    def exam_id(self) -> UUID: ...
    @property
    def counted_points(self) -> Decimal: ...
    @property
    def max_points(self) -> Decimal: ...
    @property
    def outcome(self) -> str: ...
    @property
    def band_code(self) -> str: ...
    @property
    def cut_percent(self) -> Decimal | None: ...
    @property
    def was_absent(self) -> bool: ...
    @property
    def kind(self) -> str: ...


@dataclass(frozen=True)
class BandCount:
    """How many reached a band and not a better one."""

    code: str
    label: str
    from_percent: Decimal
    count: int


@dataclass(frozen=True)
class ExamSummary:
    """The figures of one exam. `n` people count: they sat the test and their attempts stand.

    `mean_percent` and `median_percent` are of these `n`, None when there are none; `tenths` counts them by percent in
    [0, 10), [10, 20), …, [90, 100].
    """

    exam: Exam
    entered: int
    absent: int
    void: int
    n: int
    passed: int
    mean_percent: float | None
    median_percent: float | None
    bands: list[BandCount]
    tenths: list[int]
    cuts: tuple[Decimal, ...]  # that of the exam, or those decided for its positions, lowest first

    @property
    def pass_percent(self) -> float | None:
        return 100 * self.passed / self.n if self.n else None


def summarise(exam: Exam, graded: Iterable[Graded]) -> ExamSummary:
    """The figures of `exam` over the standings or current results of its candidates (others are left out)."""
    own = [one for one in graded if one.exam_id == exam.id]
    counted = [one for one in own if not one.was_absent and one.kind != ResultKind.ANNULLED]
    shares = sorted(Fraction(one.counted_points) / Fraction(one.max_points) for one in counted)
    n = len(shares)
    tenths = [0] * TENTHS
    for share in shares:
        tenths[min(int(share * TENTHS), TENTHS - 1)] += 1
    return ExamSummary(
        exam=exam,
        entered=len(own),
        absent=sum(one.was_absent for one in own),
        void=sum(one.kind == ResultKind.ANNULLED for one in own),
        n=n,
        passed=sum(one.outcome == Outcome.PASS for one in counted),
        mean_percent=float(100 * sum(shares) / n) if n else None,
        median_percent=float(50 * (shares[(n - 1) // 2] + shares[n // 2])) if n else None,
        bands=_band_counts(exam.bands, counted),
        tenths=tenths,
        cuts=_cuts(exam, own),
    )


def _cuts(exam: Exam, own: Sequence[Graded]) -> tuple[Decimal, ...]:
    known = {exam.cut_percent if one.cut_percent is None else one.cut_percent for one in own}
    return tuple(sorted(known or {exam.cut_percent}))


def _band_counts(bands: Sequence[dict[str, Any]], counted: Sequence[Graded]) -> list[BandCount]:
    return [
        BandCount(
            code=band["code"],
            label=band["label"],
            from_percent=Decimal(str(band["from_percent"])),
            count=sum(one.band_code == band["code"] for one in counted),
        )
        for band in bands
    ]
