"""Loading the data and sealing the papers (biên bản nạp dữ liệu và niêm phong), from the ceremony of the draw."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from exam_service.documents.aids_facts import aids_blocks
from exam_service.documents.kinds import of_periods, of_rooms
from exam_service.documents.subjects import MINUTES, Kind, Letterhead, Subject, Typed, sheet_of
from exam_service.i18n import N_
from exam_service.official.sheet import (
    Block,
    Column,
    Facts,
    Heading,
    Sheet,
    Signatures,
    Signer,
    Table,
    digest_in_groups,
    moment_in_words,
    paragraphs,
)
from exam_service.periods.models import (
    Candidate,
    CeremonyState,
    DrawCeremony,
    Exam,
    ExamDraw,
    LateDraw,
    Period,
    SealedForm,
)
from exam_service.periods.revealing import ceremonies_of

CODE = "sealing"
CLOSING = (
    "Từ khi niêm phong, đề thi, danh sách thí sinh và ca thi không sửa được nữa.",
    "Ai được bổ sung sau đó có đề nối vào chuỗi mã của nội dung và được ghi ở phụ lục có số riêng.",
    "Sau khi kỳ kết thúc, ai có hồ sơ bốc đề cũng dựng lại được từng đề và đối chiếu với các mã ở trên.",
)


def list_subjects(_session: Session, period: Period) -> list[Subject]:
    return [Subject(CODE, period.id, period)]


def find_subject(session: Session, subject_id: UUID) -> Subject | None:
    period = session.get(Period, subject_id)
    return None if period is None else Subject(CODE, period.id, period)


def compose(session: Session, subject: Subject, letterhead: Letterhead, typed: Mapping[str, str]) -> Sheet:
    period = subject.period
    ceremonies = ceremonies_of(session, period.id)
    drawn = next((one for one in ceremonies if one.state is CeremonyState.DRAWN), None)
    aids = list(aids_blocks(session, period.id, heading="3. Công cụ và văn bản được phép sử dụng"))
    witnesses = typed.get("witnesses", "").strip()
    blocks = (
        Facts(
            rows=(
                ("Kỳ sát hạch", f"{period.name} ({period.code})"),
                ("Niêm phong lúc", moment_in_words(period.sealed_at)),
                ("Người chứng kiến", witnesses or "…" * 22),
            )
        ),
        Heading(text="1. Dữ liệu đã nạp và mã cam kết"),
        _exams(session, period),
        Facts(rows=(("Mã cam kết của kỳ (SHA-256)", period.commitment or ""),)),
        *_draw(drawn),
        *aids,
        *_withdrawn(ceremonies, number=4 if aids else 3),
        *paragraphs(CLOSING),
        Signatures(
            signers=(
                Signer(title="NGƯỜI THỨ NHẤT", name=_first_person(drawn)),
                Signer(title="NGƯỜI THỨ HAI", name=(drawn.confirmed_by or "") if drawn else ""),
                Signer(title="CHỦ TỊCH HỘI ĐỒNG"),
            )
        ),
    )
    return sheet_of(
        letterhead,
        blocks,
        symbol=MINUTES,
        type_name="BIÊN BẢN",
        subject="Nạp dữ liệu và niêm phong đề thi",
    )


def _exams(session: Session, period: Period) -> Table:
    forms = (
        select(func.count(SealedForm.id))
        .join(Candidate, Candidate.id == SealedForm.candidate_id)
        .where(Candidate.exam_id == Exam.id, ~exists().where(LateDraw.candidate_id == Candidate.id))
        .correlate(Exam)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Exam.code, Exam.title, forms, ExamDraw.commitment)
        .outerjoin(ExamDraw, ExamDraw.exam_id == Exam.id)
        .where(Exam.period_id == period.id)
        .order_by(Exam.code)
    )
    return Table(
        columns=(
            Column(title="Mã", share=12),
            Column(title="Nội dung sát hạch", share=32),
            Column(title="Số đề", share=10, align="center"),
            Column(title="Mã cam kết (SHA-256)", share=46),
        ),
        rows=tuple(
            (code, title, str(count), digest_in_groups(commitment or ""))
            for code, title, count, commitment in rows
        ),
    )


def _draw(drawn: DrawCeremony | None) -> Iterator[Block]:
    yield Heading(text="2. Bốc đề")
    if drawn is None:
        yield from paragraphs(["Đề được bốc một bước, không có dãy số công khai (kỳ thử)."])
        return
    yield Facts(
        rows=(
            ("Cam kết", f"lần {drawn.number}, {moment_in_words(drawn.committed_at)}, {drawn.committed_by}"),
            ("Dãy số công khai", drawn.public_entropy or ""),
            ("Người thứ nhất nhập", _entered(drawn)),
            ("Người thứ hai xác nhận", f"{drawn.confirmed_by}, {moment_in_words(drawn.confirmed_at)}"),
            ("Bốc đề xong", moment_in_words(drawn.drawn_at)),
            ("Mã chung của các đề (gốc Merkle)", drawn.papers_root or ""),
        )
    )


def _first_person(drawn: DrawCeremony | None) -> str:
    return str(drawn.entries[-1]["by"]) if drawn is not None and drawn.entries else ""


def _entered(drawn: DrawCeremony) -> str:
    more = len(drawn.entries) - 1
    return _first_person(drawn) + (f" (đã nhập lại {more} lần)" if more > 0 else "")


def _withdrawn(ceremonies: Sequence[DrawCeremony], *, number: int) -> Iterator[Block]:
    withdrawn = [one for one in ceremonies if one.state is CeremonyState.WITHDRAWN]
    if not withdrawn:
        return
    yield Heading(text=f"{number}. Cam kết đã hủy trước đó")
    yield from paragraphs(
        f"Lần {one.number}: mã {one.commitment}; hủy {moment_in_words(one.withdrawn_at)}, {one.withdrawn_by}. "
        f"Lý do: {one.withdrawn_reason}"
        for one in withdrawn
    )


KIND = Kind(
    CODE,
    title=N_("Biên bản nạp dữ liệu và niêm phong"),
    scope=of_periods.in_period(list_subjects, find_subject),
    missing=of_rooms.missing_before_seal,
    compose=compose,
    typed=(Typed("witnesses", N_("Người chứng kiến")),),
)
