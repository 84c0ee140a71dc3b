"""The tab "Công cụ, văn bản": both languages, who may change what, a file up to its confirmation, hostile files."""

import io
import zipfile
from typing import Any

import lxml.html
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exam_service.actor import Role
from exam_service.aids.models import ExamTools, PermittedDocument
from exam_service.invigilation.sealing import seal_period
from tests.fixtures.aids import permit, regulation
from tests.fixtures.auth import SignedIn, SignIn
from tests.fixtures.periods import World, make_world


@pytest.fixture
def world(session: Session) -> World:
    made = make_world(session)
    session.commit()
    return made


def aids(world: World, rest: str = "") -> str:
    return f"/periods/{world.period.id}/aids{rest}"


def upload(client: SignedIn, world: World, *, name: str = "a.txt", data: bytes = b"", **fields: str) -> Any:
    return client.post(
        aids(world, f"/exams/{world.exam.id}/documents"),
        data={"csrf_token": client.csrf, "title": "Quy chế mẫu", **fields},
        files={"file": (name, data or regulation().encode())},
        follow_redirects=False,
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_is_sound(session: Session, signed_in: SignIn, world: World, language: str) -> None:
    document = permit(session, world, text=regulation() + "\nĐiều 9. <script>alert(1)</script>")
    session.commit()
    client = signed_in(roles={Role.OFFICER})
    client.cookies.set("lang", language)
    for path in ("", f"/exams/{world.exam.id}/documents/new", f"/documents/{document.id}"):
        page = lxml.html.fromstring(client.get(aids(world, path)).text)
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        named = " ".join(page.xpath("//@for | //@aria-describedby | //@aria-labelledby")).split()
        assert set(named) - set(ids) == set(), path
        assert page.xpath("//style | //*[@style] | //script[not(@src)]") == [], path
    assert "Điều 9. <script>alert(1)</script>" in page.xpath("//h3/text()")


def test_ticks_are_saved_and_shown(session: Session, signed_in: SignIn, world: World) -> None:
    client = signed_in(roles={Role.OFFICER})
    url = aids(world, f"/exams/{world.exam.id}/tools")
    client.post(url, data={"csrf_token": client.csrf, "tools": ["notes", "mask"]})
    page = lxml.html.fromstring(client.get(aids(world)).text)
    assert page.xpath("//input[@name='tools' and @checked]/@value") == ["mask", "notes"]
    client.post(url, data={"csrf_token": client.csrf})
    assert session.get_one(ExamTools, world.exam.id).tools == []


def test_after_the_seal_the_reason_is_asked_for_and_kept_in_the_form(
    session: Session, signed_in: SignIn, world: World
) -> None:
    seal_period(session, world.officer, period_id=world.period.id)
    session.commit()
    client = signed_in(roles={Role.OFFICER})
    url = aids(world, f"/exams/{world.exam.id}/tools")
    refused = client.post(url, data={"csrf_token": client.csrf, "tools": ["mask"], "reason": "."})
    page = lxml.html.fromstring(refused.text)
    assert refused.status_code == 422
    assert page.xpath("//input[@name='reason']/@aria-invalid") == ["true"]
    assert page.xpath("//input[@name='tools' and @checked]/@value") == ["mask"]
    client.post(url, data={"csrf_token": client.csrf, "tools": ["mask"], "reason": "Hội đồng thống nhất"})
    assert "Hội đồng thống nhất" in client.get(aids(world)).text
    assert "documents/new" not in client.get(aids(world)).text


def test_a_file_is_previewed_confirmed_and_removed(session: Session, signed_in: SignIn, world: World) -> None:
    client = signed_in(roles={Role.OFFICER})
    sent = upload(client, world, data=(regulation(4) + "\nĐiều 7. Sau").encode(), issued_on="2026-02-03")
    preview = client.get(sent.headers["location"])
    assert "Không thấy Điều 5, Điều 6" in preview.text
    assert "a) điểm a của Điều 4;" in preview.text
    document = session.scalars(select(PermittedDocument)).one()
    assert not document.is_confirmed
    client.post(f"{sent.headers['location']}/confirm", data={"csrf_token": client.csrf})
    session.refresh(document)
    assert document.is_confirmed
    again = client.post(f"{sent.headers['location']}/confirm", data={"csrf_token": client.csrf})
    assert again.status_code == 409
    client.post(f"{sent.headers['location']}/remove", data={"csrf_token": client.csrf})
    assert session.scalar(select(func.count()).select_from(PermittedDocument)) == 0


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa">]><w:document/>'


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("", b"x", "Hãy chọn tệp văn bản."),
        ("luat.pdf", b"%PDF-1.7", "Chưa đọc được tệp PDF"),
        ("luat.exe", b"MZ", "Chỉ nhận tệp Word"),
        ("luat.docx", b"PK no archive", "không phải tài liệu Word"),
        ("luat.docx", packed(**{"word__document.xml": ENTITIES}), "DOCTYPE"),
        ("luat.docx", packed(**{"word__document.xml": b"<a/>"}), "Tệp Word bị hỏng"),
        (
            "luat.docx",
            packed(**{"word__document.xml": b"<a/>", "word__vbaProject.bin": b"1"}),
            "macro",
        ),
        ("luat.docx", packed(**{"word__document.xml": b" " * 45_000_000}), "quá lớn"),
    ],
    ids=["none", "pdf", "program", "no archive", "entities", "damaged", "macro", "bomb"],
)
def test_a_bad_file_is_refused_beside_its_field(
    session: Session, signed_in: SignIn, world: World, name: str, data: bytes, sentence: str
) -> None:
    client = signed_in(roles={Role.OFFICER})
    answer = upload(client, world, name=name, data=data)
    page = lxml.html.fromstring(answer.text)
    assert answer.status_code == 422
    assert sentence in page.xpath("string(//*[@id='file-error'])")
    assert page.xpath("//input[@name='title']/@value") == ["Quy chế mẫu"]
    assert session.scalar(select(func.count()).select_from(PermittedDocument)) == 0


@pytest.mark.parametrize(
    "role", [Role.AUTHOR, Role.REVIEWER, Role.INVIGILATOR, Role.MARKER, Role.HR, Role.AUDITOR]
)
def test_a_stranger_changes_nothing_and_only_an_auditor_reads(
    session: Session, signed_in: SignIn, world: World, role: Role
) -> None:
    document = permit(session, world, is_confirmed=False)
    session.commit()
    client = signed_in(roles={role})
    for path in ("", f"/documents/{document.id}"):
        assert client.get(aids(world, path)).status_code == (200 if role is Role.AUDITOR else 403)
    assert client.get(aids(world, f"/exams/{world.exam.id}/documents/new")).status_code == 403
    assert upload(client, world, data=regulation(2).encode()).status_code == 403
    for path in (
        f"/exams/{world.exam.id}/tools",
        f"/documents/{document.id}/confirm",
        f"/documents/{document.id}/remove",
    ):
        assert client.post(aids(world, path), data={"csrf_token": client.csrf}).status_code == 403
    session.refresh(document)
    assert not document.is_confirmed
    assert session.get(ExamTools, world.exam.id) is None
