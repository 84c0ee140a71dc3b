"""What a round comes to, as the figures that are kept with it."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.periods.models import Period
from exam_service.results.models import Result, ResultKind
from exam_service.results.service import is_current
from exam_service.standards.models import CutPanel, PanelMethod, PanelRating
from question_bank.blueprint import Reason
from question_bank.standard_setting.angoff import AngoffRound, angoff_round
from question_bank.standard_setting.bookmark import PAGE, bookmark_round, ordered_booklet
from question_bank.standard_setting.hofstee import BOUNDS, hofstee_cut
from question_bank.standard_setting.rasch_scale import ScaledItem, judge_consistency

HUNDRED = Decimal(100)
Values = dict[str, dict[str, Decimal]]
Outcome = dict[str, Any]
"""Always `percent` (recommended, three decimals), `findings` [{code, vi, en}], `judges` [{name, …}]; then the figures
of the method, errors in percent."""


def expected_marks(panel: CutPanel) -> list[str]:
    """The marks that a judge gives a value: the places of the items, the page, or the four bounds."""
    match panel.method:
        case PanelMethod.ANGOFF:
            return [str(item.place) for item in panel.items]
        case PanelMethod.BOOKMARK:
            return [PAGE]
        case _:
            return list(BOUNDS)


def values_of(session: Session, panel: CutPanel, number: int) -> Values:
    """Judge (account id) → mark → value as typed, of one round; a judge without any is not there."""
    rows = session.execute(
        select(PanelRating.account_id, PanelRating.mark, PanelRating.value).where(
            PanelRating.panel_id == panel.id, PanelRating.round == number
        )
    )
    found: Values = {}
    for account_id, mark, value in rows:
        found.setdefault(str(account_id), {})[mark] = value
    return found


def outcome_of_round(session: Session, panel: CutPanel, number: int) -> Outcome:
    """The figures of the round. Raises Unusable with every reason why there are none."""
    values = values_of(session, panel, number)
    names = {str(member.account_id): member.name for member in panel.members}
    match panel.method:
        case PanelMethod.ANGOFF:
            outcome = _angoff(panel, values, names)
        case PanelMethod.BOOKMARK:
            outcome = _bookmark(panel, values, names)
        case _:
            outcome = _hofstee(session, panel, values, names)
    absent = [name for account_id, name in names.items() if account_id not in values]
    if absent:
        outcome["findings"].append(_record(_absent(absent)))
    return outcome


def _angoff(panel: CutPanel, values: Values, names: dict[str, str]) -> Outcome:
    shares = {judge: {mark: value / HUNDRED for mark, value in row.items()} for judge, row in values.items()}
    found = angoff_round(shares, {str(item.place): item.points for item in panel.items}, names=names)
    top = found.max_points
    return {
        "percent": rounded(found.percent),
        "standard_error": found.standard_error,
        "sd": found.sd,
        "icc_single": found.icc.single if found.icc else None,
        "icc_average": found.icc.average if found.icc else None,
        "judges": [
            {
                "name": names[judge],
                "percent": float(100 * marks / top),
                "is_apart": judge in found.apart,
                "consistency": _consistency(panel, found, shares[judge]),
            }
            for judge, marks in found.by_judge.items()
        ],
        "items": [
            {
                "place": int(entry.item),
                "mean": float(100 * entry.mean),
                "lowest": float(100 * entry.lowest),
                "highest": float(100 * entry.highest),
                "sd": None if entry.sd is None else 100 * entry.sd,
            }
            for entry in found.items
        ],
        "findings": [_record(reason) for reason in found.findings],
    }


def _consistency(panel: CutPanel, found: AngoffRound, row: dict[str, Decimal]) -> float | None:
    """How a judge's ratings go with the difficulties from data; None while some are unknown."""
    known = [
        (ScaledItem(item.difficulty, float(item.points)), float(row[str(item.place)]))
        for item in panel.items
        if item.difficulty is not None
    ]
    if len(known) < len(panel.items) or not 0 < found.cut < found.max_points:
        return None
    items = [item for item, _share in known]
    return judge_consistency([share for _item, share in known], items, cut=float(found.cut))


def _bookmark(panel: CutPanel, values: Values, names: dict[str, str]) -> Outcome:
    booklet = ordered_booklet(
        {f"{item.place:04d}": item.difficulty for item in panel.items},
        {f"{item.place:04d}": float(item.points) for item in panel.items},
    )
    pages = {judge: row[PAGE] for judge, row in values.items() if PAGE in row}
    found = bookmark_round(pages, booklet, names=names)
    return {
        "percent": rounded(Fraction(found.percent)),
        "theta": found.theta,
        "theta_error": found.standard_error,
        "standard_error": found.percent_error,
        "sd": found.percent_sd,
        "icc_average": None,  # one mark per judge: nothing to agree on beyond the spread
        "judges": [{"name": names[judge], "page": int(page)} for judge, page in pages.items()],
        "findings": [_record(reason) for reason in found.findings],
    }


def _hofstee(session: Session, panel: CutPanel, values: Values, names: dict[str, str]) -> Outcome:
    period, shares = earlier_shares(session, panel)
    found = hofstee_cut(values, shares, names=names)
    return {
        "percent": rounded(found.percent),
        "fail_percent": float(found.fail_percent),
        "n": found.n,
        "period": period,
        "box": {name: float(getattr(found.box, name)) for name in BOUNDS},
        "judges": [
            {"name": names[judge], **{name: float(row[name]) for name in BOUNDS}}
            for judge, row in values.items()
        ],
        "findings": [_record(reason) for reason in found.findings],
    }


def earlier_shares(session: Session, panel: CutPanel) -> tuple[str, list[Fraction]]:
    """The newest released period in which people of the panel's positions sat: its name, their shares in percent."""
    sat = (
        select(Result.period_id, Result.points, Result.max_points)
        .where(
            Result.position_id.in_(panel.position_ids),
            Result.kind != ResultKind.ANNULLED.value,
            ~Result.was_absent,
            is_current(),
        )
        .subquery()
    )
    period = session.scalar(
        select(Period)
        .where(Period.id.in_(select(sat.c.period_id)))
        .order_by(Period.released_at.desc())
        .limit(1)
    )
    if period is None:
        return "", []
    rows = session.execute(select(sat.c.points, sat.c.max_points).where(sat.c.period_id == period.id))
    return period.name, [100 * Fraction(points) / Fraction(top) for points, top in rows]


def rounded(percent: Fraction) -> str:
    """The recommendation as the council decides on it: percent to three places, half up, as decimal text."""
    thousandths = (percent * 2000 + 1) // 2
    return f"{Decimal(thousandths).scaleb(-3).normalize():f}"


def _absent(names: Iterable[str]) -> Reason:
    listed = ", ".join(names)
    return Reason(
        "absent_judges",
        f"Không cho ý kiến ở vòng này: {listed}.",
        f"Gave no judgement in this round: {listed}.",
    )


def _record(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "vi": reason.vi, "en": reason.en}
