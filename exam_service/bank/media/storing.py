"""Storing images: checked by `question_bank.media`, once per bank, within the bank's quota."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from exam_service import clock
from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.access import check_may_author, check_may_shape, get_bank
from exam_service.bank.media.models import ImportMedia, Media, MediaUse
from exam_service.bank.models import Bank, Item, ItemImport
from exam_service.errors import Invalid, NotFound, Refusal
from exam_service.i18n import gettext as _
from exam_service.i18n import language
from question_bank.media import CleanImage, MediaRefused, clean_image

MB = 2**20
LARGEST_QUOTA_MB = 10_000


class UnusableImage(Refusal):
    """A file that is no image of a question; the sentence says what to do about it."""

    code = "unusable_image"
    status = 422
    message = "%(reason)s"


class MediaQuotaExceeded(Refusal):
    code = "media_quota_exceeded"
    message = (
        "Hình của ngân hàng %(bank)s đã chiếm %(used_mb)s MB trong %(quota_mb)s MB; hình mới cần thêm %(new_mb)s MB. "
        "Hãy xóa hình không dùng hoặc đề nghị tăng dung lượng."
    )


class ImageInUse(Refusal):
    """Somebody's draft or a version shows the image; versions are kept for ever, and so is what they show."""

    code = "image_in_use"
    message = (
        "Hình đang được dùng trong %(count)s câu hỏi (%(codes)s), kể cả phiên bản cũ, nên không xóa được."
    )


