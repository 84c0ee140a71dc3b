"""From points to outcome and band, by exact comparison: nothing is rounded before it is compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from exam_service.results.models import Outcome

Exact = Fraction | Decimal
STORED_PLACES = 6


@dataclass(frozen=True)
class Grade:
    """What the points mean under the rules of an exam."""

    outcome: Outcome
    band_code: str
    band_label: str


def reaches(points: Exact, max_points: Exact, percent: Exact) -> bool:
    """True when `points` are at least `percent` of `max_points` ("from 50 % up" includes 50 %), in exact fractions.

    `max_points` is greater than 0: of nothing, every share would be reached.
    """
    assert max_points > 0, "a paper is worth points"
    return Fraction(points) * 100 >= Fraction(percent) * Fraction(max_points)


def grade(
    points: Exact, max_points: Exact, *, cut_percent: Decimal, bands: Sequence[Mapping[str, Any]]
) -> Grade:
    """The outcome and the best band that the points reach; `bands` are best first and the last starts at 0."""
    outcome = Outcome.PASS if reaches(points, max_points, cut_percent) else Outcome.FAIL
    band = next(band for band in bands if reaches(points, max_points, Decimal(str(band["from_percent"]))))
    return Grade(outcome, str(band["code"]), str(band["label"]))


def stored_points(points: Fraction) -> Decimal:
    """Exact points as they are kept and shown: cut, not rounded, to a millionth of a mark.

    Rounding up could show a cut score as reached that was not.
    """
    return Decimal(int(points * 10**STORED_PLACES)).scaleb(-STORED_PLACES)


def percent_text(points: Exact, max_points: Exact) -> str:
    """The share in percent, cut (not rounded) to two places: 49.999 % never reads as 50.00."""
    if max_points == 0:
        return "0.00"
    hundredths = int(Fraction(points) * 10_000 / Fraction(max_points))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def competency_profile(
    scores: Iterable[tuple[str, Fraction, Fraction]], names: Mapping[str, str]
) -> list[dict[str, str]]:
    """Points per competency, in the order of the codes: [{code, name, points, max_points}] with decimal texts."""
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for code, points, max_points in scores:
        gained, possible = sums.get(code, (Fraction(0), Fraction(0)))
        sums[code] = (gained + points, possible + max_points)
    return [
        {
            "code": code,
            "name": names.get(code, code),
            "points": plain(stored_points(points)),
            "max_points": plain(stored_points(max_points)),
        }
        for code, (points, max_points) in sorted(sums.items())
        if max_points > 0
    ]


def plain(points: Decimal) -> str:
    """Decimal text without an exponent or trailing zeros: "7.5", "0", "100"."""
    return f"{points.normalize():f}"
