"""Images of a bank: stored once, within a quota, shown to who may see them, kept while anything shows them."""

import io
from typing import Any

import lxml.html
import pytest
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from exam_service.actor import Actor, Role
from exam_service.bank import authoring, imports
from exam_service.bank.imports import sound_rows
from exam_service.bank.media import showing, storing
from exam_service.bank.media.models import ImportMedia, Media, MediaUse
from exam_service.bank.models import Bank, ItemImport
from exam_service.errors import Forbidden, Invalid, NotFound
from question_bank.formats import excel
from question_bank.items import ItemDraft
from question_bank.media import clean_image
from tests.fixtures.auth import SignIn
from tests.fixtures.bank import make_actor, make_approved, make_bank, make_draft, make_item

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><rect width="3" height="2"/></svg>'


def png(colour: tuple[int, int, int] = (200, 0, 0), *, size: int = 6) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(buffer, "PNG")
    return buffer.getvalue()


def showing_image(name: str, *, alt: str = "Biểu đồ hai cột", **values: Any) -> ItemDraft:
    return make_draft(
        f'Theo biểu đồ, số hộ tăng bao nhiêu?<br><img src="media:{name}" alt="{alt}">', **values
    )


def test_an_image_is_stored_once_however_often_it_is_uploaded(
    session: Session, bank: Bank, author: Actor
) -> None:
    first = storing.store_image(session, author, bank_id=bank.id, data=png())
    again = storing.store_image(session, author, bank_id=bank.id, data=png() + b"trailing")
    assert first is again
    assert session.scalar(select(func.count()).select_from(Media)) == 1
    assert (first.width, first.height, first.size) == (6, 6, len(first.data))


def test_what_is_no_image_is_refused_with_advice(session: Session, bank: Bank, author: Actor) -> None:
    with pytest.raises(storing.UnusableImage, match="PNG"):
        storing.store_image(session, author, bank_id=bank.id, data=b"<html></html>")


def test_a_bank_takes_no_more_images_than_its_quota(session: Session, bank: Bank, author: Actor) -> None:
    head = make_actor(session, Role.REVIEWER)
    storing.set_media_quota(session, head, bank_id=bank.id, quota_mb=0)
    with pytest.raises(storing.MediaQuotaExceeded, match="TPHT"):
        storing.store_image(session, author, bank_id=bank.id, data=png())
    storing.set_media_quota(session, head, bank_id=bank.id, quota_mb=1)
    assert storing.store_image(session, author, bank_id=bank.id, data=png()).name
    with pytest.raises(Invalid):
        storing.set_media_quota(session, head, bank_id=bank.id, quota_mb=-1)
    with pytest.raises(Forbidden):
        storing.set_media_quota(session, author, bank_id=bank.id, quota_mb=9)


def test_an_image_that_is_used_is_kept_and_an_unused_one_can_be_deleted(
    session: Session, bank: Bank, author: Actor
) -> None:
    image = storing.store_image(session, author, bank_id=bank.id, data=png())
    item = make_item(session, bank, author, draft=showing_image(image.name))
    with pytest.raises(storing.ImageInUse, match=item.code):
        storing.delete_image(session, author, bank_id=bank.id, name=image.name)
    assert showing.images_of(session, bank.id)[0].items == ((item.id, item.code),)
    authoring.save_draft(
        session, author, item_id=item.id, revision=item.revision, draft=make_draft("Không hình?")
    )
    session.flush()
    storing.delete_image(session, author, bank_id=bank.id, name=image.name)
    session.flush()
    assert showing.images_of(session, bank.id) == []


def test_what_an_old_version_shows_is_kept_for_ever(session: Session, bank: Bank, author: Actor) -> None:
    image = storing.store_image(session, author, bank_id=bank.id, data=png())
    reviewer = make_actor(session, Role.REVIEWER)
    version = make_approved(session, bank, author, reviewer, draft=showing_image(image.name))
    item = authoring.start_new_version(session, author, item_id=version.item_id)
    authoring.save_draft(
        session, author, item_id=item.id, revision=item.revision, draft=make_draft("Không hình?")
    )
    session.flush()
    with pytest.raises(storing.ImageInUse):
        storing.delete_image(session, author, bank_id=bank.id, name=image.name)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("DELETE FROM media"))  # not even by hand
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE media SET data = '', size = 0"))


