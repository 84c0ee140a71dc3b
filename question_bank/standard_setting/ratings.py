"""What the judges of a panel gave: a complete, sound table of judge × entry, or the reasons why it is none."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from question_bank.blueprint import Reason

Number = Fraction | Decimal | int | float
Ratings = Mapping[str, Mapping[str, Number]]
"""Judge → entry (an item, a bound) → value."""


class Unusable(ValueError):
    """No cut score can be computed from these judgements; `reasons` name everything that is wrong."""

    code = "unusable_judgements"

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(" ".join(reason.en for reason in reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Table:
    """Exact values, `rows[judge][entry]`, judges and entries in a fixed order; no gap, nothing outside the range."""

    judges: tuple[str, ...]
    entries: tuple[str, ...]
    rows: tuple[tuple[Fraction, ...], ...]

    @property
    def columns(self) -> tuple[tuple[Fraction, ...], ...]:
        return tuple(zip(*self.rows, strict=True))


def table_of(
    ratings: Ratings, entries: Sequence[str], *, lowest: Number, highest: Number, names: Mapping[str, str]
) -> Table:
    """The complete table of `entries` by judge, values in [lowest, highest].

    `names` are the judges' names in sentences. Raises Unusable: no judge, no entry, an entry twice, a missing value, a
    value that is no number or out of range, a value for an entry that does not exist.
    """
    found = [*_empty(ratings, entries)]
    known = set(entries)
    for judge, given in ratings.items():
        name = names.get(judge, judge)
        found += _gaps(name, [entry for entry in entries if entry not in given], len(entries))
        found += _strangers(name, [entry for entry in given if entry not in known])
        found += _out_of_range(
            name, {key: value for key, value in given.items() if key in known}, lowest, highest
        )
    if found:
        raise Unusable(found)
    judges = tuple(ratings)
    rows = tuple(tuple(exact(ratings[judge][entry]) for entry in entries) for judge in judges)
    return Table(judges, tuple(entries), rows)


def exact(value: Number) -> Fraction:
    """The value as written: the float 0.1 is one tenth, as a person typed it, not its nearest binary fraction."""
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _empty(ratings: Ratings, entries: Sequence[str]) -> list[Reason]:
    found = []
    if not ratings:
        found.append(
            Reason("no_judges", "Chưa có thành viên nào cho ý kiến.", "No judge has given a judgement.")
        )
    if not entries:
        found.append(Reason("no_entries", "Không có câu hỏi nào để đánh giá.", "There is nothing to judge."))
    repeated = sorted({entry for entry in entries if list(entries).count(entry) > 1})
    if repeated:
        listed = ", ".join(repeated)
        found.append(
            Reason(
                "repeated_entry",
                f"Có câu bị lặp trong danh sách: {listed}.",
                f"The list holds an entry twice: {listed}.",
                {"entries": tuple(repeated)},
            )
        )
    return found


def _gaps(name: str, missing: Sequence[str], total: int) -> list[Reason]:
    if not missing:
        return []
    return [
        Reason(
            "incomplete",
            f"{name} còn {len(missing)}/{total} mục chưa đánh giá.",
            f"{name} has not judged {len(missing)} of {total} entries.",
            {"judge": name, "missing": tuple(missing)},
        )
    ]


def _strangers(name: str, strange: Sequence[str]) -> list[Reason]:
    if not strange:
        return []
    return [
        Reason(
            "unknown_entry",
            f"{name} đánh giá {len(strange)} mục không có trong danh sách.",
            f"{name} judged {len(strange)} entries that are not on the list.",
            {"judge": name, "entries": tuple(strange)},
        )
    ]


def _out_of_range(name: str, given: Mapping[str, Number], lowest: Number, highest: Number) -> list[Reason]:
    wrong = [entry for entry, value in given.items() if not _is_within(value, lowest, highest)]
    if not wrong:
        return []
    return [
        Reason(
            "out_of_range",
            f"{name}: {len(wrong)} giá trị không nằm trong khoảng {lowest}–{highest}.",
            f"{name}: {len(wrong)} values are not between {lowest} and {highest}.",
            {"judge": name, "entries": tuple(wrong)},
        )
    ]


def _is_within(value: Number, lowest: Number, highest: Number) -> bool:
    return math.isfinite(value) and exact(lowest) <= exact(value) <= exact(highest)
