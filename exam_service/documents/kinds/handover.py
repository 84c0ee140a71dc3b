"""Handing the data of a sitting over (biên bản bàn giao): what was handed in, and one code over all of it."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from exam_service.documents.kinds import of_rooms
from exam_service.documents.room_facts import Seated, seated_of
from exam_service.documents.subjects import MINUTES, Kind, Letterhead, Subject, Typed, room_name, sheet_of
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
    clock_time,
    moment_in_words,
    paragraphs,
)
from question_bank.items import canonical_json

CODE = "handover"
DIGITS_SHOWN = 16


def combined_digest(people: Sequence[Seated]) -> str:
    """SHA-256 in hex over the pairs (candidate number, digest of the answers handed in) in the order of numbers."""
    pairs = sorted([one.number, one.digest] for one in people if one.digest)
    return hashlib.sha256(canonical_json(pairs)).hexdigest()


def compose(session: Session, subject: Subject, letterhead: Letterhead, typed: Mapping[str, str]) -> Sheet:
    assert subject.sitting is not None
    handed_in = [one for one in seated_of(session, subject.sitting.id) if one.digest]
    giver, receiver = typed.get("giver", "").strip(), typed.get("receiver", "").strip()
    blocks: tuple[Block, ...] = (
        of_rooms.sitting_facts(subject),
        Facts(rows=(("Bên giao", giver or "…" * 22), ("Bên nhận", receiver or "…" * 22))),
        Heading(text="Dữ liệu bàn giao"),
        Facts(
            rows=(
                ("Thu bài xong", moment_in_words(subject.sitting.collected_at)),
                ("Số bài làm đã nộp hoặc đã thu", str(len(handed_in))),
                ("Mã kiểm tra chung (SHA-256)", combined_digest(handed_in)),
            )
        ),
        *paragraphs(
            [
                "Mã kiểm tra chung tính trên số báo danh và mã của từng bài làm: sửa một câu trả lời thì mã này đổi.",
                f"Bảng dưới ghi {DIGITS_SHOWN} ký tự đầu của mã từng bài, trùng với biên nhận của thí sinh.",
            ]
        ),
        _table(handed_in),
        Signatures(signers=(Signer(title="BÊN GIAO", name=giver), Signer(title="BÊN NHẬN", name=receiver))),
    )
    return sheet_of(
        letterhead,
        blocks,
        symbol=MINUTES,
        type_name="BIÊN BẢN",
        subject=f"Bàn giao dữ liệu bài làm {room_name(subject.sitting)}",
    )


def _table(people: Sequence[Seated]) -> Table:
    return Table(
        columns=(
            Column(title="STT", share=7, align="center"),
            Column(title="SBD", share=13, align="center"),
            Column(title="Họ và tên", share=38),
            Column(title="Nộp lúc", share=14, align="center"),
            Column(title="Mã bài làm", share=28, align="center"),
        ),
        rows=tuple(
            (
                str(place),
                one.number,
                one.full_name,
                clock_time(one.submitted_at, seconds=True),
                one.digest[:DIGITS_SHOWN],
            )
            for place, one in enumerate(people, 1)
        ),
    )


KIND = Kind(
    CODE,
    title=N_("Biên bản bàn giao bài làm"),
    scope=of_rooms.each_room(CODE),
    missing=of_rooms.missing_before_collection,
    compose=compose,
    typed=(Typed("giver", N_("Bên giao")), Typed("receiver", N_("Bên nhận"))),
)