def test_discarding_a_draft_frees_its_images(session: Session, bank: Bank, author: Actor) -> None:
    image = storing.store_image(session, author, bank_id=bank.id, data=png())
    item = make_item(session, bank, author, draft=showing_image(image.name))
    authoring.discard_draft(session, author, item_id=item.id, revision=item.revision)
    session.flush()
    assert session.scalar(select(func.count()).select_from(MediaUse)) == 0


def test_a_question_whose_image_says_nothing_in_words_does_not_go_to_review(
    session: Session, bank: Bank, author: Actor
) -> None:
    image = storing.store_image(session, author, bank_id=bank.id, data=png())
    item = make_item(session, bank, author, draft=showing_image(image.name, alt=" "))
    with pytest.raises(authoring.ItemIsIncomplete, match="alt"):
        authoring.submit_item(session, author, item_id=item.id, revision=item.revision)


def test_a_question_with_an_image_that_the_bank_has_not_does_not_go_to_review(
    session: Session, bank: Bank, author: Actor
) -> None:
    name = clean_image(png()).name
    other = make_bank(session)
    storing.store_image(session, author, bank_id=other.id, data=png())
    item = make_item(session, bank, author, draft=showing_image(name))
    with pytest.raises(authoring.ItemIsIncomplete, match=name):
        authoring.submit_item(session, author, item_id=item.id, revision=item.revision)
    storing.copy_images(session, names={name}, bank_id=bank.id)
    assert authoring.submit_item(session, author, item_id=item.id, revision=item.revision).number == 1


def test_staff_of_other_banks_get_no_image(session: Session, bank: Bank, author: Actor) -> None:
    name = storing.store_image(session, author, bank_id=bank.id, data=png()).name
    other = make_bank(session)
    stranger = make_actor(session, Role.AUTHOR, banks=[other])
    with pytest.raises(NotFound):
        showing.image_file(session, stranger, name)
    with pytest.raises(NotFound):
        storing.store_image(session, stranger, bank_id=bank.id, data=png((0, 0, 9)))
    with pytest.raises(NotFound):
        storing.delete_image(session, stranger, bank_id=bank.id, name=name)
    with pytest.raises(Forbidden):
        storing.store_image(session, make_actor(session, Role.OFFICER), bank_id=bank.id, data=png())
    assert showing.image_file(session, make_actor(session, Role.AUTHOR, banks=[bank]), name).data == png()


def dry_run(session: Session, author: Actor, bank: Bank, *, drafts: list[ItemDraft]) -> ItemImport:
    return imports.preview_import(
        session, author, bank_id=bank.id, file_name="de.xlsx", data=excel.write(drafts)
    )


def test_images_of_a_file_wait_with_its_dry_run_and_come_in_with_the_rows_that_show_them(
    session: Session, bank: Bank, author: Actor
) -> None:
    shown, left = clean_image(png()), clean_image(png((0, 0, 200)))
    found = dry_run(session, author, bank, drafts=[showing_image(shown.name)])
    storing.keep_for_import(session, found, {image.name: image.data for image in (shown, left)})
    session.flush()
    session.commit()
    assert showing.images_of(session, bank.id) == []
    file = showing.import_image_file(session, author, import_id=found.id, name=shown.name)
    assert file.data == shown.data
    stranger = make_actor(session, Role.AUTHOR, banks=[make_bank(session)])
    with pytest.raises(NotFound):
        showing.import_image_file(session, stranger, import_id=found.id, name=shown.name)
    choice = sound_rows(imports.rows_in(found))
    imports.commit_import(session, author, import_id=found.id, choice=choice)
    (stored,) = showing.images_of(session, bank.id)
    assert stored.image.name == shown.name
    assert len(stored.items) == 1
    assert session.scalar(select(func.count()).select_from(ImportMedia)) == 0


def test_an_import_over_the_quota_writes_nothing(session: Session, bank: Bank, author: Actor) -> None:
    image = clean_image(png())
    found = dry_run(session, author, bank, drafts=[showing_image(image.name)])
    storing.keep_for_import(session, found, {image.name: image.data})
    bank.media_quota_mb = 0
    session.commit()
    with pytest.raises(storing.MediaQuotaExceeded):
        imports.commit_import(session, author, import_id=found.id, choice=sound_rows(imports.rows_in(found)))
    assert found.state == "previewed"


