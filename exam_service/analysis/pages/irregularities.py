"""The triage list: what is out of pattern, for people to look at. It says nothing about anybody."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from exam_service.actor import Actor, Permission
from exam_service.analysis.models import IrregularitySign, SignKind
from exam_service.analysis.overview import list_signs
from exam_service.analysis.schemas import SignsQuery
from exam_service.analysis.service import newest_statistics
from exam_service.auth.access import require
from exam_service.db import Reading
from exam_service.i18n import format_number
from exam_service.i18n import gettext as _
from exam_service.marking.overview import get_markable_period
from exam_service.templates import render

router = APIRouter(prefix="/marking")
Looker = Annotated[Actor, require(Permission.MARKING_RUN)]


@router.get("/{period_id}/irregularities")
def show_irregularities(
    request: Request, session: Reading, actor: Looker, period_id: UUID, asked: Annotated[SignsQuery, Query()]
) -> Response:
    period = get_markable_period(session, actor, period_id)
    run = newest_statistics(session, period_id)
    page, counts = list_signs(session, run, kind=asked.kind, page=asked.page) if run else (None, {})
    return render(
        request,
        "analysis/irregularities.html",
        period=period,
        run=run,
        page=page,
        counts=counts,
        asked=asked,
        kinds=kind_names(),
        explanations=explanations(),
        finding=finding,
        tab="irregularities",
    )


def kind_names() -> dict[str, str]:
    """Kind of sign → its name."""
    return {
        SignKind.PERSON_FIT.value: _("Kiểu trả lời lạ"),
        SignKind.RAPID_GUESSING.value: _("Trả lời quá nhanh"),
        SignKind.PREKNOWLEDGE.value: _("Giỏi hơn ở câu đã dùng"),
        SignKind.EXPOSED_SPEED.value: _("Nhanh hơn ở câu đã dùng"),
        SignKind.GAIN.value: _("Tiến bộ bất thường"),
        SignKind.SIMILARITY.value: _("Bài làm giống nhau"),
    }


def explanations() -> dict[str, str]:
    """Kind of sign → what it means and which innocent reasons it may have."""
    return {
        SignKind.PERSON_FIT.value: _(
            "Đúng câu khó, sai câu dễ. Có thể do bỏ dở, đánh nhầm, hoặc học lệch một lĩnh vực."
        ),
        SignKind.RAPID_GUESSING.value: _(
            "Nhiều câu trả lời nhanh hơn mức đọc kịp. Có thể do hết giờ, hoặc không cố gắng."
        ),
        SignKind.PREKNOWLEDGE.value: _(
            "Làm câu từng dùng ở kỳ trước tốt hơn hẳn câu mới. Có thể do ôn đúng nội dung đó."
        ),
        SignKind.EXPOSED_SPEED.value: _(
            "Làm câu từng dùng ở kỳ trước nhanh hơn hẳn câu mới. Có thể do quen việc."
        ),
        SignKind.GAIN.value: _(
            "Điểm tăng nhiều hơn hẳn mọi người so với kỳ trước. Có thể do được bồi dưỡng."
        ),
        SignKind.SIMILARITY.value: _(
            "Hai bài cùng ca giống nhau quá mức ngẫu nhiên. Có thể do học cùng tài liệu."
        ),
    }


def finding(sign: IrregularitySign) -> str:
    """The figures of a sign in words."""
    detail = {name: format_number(value) for name, value in sign.detail.items()}
    match SignKind(sign.kind):
        case SignKind.PERSON_FIT:
            return _("lz* = %(z)s trên %(n)s câu", **detail)
        case SignKind.RAPID_GUESSING:
            return _("%(rapid)s%% trong %(n)s câu trả lời quá nhanh", **detail)
        case SignKind.PREKNOWLEDGE:
            return _("z = %(z)s; %(exposed)s câu đã dùng, %(other)s câu mới", **detail)
        case SignKind.EXPOSED_SPEED:
            return _("z = %(z)s", **detail)
        case SignKind.GAIN:
            return _("z = %(z)s; tăng %(logits)s logit", **detail)
        case SignKind.SIMILARITY:
            return _("ω = %(z)s; giống %(matches)s trong %(shared)s câu chung", **detail)
