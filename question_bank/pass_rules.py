"""Who passes: the whole paper reaches its cut, every section its minimum, and no critical item is missed.

The rules are conjunctive: each is decided for itself, by exact comparison, and each carries the reason in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from fractions import Fraction

from question_bank.blueprint import Language

Exact = Fraction | Decimal | int
PLACES = Decimal("0.01")


class Rule(StrEnum):
    TOTAL = "total"
    SECTION = "section"
    CRITICAL = "critical"


@dataclass(frozen=True)
class SectionMarks:
    """What was gained in one section, and the least that it asks for in percent (None: nothing, or it asks for all
    the same)."""

    title: str
    points: Exact
    max_points: Exact
    minimum_percent: Exact | None = None


@dataclass(frozen=True)
class Check:
    """One rule applied. `points` of `max_points` were gained where `needed` are asked for (marks; for CRITICAL the
    numbers of items). `title` names the section."""

    rule: Rule
    is_met: bool
    points: Fraction
    max_points: Fraction
    needed: Fraction
    title: str = ""

    def sentence(self, language: Language = "vi") -> str:
        """The reason in words: "Phần II: 8/20, cần 10". Marks gained are cut and marks needed rounded up to hundredths,
        so that what is refused never reads as reached."""
        gained, top, needed = _down(self.points), _down(self.max_points), _up(self.needed)
        if language == "vi":
            gained, top, needed = (text.replace(".", ",") for text in (gained, top, needed))
        match self.rule, language:
            case Rule.TOTAL, "vi":
                return f"Toàn bài: {gained}/{top}, cần {needed}"
            case Rule.TOTAL, _:
                return f"Whole paper: {gained}/{top}, {needed} needed"
            case Rule.SECTION, "vi":
                return f"{self.title}: {gained}/{top}, cần {needed}"
            case Rule.SECTION, _:
                return f"{self.title}: {gained}/{top}, {needed} needed"
            case Rule.CRITICAL, "vi":
                return f"Câu điểm liệt: đúng {gained}/{top}, cần đúng tất cả"
            case _:
                return f"Critical items: {gained}/{top} right, all needed"

    def record(self) -> dict[str, str | bool]:
        """As JSON: decimal texts, marks gained cut and marks needed rounded up to a millionth."""
        return {
            "rule": self.rule.value,
            "title": self.title,
            "is_met": self.is_met,
            "points": _text(self.points, ROUND_FLOOR),
            "max_points": _text(self.max_points, ROUND_FLOOR),
            "needed": _text(self.needed, ROUND_CEILING),
        }


def check_of(record: Mapping[str, str | bool]) -> Check:
    """The check that `record` made, to a millionth of a mark."""
    return Check(
        Rule(str(record["rule"])),
        bool(record["is_met"]),
        Fraction(str(record["points"])),
        Fraction(str(record["max_points"])),
        Fraction(str(record["needed"])),
        str(record["title"]),
    )


@dataclass(frozen=True)
class Decision:
    """Passed or not, and every rule that was applied, the whole paper first."""

    checks: tuple[Check, ...]

    @property
    def is_passed(self) -> bool:
        return all(check.is_met for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.is_met)


def decide(
    points: Exact,
    max_points: Exact,
    *,
    cut_percent: Exact,
    sections: Sequence[SectionMarks] = (),
    critical: tuple[int, int] | None = None,
) -> Decision:
    """Apply every rule. `critical` is (items fully right, items) among the critical ones of the paper, None where the
    exam knows no critical items; a paper without any meets the rule.

    A section without a minimum takes no part, and one without marks cannot be failed. `max_points` is above 0: of
    nothing every share would be reached.
    """
    assert Fraction(max_points) > 0, "a paper is worth points"
    checks = [_share_check(Rule.TOTAL, Fraction(points), Fraction(max_points), Fraction(cut_percent))]
    checks += [
        _share_check(
            Rule.SECTION,
            Fraction(section.points),
            Fraction(section.max_points),
            Fraction(section.minimum_percent),
            title=section.title,
        )
        for section in sections
        if section.minimum_percent is not None
    ]
    if critical is not None:
        right, count = critical
        checks.append(Check(Rule.CRITICAL, right >= count, Fraction(right), Fraction(count), Fraction(count)))
    return Decision(tuple(checks))


def _share_check(
    rule: Rule, points: Fraction, max_points: Fraction, percent: Fraction, *, title: str = ""
) -> Check:
    needed = max_points * percent / 100
    return Check(rule, points >= needed, points, max_points, needed, title)


def _text(value: Fraction, rounding: str, places: Decimal = Decimal("0.000001")) -> str:
    scaled = value / Fraction(places)
    whole = -(-scaled.numerator // scaled.denominator) if rounding == ROUND_CEILING else int(scaled)
    return f"{(Decimal(whole) * places).normalize():f}"


def _down(value: Fraction) -> str:
    return _text(value, ROUND_FLOOR, PLACES)


def _up(value: Fraction) -> str:
    return _text(value, ROUND_CEILING, PLACES)
