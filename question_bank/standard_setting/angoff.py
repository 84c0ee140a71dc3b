"""The Angoff method: judges say how likely a borderline candidate is to answer each item right.

Source: Angoff (1971), Scales, norms and equivalent scores, in Thorndike (ed.), Educational Measurement; the cut is the
sum over items of the mean judgement, its standard error the spread of the judges' own sums over sqrt(judges).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from question_bank.blueprint import Reason
from question_bank.standard_setting.agreement import Icc, intraclass_correlation, sample_sd, standing_apart
from question_bank.standard_setting.ratings import Ratings, Table, Unusable, exact, table_of


@dataclass(frozen=True)
class Limits:
    """From where a round is not to be trusted without a word; percents of the whole paper, shares per item.

    `judge_sd_percent`: with five judges an SD of 10 gives a standard error of 4.5 marks of 100, about that of one
    paper. `icc_average`: below .5 agreement is poor (Koo & Li 2016, Journal of Chiropractic Medicine 15, 155-163).
    `outlier_score`: Iglewicz & Hoaglin (1993). `least_judges`: fewer than five say little about a standard error
    (Raymond & Reid 2001, in Cizek, Setting Performance Standards, ask for ten and accept five for low stakes).
    """

    judge_sd_percent: float = 10.0
    item_sd: float = 0.20
    icc_average: float = 0.50
    outlier_score: float = 3.5
    outlier_gap_percent: Fraction = Fraction(5)
    least_judges: int = 5


@dataclass(frozen=True)
class ItemJudgement:
    """One item: the mean judgement, the lowest and the highest, and the SD between judges (None for one judge)."""

    item: str
    mean: Fraction
    lowest: Fraction
    highest: Fraction
    sd: float | None


@dataclass(frozen=True)
class AngoffRound:
    """What one round comes to. `cut` is in marks of `max_points`, `percent` its exact share; `standard_error`, `sd` in
    percent, None for one judge. `findings` say why the number is not to be taken without a word.
    """

    cut: Fraction
    max_points: Fraction
    by_judge: Mapping[str, Fraction]  # marks
    sd: float | None
    standard_error: float | None
    icc: Icc | None
    items: tuple[ItemJudgement, ...]
    apart: tuple[str, ...]
    findings: tuple[Reason, ...] = ()

    @property
    def percent(self) -> Fraction:
        return self.cut * 100 / self.max_points


def angoff_round(
    ratings: Ratings,
    points: Mapping[str, Decimal | Fraction | int],
    *,
    names: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> AngoffRound:
    """The cut score that the judges' probabilities come to, with how far they agree.

    `ratings` are judge → item → probability in [0, 1]; `points` item → points, in the order of the booklet; `names`
    judge → name for the sentences. Raises Unusable with every reason.
    """
    names, limits = names or {}, limits or Limits()
    worth = {item: exact(value) for item, value in points.items()}
    if any(value <= 0 for value in worth.values()):
        raise Unusable(
            [
                Reason(
                    "no_points",
                    "Có câu không có điểm, nên không tham gia vào ngưỡng.",
                    "An item is worth no points and cannot count towards a cut.",
                )
            ]
        )
    table = table_of(ratings, list(worth), lowest=0, highest=1, names=names)
    sums = {
        judge: _marks(row, list(worth.values())) for judge, row in zip(table.judges, table.rows, strict=True)
    }
    top = sum(worth.values(), Fraction(0))
    shares = {judge: 100 * marks / top for judge, marks in sums.items()}
    sd = sample_sd(list(shares.values()))
    found = AngoffRound(
        cut=sum(sums.values(), Fraction(0)) / len(sums),
        max_points=top,
        by_judge=sums,
        sd=sd,
        standard_error=None if sd is None else sd / math.sqrt(len(sums)),
        icc=intraclass_correlation(table.rows),
        items=_items(table),
        apart=standing_apart(shares, score_limit=limits.outlier_score, least_gap=limits.outlier_gap_percent),
    )
    return replace(found, findings=tuple(_findings(found, names, limits)))


def _marks(row: Sequence[Fraction], worth: Sequence[Fraction]) -> Fraction:
    return sum((share * value for share, value in zip(row, worth, strict=True)), Fraction(0))


def _items(table: Table) -> tuple[ItemJudgement, ...]:
    return tuple(
        ItemJudgement(
            item, sum(column, Fraction(0)) / len(column), min(column), max(column), sample_sd(list(column))
        )
        for item, column in zip(table.entries, table.columns, strict=True)
    )


def _findings(found: AngoffRound, names: Mapping[str, str], limits: Limits) -> list[Reason]:
    reasons = [few_judges(len(found.by_judge), limits.least_judges)]
    if found.sd is not None and found.sd > limits.judge_sd_percent:
        reasons.append(_disagree(found.sd, limits.judge_sd_percent))
    if found.icc is not None and found.icc.average < limits.icc_average:
        reasons.append(
            Reason(
                "low_agreement",
                f"Các thành viên xếp câu dễ, câu khó khác nhau: ICC = {_vi(found.icc.average)}, cần từ "
                f"{_vi(limits.icc_average)}.",
                f"The judges order the items differently: ICC = {found.icc.average:.2f}, at least "
                f"{limits.icc_average:.2f} is needed.",
            )
        )
    apart = [names.get(judge, judge) for judge in found.apart]
    if apart:
        reasons.append(
            Reason(
                "stands_apart",
                f"Cách xa số đông: {', '.join(apart)}. Hãy trao đổi trước khi quyết định.",
                f"Far from the others: {', '.join(apart)}. Discuss before deciding.",
                {"judges": tuple(apart)},
            )
        )
    wide = [entry.item for entry in found.items if entry.sd is not None and entry.sd > limits.item_sd]
    if wide:
        reasons.append(
            Reason(
                "items_disagree",
                f"{len(wide)} câu có ý kiến phân tán nhiều (độ lệch chuẩn trên {_vi(limits.item_sd)}).",
                f"The judgements of {len(wide)} items spread widely (SD above {limits.item_sd:.2f}).",
                {"items": tuple(wide)},
            )
        )
    return [reason for reason in reasons if reason is not None]


def few_judges(count: int, least: int) -> Reason | None:
    """That the panel is small, where it is."""
    if count >= least:
        return None
    return Reason(
        "few_judges",
        f"Chỉ có {count} thành viên đánh giá, nên có ít nhất {least}.",
        f"Only {count} judges; there should be at least {least}.",
        {"count": count, "least": least},
    )


def _disagree(sd: float, limit: float) -> Reason:
    return Reason(
        "judges_disagree",
        f"Ngưỡng của các thành viên lệch nhau nhiều: độ lệch chuẩn {_vi(sd)} điểm phần trăm, mức chấp nhận "
        f"{_vi(limit)}. Số trung bình không đại diện cho ai.",
        f"The judges' own cuts differ widely: SD {sd:.2f} percentage points, limit {limit:.2f}. Their mean speaks for "
        "nobody.",
    )


def _vi(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
