"""From points to outcome and band, by exact comparison: nothing is rounded before it is compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from exam_service.results.models import Outcome


@dataclass(frozen=True)
class Grade:
    """What the points mean under the rules of an exam."""

    outcome: Outcome
    band_code: str
    band_label: str


def reaches(points: Decimal, max_points: Decimal, percent: Decimal) -> bool:
    """True when `points` are at least `percent` of `max_points` ("from 50 % up" includes 50 %), in exact fractions."""
    return Fraction(points) * 100 >= Fraction(percent) * Fraction(max_points)


def grade(
    points: Decimal, max_points: Decimal, *, cut_percent: Decimal, bands: Sequence[Mapping[str, Any]]
) -> Grade:
    """The outcome and the best band that the points reach; `bands` are best first and the last starts at 0."""
    outcome = Outcome.PASS if reaches(points, max_points, cut_percent) else Outcome.FAIL
    band = next(band for band in bands if reaches(points, max_points, Decimal(str(band["from_percent"]))))
    return Grade(outcome, str(band["code"]), str(band["label"]))


def percent_text(points: Decimal, max_points: Decimal) -> str:
    """The share in percent, cut (not rounded) to two places: 49.999 % never reads as 50.00."""
    if max_points == 0:
        return "0.00"
    hundredths = int(Fraction(points) * 10_000 / Fraction(max_points))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def competency_profile(
    scores: Iterable[tuple[str, Decimal, Decimal]], names: Mapping[str, str]
) -> list[dict[str, str]]:
    """Points per competency, in the order of the codes: [{code, name, points, max_points}] with decimal texts."""
    sums: dict[str, list[Decimal]] = {}
    for code, points, max_points in scores:
        entry = sums.setdefault(code, [Decimal(0), Decimal(0)])
        entry[0] += points
        entry[1] += max_points
    return [
        {
            "code": code,
            "name": names.get(code, code),
            "points": plain(points),
            "max_points": plain(max_points),
        }
        for code, (points, max_points) in sorted(sums.items())
    ]


def plain(points: Decimal) -> str:
    """Decimal text without an exponent or trailing zeros: "7.5", "0", "100"."""
    return f"{points.normalize():f}"
