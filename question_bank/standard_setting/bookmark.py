"""The bookmark method: judges mark, in a booklet ordered by difficulty, the last item a borderline candidate masters.

Source: Mitzel, Lewis, Patz & Green (2001), The Bookmark procedure, in Cizek, Setting Performance Standards; response
probability 0.67 on the Rasch scale.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from question_bank.blueprint import Reason
from question_bank.standard_setting.agreement import sample_sd
from question_bank.standard_setting.angoff import Limits, few_judges
from question_bank.standard_setting.rasch_scale import (
    ScaledItem,
    expected_marks,
    marks_slope,
    mastery_location,
    no_difficulties,
)
from question_bank.standard_setting.ratings import Number, Unusable, table_of

PAGE = "page"


@dataclass(frozen=True)
class BookletPage:
    """A page of the booklet: the item, its difficulty and the ability that masters it (logits)."""

    number: int
    item: str
    difficulty: float
    location: float
    points: float


def ordered_booklet(
    difficulties: Mapping[str, float | None], points: Mapping[str, float]
) -> tuple[BookletPage, ...]:
    """The items from the easiest to the hardest, ties in the order of their names.

    Raises Unusable when an item has no difficulty, or one that is no number: the method has no meaning without.
    """
    known = {item: b for item, b in difficulties.items() if b is not None and math.isfinite(b)}
    if not difficulties or len(known) < len(difficulties):
        raise Unusable([no_difficulties(len(known), len(difficulties))])
    ordered = sorted(known.items(), key=lambda entry: (entry[1], entry[0]))
    return tuple(
        BookletPage(number, item, b, mastery_location(b), points[item])
        for number, (item, b) in enumerate(ordered, 1)
    )


@dataclass(frozen=True)
class BookmarkRound:
    """What one round comes to: the median location of the bookmarks, in logits, and its marks on the booklet.

    `percent` is of the booklet's points; `standard_error` of the location, from the spread of the judges' locations
    (sqrt(pi / 2) · SD / sqrt(judges), the normal error of a median). `percent_error` is the same in percent of the
    points, by the slope of the curve there, and `percent_sd` the SD of what the judges' own bookmarks stand for. None
    for one judge.
    """

    theta: float
    percent: float
    by_judge: Mapping[str, float]  # locations
    sd: float | None
    standard_error: float | None
    percent_sd: float | None
    percent_error: float | None
    findings: tuple[Reason, ...]


def bookmark_round(
    placements: Mapping[str, Number],
    booklet: Sequence[BookletPage],
    *,
    names: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> BookmarkRound:
    """The cut at the median of the judges' bookmarks. `placements` is judge → number of the last page mastered.

    Raises Unusable: no judges, no booklet, a page that does not exist or is no whole number.
    """
    names, limits = names or {}, limits or Limits()
    given = {judge: {PAGE: page} for judge, page in placements.items()}
    entries = [PAGE] if booklet else []
    table = table_of(given, entries, lowest=1, highest=max(len(booklet), 1), names=names)
    pages = {judge: row[0] for judge, row in zip(table.judges, table.rows, strict=True)}
    broken = [names.get(judge, judge) for judge, page in pages.items() if page.denominator != 1]
    if broken:
        listed = ", ".join(broken)
        raise Unusable(
            [Reason("no_page", f"Không phải số trang: {listed}.", f"Not the number of a page: {listed}.")]
        )
    by_judge = {judge: booklet[int(page) - 1].location for judge, page in pages.items()}
    theta = median(by_judge.values())
    items = [ScaledItem(page.difficulty, page.points) for page in booklet]
    top = math.fsum(page.points for page in booklet)
    sd = sample_sd([Fraction(location) for location in by_judge.values()])
    error = None if sd is None else math.sqrt(math.pi / 2) * sd / math.sqrt(len(by_judge))
    shares = [100 * expected_marks(location, items) / top for location in by_judge.values()]
    few = few_judges(len(by_judge), limits.least_judges)
    return BookmarkRound(
        theta=theta,
        percent=100 * expected_marks(theta, items) / top,
        by_judge=by_judge,
        sd=sd,
        standard_error=error,
        percent_sd=sample_sd([Fraction(share) for share in shares]),
        percent_error=None if error is None else 100 * error * marks_slope(theta, items) / top,
        findings=tuple(_spread(shares, limits)) + ((few,) if few else ()),
    )


def _spread(shares: Sequence[float], limits: Limits) -> list[Reason]:
    """That the bookmarks lie far apart, in the percent of marks that each stands for."""
    sd = sample_sd([Fraction(share) for share in shares])
    if sd is None or sd <= limits.judge_sd_percent:
        return []
    return [
        Reason(
            "judges_disagree",
            f"Dấu của các thành viên nằm cách xa nhau: từ {min(shares):.0f} % đến {max(shares):.0f} % số điểm.",
            f"The judges' bookmarks lie far apart: from {min(shares):.0f} % to {max(shares):.0f} % of the marks.",
        )
    ]
