"""The Hofstee method: a compromise between the cut that judges would accept and the share that may fail.

Source: Hofstee (1983), The case for compromise in educational selection and grading, in Anderson & Helmick, On
Educational Testing. Everything is exact: the curve is a step function of the marks that were really reached.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from question_bank.blueprint import Reason
from question_bank.standard_setting.angoff import Limits, few_judges
from question_bank.standard_setting.ratings import Ratings, Unusable, table_of

CUT_LOW, CUT_HIGH, FAIL_LOW, FAIL_HIGH = "cut_low", "cut_high", "fail_low", "fail_high"
BOUNDS = (CUT_LOW, CUT_HIGH, FAIL_LOW, FAIL_HIGH)


@dataclass(frozen=True)
class Box:
    """The judges' mean bounds in percent: the lowest and highest acceptable cut, and share that fails."""

    cut_low: Fraction
    cut_high: Fraction
    fail_low: Fraction
    fail_high: Fraction

    def line(self, cut: Fraction) -> Fraction:
        """F(c) = Fmax - (Fmax - Fmin) · (c - cmin) / (cmax - cmin): the stricter the cut, the fewer may fail."""
        slope = (self.fail_high - self.fail_low) / (self.cut_high - self.cut_low)
        return self.fail_high - slope * (cut - self.cut_low)


@dataclass(frozen=True)
class HofsteeCut:
    """Where the line meets the curve: the cut and the share that fails under it (those strictly below), in percent."""

    percent: Fraction
    fail_percent: Fraction
    box: Box
    n: int
    findings: tuple[Reason, ...]


def hofstee_cut(
    judgements: Ratings,
    shares: Iterable[Fraction],
    *,
    names: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> HofsteeCut:
    """The compromise of the judges' bounds with the marks reached, `shares` in percent of each person's paper.

    `judgements` are judge → the four BOUNDS in percent. Raises Unusable: bounds that contradict each other, nobody's
    marks, or a curve that does not cross the line inside the box; no cut is made up.
    """
    names, limits = names or {}, limits or Limits()
    table = table_of(judgements, BOUNDS, lowest=0, highest=100, names=names)
    _check_bounds(table.rows, table.judges, names)
    box = Box(*(sum(column, Fraction(0)) / len(column) for column in table.columns))
    curve = sorted(Counter(shares).items())
    n = sum(count for _share, count in curve)
    if n == 0:
        raise Unusable(
            [
                Reason(
                    "no_marks",
                    "Chưa có điểm của ai để vẽ đường lũy kế.",
                    "There are no marks to draw the curve.",
                )
            ]
        )
    few = few_judges(len(table.judges), limits.least_judges)
    cut, fails = _crossing(box, curve, n)
    return HofsteeCut(cut, fails, box, n, (few,) if few else ())


def fail_percent(curve: Sequence[tuple[Fraction, int]], cut: Fraction, n: int) -> Fraction:
    """F(c) = 100 · P(X < c): who reaches the cut passes."""
    return Fraction(100 * sum(count for share, count in curve if share < cut), n)


def _crossing(box: Box, curve: Sequence[tuple[Fraction, int]], n: int) -> tuple[Fraction, Fraction]:
    at_low, at_high = fail_percent(curve, box.cut_low, n), fail_percent(curve, box.cut_high, n)
    if at_low > box.fail_high:
        raise Unusable([_no_crossing("above", box, at_low)])
    if at_high < box.fail_low:
        raise Unusable([_no_crossing("below", box, at_high)])
    # Between two marks the curve is level (the left end excluded, the right one included), and the line falls.
    inside = [share for share, _count in curve if box.cut_low <= share < box.cut_high]
    edges = sorted({box.cut_low, *inside, box.cut_high})
    if at_low == box.fail_high:
        return box.cut_low, at_low
    for left, right in pairwise(edges):
        level = fail_percent(curve, right, n)
        if level >= box.line(left):
            # The curve jumps over the line at a mark that people have reached: they pass, in their favour.
            return left, fail_percent(curve, left, n)
        if level >= box.line(right):
            slope = (box.fail_high - box.fail_low) / (box.cut_high - box.cut_low)
            return box.cut_low + (box.fail_high - level) / slope, level
    raise AssertionError("a rising curve that starts below a falling line and ends above it crosses it")


def _no_crossing(side: str, box: Box, fails: Fraction) -> Reason:
    if side == "above":
        return Reason(
            "curve_above_box",
            f"Ngay ở ngưỡng thấp nhất chấp nhận được ({_vi(box.cut_low)} %) đã có {_vi(fails)} % không đạt, nhiều hơn "
            f"mức tối đa {_vi(box.fail_high)} %. Đường lũy kế không cắt khung; hội đồng cần xem lại các giới hạn.",
            f"Even at the lowest acceptable cut ({float(box.cut_low):.1f} %) {float(fails):.1f} % fail, more than the "
            f"highest acceptable {float(box.fail_high):.1f} %. The curve does not cross the box.",
        )
    return Reason(
        "curve_below_box",
        f"Ngay ở ngưỡng cao nhất chấp nhận được ({_vi(box.cut_high)} %) mới có {_vi(fails)} % không đạt, ít hơn mức "
        f"tối thiểu {_vi(box.fail_low)} %. Đường lũy kế không cắt khung; hội đồng cần xem lại các giới hạn.",
        f"Even at the highest acceptable cut ({float(box.cut_high):.1f} %) only {float(fails):.1f} % fail, fewer than "
        f"the lowest acceptable {float(box.fail_low):.1f} %. The curve does not cross the box.",
    )


def _check_bounds(
    rows: Sequence[Sequence[Fraction]],
    judges: Sequence[str],
    names: Mapping[str, str],
) -> None:
    wrong = [
        names.get(judge, judge)
        for judge, (cut_low, cut_high, fail_low, fail_high) in zip(judges, rows, strict=True)
        if cut_low >= cut_high or fail_low >= fail_high
    ]
    if wrong:
        listed = ", ".join(wrong)
        raise Unusable(
            [
                Reason(
                    "bounds_contradict",
                    f"Giới hạn thấp nhất phải nhỏ hơn giới hạn cao nhất: {listed}.",
                    f"The lowest bound must be below the highest: {listed}.",
                    {"judges": tuple(wrong)},
                )
            ]
        )


def _vi(value: Fraction) -> str:
    return f"{float(value):.1f}".replace(".", ",")
