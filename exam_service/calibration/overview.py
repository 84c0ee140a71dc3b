"""What officers look at: the newest calibration of a period, its items, and why something could not be estimated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.difficulty.models import Calibration, ItemCalibration
from exam_service.bank.models import Item, ItemVersion
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.marking.overview import get_markable_period
from exam_service.periods.models import Period


@dataclass(frozen=True)
class ItemLine:
    """An item of a calibration, as the table shows it."""

    item_id: UUID
    code: str
    number: int
    figures: ItemCalibration


@dataclass(frozen=True)
class LeftOut:
    """An item without a finite difficulty."""

    item_id: UUID
    code: str
    reason: str


@dataclass(frozen=True)
class CalibrationView:
    """One group of items: its calibration, the items from the easiest, and the sentence about what went otherwise."""

    calibration: Calibration
    items: Sequence[ItemLine]
    left_out: Sequence[LeftOut]
    reason: str

    @property
    def drifted(self) -> int:
        return sum(line.figures.is_drifted for line in self.items)


def newest_calibrations(session: Session, period_id: UUID) -> Sequence[Calibration]:
    """The rows of the newest calibration of the period, in the order of groups; empty before the first."""
    newest = (
        select(Calibration.fitted_at)
        .where(Calibration.period_id == period_id)
        .order_by(Calibration.fitted_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return session.scalars(
        select(Calibration)
        .where(Calibration.period_id == period_id, Calibration.fitted_at == newest)
        .order_by(Calibration.number)
    ).all()


def view_calibrations(
    session: Session, actor: Actor, *, period_id: UUID
) -> tuple[Period, list[CalibrationView]]:
    """Raises NotFound: also for who may not see marking."""
    period = get_markable_period(session, actor, period_id)
    return period, [_view(session, row) for row in newest_calibrations(session, period_id)]


def _view(session: Session, row: Calibration) -> CalibrationView:
    lines = session.execute(
        select(Item.id, Item.code, ItemVersion.number, ItemCalibration)
        .join(ItemVersion, ItemVersion.id == ItemCalibration.version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(ItemCalibration.calibration_id == row.id)
        .order_by(ItemCalibration.difficulty, Item.code)
    )
    reasons = {UUID(entry["version_id"]): entry["reason"] for entry in row.left_out}
    left_out = session.execute(
        select(Item.id, Item.code, ItemVersion.id)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .where(ItemVersion.id.in_(list(reasons)))
        .order_by(Item.code)
    )
    return CalibrationView(
        row,
        [ItemLine(*line) for line in lines],
        [LeftOut(item_id, code, reasons[version_id]) for item_id, code, version_id in left_out],
        _reason(row),
    )


def _reason(row: Calibration) -> str:
    """What went otherwise than planned, in a sentence; empty when nothing did."""
    return reason_sentence(row.reason) if row.reason else ""


def reason_sentence(reason: dict[str, Any]) -> str:
    """A stored refusal ({code, figures}) as a sentence."""
    params = {key: format_number(value) for key, value in reason.items() if isinstance(value, int | float)}
    code = str(reason["code"])
    sentence = _sentences().get(code)
    return sentence % params if sentence else _("Không ước lượng được (%(code)s).", code=code)


def _sentences() -> dict[str, str]:
    return {
        "no_responses": _("Chưa có bài nào được chấm nên chưa có gì để hiệu chuẩn."),
        "too_few_persons": _(
            "Mới có %(persons)s người làm bài; cần ít nhất %(least)s người để ước lượng độ khó."
        ),
        "too_few_items": _("Chỉ có %(items)s câu có độ khó xác định; cần ít nhất %(least)s câu."),
        "no_variation": _("Mọi câu đều được tất cả mọi người trả lời như nhau nên không có độ khó xác định."),
        "no_finite_spread": _(
            "Câu trả lời không cho biết năng lực khác nhau đến đâu: các câu không liên quan với nhau, hoặc như nhau "
            "hoàn toàn."
        ),
        "not_converged": _("Phép ước lượng không hội tụ sau %(steps)s bước nên không ghi số liệu."),
        "too_few_for_2pl": _(
            "Dùng mô hình Rasch: có câu chỉ %(fewest)s lượt trả lời, mô hình hai tham số cần %(least)s lượt mỗi câu."
        ),
        "no_finite_discrimination": _("Dùng mô hình Rasch: %(count)s câu không có độ phân biệt xác định."),
        "too_few_anchors": _(
            "Lập thang đo mới: chỉ %(anchors)s câu chung với các kỳ trước dùng được, cần ít nhất %(least)s câu."
        ),
        "disconnected": _(
            "Lập thang đo mới: bài làm tách thành %(groups)s nhóm không có câu chung với kỳ trước."
        ),
    }
