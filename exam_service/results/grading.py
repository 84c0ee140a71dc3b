"""From points to outcome and band, by exact comparison: nothing is rounded before it is compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from exam_service.results.models import Outcome
from question_bank.pass_rules import Check, SectionMarks, decide

Exact = Fraction | Decimal
STORED_PLACES = 6


@dataclass(frozen=True)
class Grade:
    """What the points mean under the rules of an exam."""

    outcome: Outcome
    band_code: str
    band_label: str
    checks: tuple[Check, ...] = ()


def reaches(points: Exact, max_points: Exact, percent: Exact) -> bool:
    """True when `points` are at least `percent` of `max_points` ("from 50 % up" includes 50 %), in exact fractions.

    `max_points` is greater than 0: of nothing, every share would be reached.
    """
    assert max_points > 0, "a paper is worth points"
    return Fraction(points) * 100 >= Fraction(percent) * Fraction(max_points)


def grade(
    points: Exact,
    max_points: Exact,
    *,
    cut_percent: Decimal,
    bands: Sequence[Mapping[str, Any]],
    sections: Sequence[SectionMarks] = (),
    critical: tuple[int, int] | None = None,
) -> Grade:
    """The outcome by every rule, and the best band that the points reach; `bands` are best first, the last starts at 0.

    Who fails by a section or a critical item gets none of the bands that begin at the cut or above it, whatever the
    points.
    """
    decision = decide(points, max_points, cut_percent=cut_percent, sections=sections, critical=critical)
    reached = [
        band
        for band in bands
        if reaches(points, max_points, limit := Decimal(str(band["from_percent"])))
        and (decision.is_passed or limit < cut_percent)
    ]
    outcome = Outcome.PASS if decision.is_passed else Outcome.FAIL
    # A cut of 0 leaves no band below it for who fails by another rule: the lowest is theirs.
    band = reached[0] if reached else bands[-1]
    return Grade(outcome, str(band["code"]), str(band["label"]), decision.checks)


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
