"""A judge's own ratings in the open round."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.errors import Invalid
from exam_service.i18n import gettext as _
from exam_service.periods.models import Period, PeriodState
from exam_service.periods.service import PeriodIsSealed
from exam_service.standards.access import get_own_panel
from exam_service.standards.models import CutPanel, PanelMember, PanelMethod, PanelRating
from exam_service.standards.outcomes import expected_marks, values_of
from exam_service.standards.panels import WrongRound, current_round, locked_round


@dataclass(frozen=True)
class Progress:
    """How many of the marks a judge has rated in the round: all that others may know while it is open."""

    name: str
    rated: int
    total: int


def save_ratings(
    session: Session, actor: Actor, *, panel_id: UUID, number: int, typed: Mapping[str, str]
) -> int:
    """The judge's ratings of round `number` are those typed; an empty field takes one back. Returns how many stand.

    Values are percents (Angoff, Hofstee) or a page (bookmark). Raises NotFound, Forbidden, JudgeIsCandidate, Invalid
    (naming the first field), WrongRound, PeriodIsSealed.
    """
    panel = get_own_panel(session, actor, panel_id)
    assert actor.id is not None
    period = session.get_one(Period, panel.exam.period_id)
    if period.state != PeriodState.DRAFT:
        raise PeriodIsSealed
    if locked_round(session, panel, number).closed_at is not None:
        raise WrongRound
    allowed = expected_marks(panel)
    values = {mark: _value(panel, mark, typed[mark]) for mark in allowed if typed.get(mark, "").strip()}
    own = (
        (PanelRating.panel_id == panel.id)
        & (PanelRating.round == number)
        & (PanelRating.account_id == actor.id)
    )
    session.execute(delete(PanelRating).where(own, PanelRating.mark.not_in(values)))
    if values:
        rows = [
            {
                "panel_id": panel.id,
                "round": number,
                "account_id": actor.id,
                "mark": mark,
                "value": value,
                "rated_at": clock.now(),
            }
            for mark, value in values.items()
        ]
        added = insert(PanelRating).values(rows)
        session.execute(
            added.on_conflict_do_update(
                index_elements=["panel_id", "round", "account_id", "mark"],
                set_={"value": added.excluded.value, "rated_at": added.excluded.rated_at},
            )
        )
    record(session, actor, "cut.rate", ("cut_panel", panel.id), round=number, rated=len(values))
    return len(values)


def _value(panel: CutPanel, mark: str, text: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise Invalid(field=f"mark-{mark}", reason=_("Nhập một số, ví dụ 60.")) from None
    highest = len(panel.items) if panel.method == PanelMethod.BOOKMARK else 100
    lowest = 1 if panel.method == PanelMethod.BOOKMARK else 0
    if not value.is_finite() or not lowest <= value <= highest:
        sentence = _("Nhập một số từ %(lowest)s đến %(highest)s.", lowest=lowest, highest=highest)
        raise Invalid(field=f"mark-{mark}", reason=sentence)
    if panel.method == PanelMethod.BOOKMARK and value != int(value):
        raise Invalid(field=f"mark-{mark}", reason=_("Nhập một số nguyên."))
    return value.quantize(Decimal("0.001"))


def own_values(session: Session, actor: Actor, panel: CutPanel, number: int) -> dict[str, Decimal]:
    """What the judge has typed in the round, and nobody else's."""
    return values_of(session, panel, number).get(str(actor.id), {})


def progress_of(session: Session, panel: CutPanel) -> list[Progress]:
    """Each judge's progress in the newest round: counts only."""
    counted = dict(
        session.execute(
            select(PanelRating.account_id, func.count())
            .where(PanelRating.panel_id == panel.id, PanelRating.round == current_round(panel).number)
            .group_by(PanelRating.account_id)
        ).all()
    )
    total = len(expected_marks(panel))
    members: list[PanelMember] = panel.members
    return [Progress(member.name, counted.get(member.account_id, 0), total) for member in members]
