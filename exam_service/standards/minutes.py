"""What the minutes of a panel say.

They are an official Vietnamese document, so their words are Vietnamese whatever the language of the page.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from exam_service.official.sheet import (
    Block,
    Column,
    Facts,
    Heading,
    Signatures,
    Signer,
    Table,
    day_in_words,
    decimal_text,
    paragraphs,
)
from exam_service.people.models import Position
from exam_service.periods.cuts.decisions import decisions_of
from exam_service.periods.cuts.models import DecisionState
from exam_service.periods.models import Period
from exam_service.standards.models import CutPanel, PanelMethod

METHODS = {
    PanelMethod.ANGOFF: "Angoff (ước lượng khả năng trả lời đúng từng câu của thí sinh giáp ngưỡng)",
    PanelMethod.BOOKMARK: "đánh dấu trên tập câu hỏi xếp theo độ khó (xác suất trả lời đúng 0,67)",
    PanelMethod.HOFSTEE: "Hofstee (dung hòa giới hạn của hội đồng với phân bố kết quả)",
}
DECISION_WORDS = {
    DecisionState.PROPOSED: "chờ xác nhận",
    DecisionState.CONFIRMED: "đã xác nhận",
    DecisionState.REJECTED: "đã trả lại",
}


def minutes_blocks(session: Session, panel: CutPanel) -> tuple[Block, ...]:
    """The minutes as they stand now: closed rounds, and the decisions made from this panel."""
    period = session.get_one(Period, panel.exam.period_id)
    ids = [UUID(key) for key in panel.position_ids]
    titles = dict(session.execute(select(Position.id, Position.title).where(Position.id.in_(ids))).all())
    decided = [d for d in decisions_of(session, period.id) if d.panel_id == panel.id]
    conclusions = [
        f"{titles.get(d.position_id, '')}: ngưỡng đạt {decimal_text(d.cut_percent)} % số điểm "
        f"({DECISION_WORDS[DecisionState(d.state)]})." + (f" Lý do: {d.reason}" if d.reason else "")
        for d in decided
    ]
    return (
        Facts(rows=_facts(panel, period, positions=sorted(titles.values()))),
        *(
            block
            for one in panel.rounds
            if one.outcome is not None
            for block in _round(one.number, one.outcome)
        ),
        Heading(text="Kết luận của hội đồng"),
        *paragraphs(conclusions or ["Hội đồng chưa quyết định ngưỡng đạt."]),
        Signatures(signers=(Signer(title="THƯ KÝ"), Signer(title="CHỦ TỊCH HỘI ĐỒNG"))),
    )


def _facts(panel: CutPanel, period: Period, *, positions: list[str]) -> tuple[tuple[str, str], ...]:
    rows = [
        ("Kỳ sát hạch", period.name),
        ("Nội dung sát hạch", panel.exam.title),
        ("Vị trí việc làm", "; ".join(positions)),
        ("Ngày họp", day_in_words(panel.held_on)),
        ("Thành phần", "; ".join(member.name for member in panel.members)),
        ("Phương pháp", METHODS[PanelMethod(panel.method)]),
    ]
    if panel.items:
        rows.append(("Đề mẫu", f"{len(panel.items)} câu, bốc theo ma trận đề của nội dung"))
    return (*rows, ("Thí sinh giáp ngưỡng được hiểu là", panel.borderline))


def _round(number: int, outcome: dict[str, Any]) -> tuple[Block, ...]:
    return (Heading(text=f"Vòng {number}"), *paragraphs(_round_lines(outcome)), _judgements(outcome))


def _judgements(outcome: dict[str, Any]) -> Table:
    """Every member's own judgement of the round, as it was when the round was closed."""
    judges = outcome["judges"]
    named: list[tuple[str, list[str]]] = [("Thành viên", [judge["name"] for judge in judges])]
    first = judges[0] if judges else {}
    if "page" in first:
        named.append(("Câu cuối được đánh dấu", [str(judge["page"]) for judge in judges]))
    elif "cut_low" in first:
        named.append(("Ngưỡng (%)", [_between(judge, "cut") for judge in judges]))
        named.append(("Tỷ lệ không đạt (%)", [_between(judge, "fail") for judge in judges]))
    else:
        named.append(("Ngưỡng (%)", [_vi(judge["percent"]) for judge in judges]))
        named.append(("Ghi chú", ["cách xa số đông" if judge["is_apart"] else "" for judge in judges]))
    columns = tuple(
        Column(title=title, share=3 if place == 0 else 2, align="left" if place == 0 else "center")
        for place, (title, _cells) in enumerate(named)
    )
    return Table(columns=columns, rows=tuple(zip(*(cells for _title, cells in named), strict=True)))


def _between(judge: dict[str, Any], bound: str) -> str:
    return f"{_vi(judge[f'{bound}_low'])}–{_vi(judge[f'{bound}_high'])}"


def _round_lines(outcome: dict[str, Any]) -> list[str]:
    lines = [f"Ngưỡng theo ý kiến hội đồng: {_vi(float(str(outcome['percent'])))} % số điểm."]
    if outcome.get("standard_error") is not None:
        error, sd = float(str(outcome["standard_error"])), float(str(outcome["sd"]))
        lines.append(
            f"Sai số chuẩn {_vi(error)}; độ lệch chuẩn giữa các thành viên {_vi(sd)} điểm phần trăm."
        )
    if outcome.get("icc_average") is not None:
        lines.append(f"Độ thống nhất giữa các thành viên (ICC): {_vi(float(str(outcome['icc_average'])))}.")
    if outcome.get("fail_percent") is not None:
        lines.append(
            f"Tỷ lệ không đạt tương ứng {_vi(float(str(outcome['fail_percent'])))} % (n = {outcome['n']}, "
            f"{outcome['period']})."
        )
    findings = outcome["findings"]
    assert isinstance(findings, list)
    return lines + [f"Lưu ý: {finding['vi']}" for finding in findings]


def _vi(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")