def test_a_discarded_import_keeps_no_images(session: Session, bank: Bank, author: Actor) -> None:
    image = clean_image(png())
    found = dry_run(session, author, bank, drafts=[showing_image(image.name)])
    storing.keep_for_import(session, found, {image.name: image.data})
    imports.discard_import(session, author, import_id=found.id)
    assert session.scalar(select(func.count()).select_from(ImportMedia)) == 0


def test_an_export_gets_the_files_that_its_questions_show_and_no_other(
    session: Session, bank: Bank, author: Actor
) -> None:
    image = storing.store_image(session, author, bank_id=bank.id, data=png())
    storing.store_image(session, author, bank_id=bank.id, data=png((0, 0, 200)))
    drafts = [showing_image(image.name), make_draft("Không hình?")]
    assert showing.media_of(session, drafts) == {image.name: image.data}
    assert clean_image(image.data).name == image.name  # so it comes back under the same name


def test_the_file_can_only_be_drawn_and_only_by_who_may_see_the_bank(
    session: Session, bank: Bank, author: Actor, signed_in: SignIn, browser: Any
) -> None:
    name = storing.store_image(session, author, bank_id=bank.id, data=SVG).name
    answer = signed_in(roles={Role.AUTHOR}).get(f"/bank/media/{name}")
    assert answer.status_code == 200
    assert b"alert" not in answer.content
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["cache-control"].startswith("private, ")
    assert "immutable" in answer.headers["cache-control"]
    assert signed_in(roles={Role.ADMIN}).get(f"/bank/media/{name}").status_code in (403, 404)
    assert browser.get(f"/bank/media/{name}").status_code == 303  # to the sign-in page


def test_an_author_uploads_sees_where_images_are_used_and_deletes(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    files = {"file": ("anh.png", png(), "text/plain")}
    assert client.post("/bank/media", data={"bank": "TPHT"}, files=files).status_code == 303
    page = client.get("/bank/media?bank=TPHT")
    name = clean_image(png()).name
    assert f"/bank/media/{name}" in page.text
    assert client.post(f"/bank/media/{name}/delete", data={"bank": "TPHT"}).status_code == 303
    assert session.scalar(select(func.count()).select_from(Media)) == 0


def test_the_dialog_of_the_editor_gets_the_image_or_the_reason(
    bank: Bank, session: Session, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    head = {"HX-Request": "true"}
    good = client.post("/bank/media", data={"bank": "TPHT"}, files={"file": ("a.png", png())}, headers=head)
    (chosen,) = lxml.html.fragments_fromstring(good.text.strip())[0].xpath(".//input[@checked]/@value")
    assert chosen == clean_image(png()).name
    bad = client.post(
        "/bank/media", data={"bank": "TPHT"}, files={"file": ("a.png", b"GIF89a/*")}, headers=head
    )
    assert bad.status_code == 422
    assert "hỏng" in bad.text
    assert chosen in client.get("/bank/media/choose?bank=TPHT", headers=head).text


def test_the_candidates_view_of_the_editor_shows_the_image(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    actor = make_actor(session, Role.AUTHOR)
    name = storing.store_image(session, actor, bank_id=bank.id, data=png()).name
    item = make_item(session, bank, actor, draft=showing_image(name))
    session.commit()
    page = client.get(f"/bank/items/{item.id}")
    assert f'src="/bank/media/{name}"' in page.text
    assert 'src="media:' not in page.text


def test_the_dry_run_shows_images_before_they_are_in_the_bank(
    session: Session, bank: Bank, signed_in: SignIn
) -> None:
    client = signed_in(roles={Role.AUTHOR})
    actor = make_actor(session, Role.AUTHOR)
    image = clean_image(png())
    found = dry_run(session, actor, bank, drafts=[showing_image(image.name)])
    storing.keep_for_import(session, found, {image.name: image.data})
    session.commit()
    address = f"/bank/imports/{found.id}/media/{image.name}"
    assert address in client.get(f"/bank/imports/{found.id}").text
    assert client.get(address).content == image.data
    assert client.get(f"/bank/media/{image.name}").status_code == 404
