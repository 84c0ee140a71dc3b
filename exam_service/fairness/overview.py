"""What officers and auditors look at: the halves of the report of each exam, with their sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.calibration.service import MARKED
from exam_service.fairness.charts import Row, spread_chart
from exam_service.fairness.models import FairnessReport, Stage
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.periods.models import Exam, ExamDraw, Period
from question_bank.assembly.result import AssemblyReport
from question_bank.fairness.report import NoFigures, SittingFigures, Spread

RANDOM = TypeAdapter(AssemblyReport)
SITTING = TypeAdapter(SittingFigures)


@dataclass(frozen=True)
class BalanceLine:
    """Lowest to highest expected mark at one ability: of the drawn forms and of a plain random draw, in marks."""

    ability: str
    drawn: float
    at_random: float
    band: float | None


@dataclass(frozen=True)
class ExamReport:
    """The report of one exam. `drawn` are the figures stored with the draw; None stands where a half is not there, and
    `drawn_missing`, `sat_missing` are sentences that say why (empty: nothing is missing)."""

    exam: Exam
    drawn: dict[str, Any]
    at_random: AssemblyReport | None
    drawn_missing: str
    sat: SittingFigures | None
    sat_missing: str

    @property
    def balance(self) -> Sequence[BalanceLine]:
        if self.at_random is None:
            return []
        names = {
            -1: _("người dưới trung bình"),
            0: _("người trung bình"),
            1: _("người trên trung bình"),
        }
        bands = {entry["ability"]: entry["mean"] for entry in self.drawn.get("uncertainty", [])}
        return [
            BalanceLine(
                names[mine["ability"]],
                mine["highest"] - mine["lowest"],
                other.spread,
                bands.get(mine["ability"]),
            )
            for mine, other in zip(self.drawn["balance"], self.at_random.balance, strict=False)
        ]

    @property
    def sentences(self) -> list[str]:
        """What the figures mean, each in one sentence that needs no statistics; the most important first."""
        return [*_sat_sentences(self.sat), *_drawn_sentences(self)]

    def chart(self, *, for_print: bool = False) -> Markup:
        """The spread that the answers showed; `sat` must be there."""
        assert self.sat is not None
        title = _("Số đề theo mức chênh lệch điểm so với đề trung bình của ngân hàng")
        return _two_rows(self.sat.drawn, self.sat.at_random, title=title, for_print=for_print)

    @property
    def has_drawn_chart(self) -> bool:
        """Whether both draws have the columns of their spread on the estimates."""
        return self.at_random is not None and bool(self.at_random.columns and self.drawn.get("columns"))

    def drawn_chart(self, *, for_print: bool = False) -> Markup:
        """The spread as it was estimated when the papers were drawn; `has_drawn_chart` must hold."""
        assert self.at_random is not None
        title = _("Số đề theo mức chênh lệch điểm so với đề trung bình, theo độ khó ước lượng khi bốc")
        mine = _estimated(RANDOM.validate_python(self.drawn))
        return _two_rows(mine, _estimated(self.at_random), title=title, for_print=for_print)


def _two_rows(drawn: Spread, at_random: Spread, *, title: str, for_print: bool) -> Markup:
    rows = [
        Row(_("Đề đã bốc"), drawn),
        Row(_("Nếu bốc ngẫu nhiên thuần túy"), at_random, is_reference=True),
    ]
    return spread_chart(rows, title=title, for_print=for_print)


def _estimated(report: AssemblyReport) -> Spread:
    middle = next(entry for entry in report.balance if entry.ability == 0)
    return Spread(middle.sd, middle.lowest - middle.target, middle.highest - middle.target, report.columns)


def read_reports(session: Session, period: Period) -> list[ExamReport]:
    """The reports of the drawn exams of the period, in the order of their codes; what the answers showed is there only
    once the period is marked."""
    rows = session.execute(
        select(Exam, ExamDraw)
        .join(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period.id)
        .order_by(Exam.code)
    )
    is_marked = period.state in MARKED
    return [
        _report(
            exam,
            draw,
            _newest(session, exam.id, Stage.DRAWN),
            sat=_newest(session, exam.id, Stage.SAT) if is_marked else None,
            is_marked=is_marked,
        )
        for exam, draw in rows
    ]


def _newest(session: Session, exam_id: UUID, stage: Stage) -> FairnessReport | None:
    return session.scalar(
        select(FairnessReport)
        .where(FairnessReport.exam_id == exam_id, FairnessReport.stage == stage.value)
        .order_by(FairnessReport.fitted_at.desc(), FairnessReport.id.desc())
        .limit(1)
    )


def _report(
    exam: Exam,
    draw: ExamDraw,
    drawn: FairnessReport | None,
    *,
    sat: FairnessReport | None,
    is_marked: bool,
) -> ExamReport:
    waiting = _("Chưa tính xong. Hệ thống tính trong nền; xin xem lại sau ít phút.")
    later = waiting if is_marked else _("Phần này có sau khi kỳ sát hạch đã chấm.")
    return ExamReport(
        exam=exam,
        drawn=draw.report,
        at_random=RANDOM.validate_python(drawn.figures) if drawn and drawn.figures else None,
        drawn_missing=_missing(drawn.missing) if drawn else waiting,
        sat=SITTING.validate_python(sat.figures) if sat and sat.figures else None,
        sat_missing=_missing(sat.missing) if sat else later,
    )


def _missing(code: str | None) -> str:
    if code is None:
        return ""
    return {
        NoFigures.ONE_FORM: _("Chỉ có một đề nên không có gì để so sánh."),
        NoFigures.NOT_CALIBRATED: _(
            "Bài làm chưa đủ để ước lượng độ khó của câu hỏi nên không tính được phần này."
        ),
        NoFigures.SEVERAL_SCALES: _(
            "Câu hỏi tách thành nhiều nhóm không có người làm chung nên độ khó không so sánh được với nhau."
        ),
        NoFigures.CUT_OUT_OF_REACH: _(
            "Ngưỡng đạt nằm ngoài khoảng điểm mà đề trung bình có thể cho nên không tính được phần này."
        ),
    }[NoFigures(code)]


def _number(value: float, places: int = 1) -> str:
    return format_number(round(value, places) if places else round(value))


def _sat_sentences(sat: SittingFigures | None) -> Iterator[str]:
    if sat is None:
        return
    yield _(
        "Nếu bốc ngẫu nhiên thuần túy, khoảng %(plain)s trong %(people)s người đã có kết quả đạt hay không đạt khác đi "
        "chỉ vì đề; với đề đã bốc, con số ấy là khoảng %(drawn)s.",
        plain=_count(sat.random_effect.flips),
        people=format_number(sat.effect.people),
        drawn=_count(sat.effect.flips),
    )
    yield _(
        "Ở ngưỡng đạt, đề dễ nhất và đề khó nhất chênh nhau %(drawn)s điểm trên 100; bốc ngẫu nhiên thuần túy: "
        "%(plain)s điểm.",
        drawn=_number(sat.drawn.highest - sat.drawn.lowest),
        plain=_number(sat.at_random.highest - sat.at_random.lowest),
    )
    yield _(
        "Độ khó của câu hỏi chỉ là ước lượng: riêng sai số ấy làm một đề lệch chừng ± %(band)s điểm so với đề trung "
        "bình.",
        band=_number(sat.band),
    )
    yield _(
        "Điểm của một người ở ngưỡng đạt chính xác tới ± %(error)s điểm, dù đề nào; chênh lệch giữa các đề nhỏ hơn mức "
        "này %(times)s lần.",
        error=_number(sat.error),
        times=_number(sat.error / sat.drawn.sd) if sat.drawn.sd > 0.01 else _("hàng trăm"),
    )


def _count(people: float) -> str:
    """Whole people; below ten with one decimal, so that a small number is not called none."""
    return _number(people, 0 if people >= 10 else 1)


def _drawn_sentences(report: ExamReport) -> Iterator[str]:
    mine, plain = report.drawn, report.at_random
    if plain is None:
        return
    if not report.balance:
        yield _(
            "Chưa có số liệu độ khó của câu hỏi khi bốc đề: các đề giống nhau về ma trận, chưa cân bằng được về độ khó."
        )
    yield _(
        "Câu dùng nhiều nhất nằm trong %(uses)s đề, mức thấp nhất có thể là %(bound)s; bốc ngẫu nhiên thuần túy: "
        "%(plain)s.",
        uses=format_number(mine["max_uses"]),
        bound=format_number(mine["max_uses_bound"]),
        plain=format_number(plain.max_uses),
    )
    yield _(
        "Hai đề bất kỳ trùng nhau trung bình %(overlap)s câu, mức thấp nhất có thể là %(bound)s; bốc ngẫu nhiên thuần "
        "túy: %(plain)s.",
        overlap=_number(mine["mean_overlap"], 2),
        bound=_number(mine["mean_overlap_bound"], 2),
        plain=_number(plain.mean_overlap, 2),
    )
    if mine.get("information_percent") and plain.information_percent:
        low, high = mine["information_percent"]
        yield _(
            "Mọi đề đo quanh ngưỡng đạt chính xác gần như nhau: từ %(low)s%% tới %(high)s%% mức trung bình; bốc ngẫu "
            "nhiên thuần túy: từ %(plain_low)s%% tới %(plain_high)s%%.",
            low=_number(low),
            high=_number(high),
            plain_low=_number(plain.information_percent[0]),
            plain_high=_number(plain.information_percent[1]),
        )