def store_image(session: Session, actor: Actor, *, bank_id: UUID, data: bytes) -> Media:
    """The picture that the bytes hold is an image of the bank; uploading it again changes nothing.

    Raises Forbidden, NotFound, UnusableImage, MediaQuotaExceeded.
    """
    check_may_author(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    try:
        image = clean_image(data)
    except MediaRefused as refused:
        raise UnusableImage(field="file", reason=refused.message(language().value)) from refused
    found = session.get(Media, (bank.id, image.name))
    if found is not None:
        return found
    _check_quota(session, bank.id, more=len(image.data))
    session.execute(insert(Media).values(_row(image, bank.id, actor)).on_conflict_do_nothing())
    record(session, actor, "media.store", ("bank", bank.id), name=image.name, size=len(image.data))
    return session.get_one(Media, (bank.id, image.name))


def _row(image: CleanImage, bank_id: UUID, actor: Actor) -> dict[str, object]:
    return {
        "bank_id": bank_id,
        "name": image.name,
        "media_type": image.media_type,
        "data": image.data,
        "size": len(image.data),
        "width": image.width,
        "height": image.height,
        "created_by": actor.id,
        "created_at": clock.now(),
    }


def used_bytes(session: Session, bank_id: UUID) -> int:
    """How much room the images of the bank take."""
    return session.scalar(select(func.coalesce(func.sum(Media.size), 0)).where(Media.bank_id == bank_id)) or 0


def _check_quota(session: Session, bank_id: UUID, *, more: int) -> None:
    """Raises MediaQuotaExceeded; until the transaction ends nobody else stores images in the bank."""
    bank = session.get_one(Bank, bank_id, with_for_update=True, populate_existing=True)
    used = used_bytes(session, bank_id)
    if used + more > bank.media_quota_mb * MB:
        figures = {"used_mb": f"{used / MB:.1f}", "new_mb": f"{more / MB:.1f}"}
        raise MediaQuotaExceeded(field="file", bank=bank.code, quota_mb=bank.media_quota_mb, **figures)


def set_media_quota(session: Session, actor: Actor, *, bank_id: UUID, quota_mb: int) -> Bank:
    """The images of the bank have so much room; what is stored stays. Raises Forbidden, NotFound, Invalid."""
    check_may_shape(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    if not 0 <= quota_mb <= LARGEST_QUOTA_MB:
        reason = _("Hãy nhập dung lượng từ 0 đến %(most)s MB.", most=LARGEST_QUOTA_MB)
        raise Invalid(field="quota_mb", reason=reason)
    before, bank.media_quota_mb = bank.media_quota_mb, quota_mb
    record(session, actor, "bank.media_quota", ("bank", bank.id), before=before, after=quota_mb)
    return bank


def delete_image(session: Session, actor: Actor, *, bank_id: UUID, name: str) -> None:
    """The image is gone. Raises Forbidden, NotFound, ImageInUse."""
    check_may_author(actor)
    bank = get_bank(session, actor, bank_id=bank_id)
    found = session.get(Media, (bank.id, name), with_for_update=True)
    if found is None:
        raise NotFound
    shown_by = select(Item.code).join(MediaUse, MediaUse.item_id == Item.id)
    codes = session.scalars(
        shown_by.where(MediaUse.bank_id == bank.id, MediaUse.name == name).order_by(Item.code)
    ).all()
    if codes:
        raise ImageInUse(count=len(codes), codes=", ".join(codes[:5]) + (", …" if len(codes) > 5 else ""))
    session.delete(found)
    record(session, actor, "media.delete", ("bank", bank.id), name=name)


def copy_images(session: Session, *, names: Collection[str], bank_id: UUID) -> None:
    """Another bank has these images too: for items that move there. Raises MediaQuotaExceeded."""
    known = set(session.scalars(select(Media.name).where(Media.bank_id == bank_id)))
    wanted = set(names) - known
    if not wanted:
        return
    source = select(Media.name, func.min(Media.size)).where(Media.name.in_(wanted)).group_by(Media.name)
    _check_quota(session, bank_id, more=sum(size for _name, size in session.execute(source)))
    columns = ("name", "media_type", "data", "size", "width", "height", "created_by", "created_at")
    rows = (
        select(literal(bank_id), *(getattr(Media, column) for column in columns))
        .where(Media.name.in_(wanted))
        .ext(distinct_on(Media.name))
    )
    session.execute(insert(Media).from_select(["bank_id", *columns], rows).on_conflict_do_nothing())


def keep_for_import(session: Session, found: ItemImport, media: Mapping[str, bytes]) -> None:
    """The images that a file brought stay with its dry run. They were cleaned by its reader; a name that is not that
    of its content is an error of the reader and never stored."""
    for name, data in media.items():
        image = clean_image(data)
        assert image.name == name, "a reader names images as clean_image does"
        session.add(
            ImportMedia(
                import_id=found.id,
                name=name,
                media_type=image.media_type,
                data=image.data,
                width=image.width,
                height=image.height,
            )
        )


def take_from_import(session: Session, actor: Actor, found: ItemImport, names: Collection[str]) -> None:
    """The images that the chosen rows show are images of the bank; the import keeps none of its own any more.

    Raises MediaQuotaExceeded.
    """
    waiting = (ImportMedia.import_id == found.id, ImportMedia.name.in_(names))
    known = select(Media.name).where(Media.bank_id == found.bank_id)
    size = func.octet_length(ImportMedia.data)
    more = session.scalar(select(func.sum(size)).where(*waiting, ImportMedia.name.not_in(known)))
    if more:
        _check_quota(session, found.bank_id, more=more)
    rows = select(
        literal(found.bank_id),
        ImportMedia.name,
        ImportMedia.media_type,
        ImportMedia.data,
        size,
        ImportMedia.width,
        ImportMedia.height,
        literal(actor.id),
        literal(clock.now()),
    ).where(*waiting)
    columns = ["bank_id", "name", "media_type", "data", "size", "width", "height", "created_by", "created_at"]
    session.execute(insert(Media).from_select(columns, rows).on_conflict_do_nothing())
    drop_import_media(session, found)


def drop_import_media(session: Session, found: ItemImport) -> None:
    """The import keeps no images of its own any more."""
    session.execute(delete(ImportMedia).where(ImportMedia.import_id == found.id))
