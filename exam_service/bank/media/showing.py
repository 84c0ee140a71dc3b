"""Finding images: for staff who may see their bank, for an import's table, for exports."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank.access import banks_visible_to, check_may_author, imports_visible_to
from exam_service.bank.media.models import ImportMedia, Media, MediaUse
from exam_service.bank.models import Bank, Item, ItemImport
from exam_service.errors import NotFound
from question_bank.items import ItemDraft
from question_bank.text import media_names


@dataclass(frozen=True)
class StoredImage:
    """An image of a bank and the (id, code) of every item that shows it, in any version."""

    image: Media
    items: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True)
class ImageFile:
    """What a browser receives."""

    media_type: str
    data: bytes


def images_of(session: Session, bank_id: UUID) -> list[StoredImage]:
    """The images of the bank with where they are used, newest first; whoever calls this may see the bank."""
    uses: dict[str, list[tuple[UUID, str]]] = {}
    statement = (
        select(MediaUse.name, Item.id, Item.code)
        .join(Item, Item.id == MediaUse.item_id)
        .where(MediaUse.bank_id == bank_id)
        .order_by(Item.code)
    )
    for name, item_id, code in session.execute(statement):
        uses.setdefault(name, []).append((item_id, code))
    images = select(Media).where(Media.bank_id == bank_id).order_by(Media.created_at.desc(), Media.name)
    return [StoredImage(image, tuple(uses.get(image.name, ()))) for image in session.scalars(images)]


def image_file(session: Session, actor: Actor, name: str) -> ImageFile:
    """The image, from any bank that the actor may see. Raises NotFound."""
    visible = banks_visible_to(actor).order_by(None).with_only_columns(Bank.id)
    statement = select(Media.media_type, Media.data).where(Media.name == name, Media.bank_id.in_(visible))
    row = session.execute(statement.limit(1)).first()
    if row is None:
        raise NotFound
    return ImageFile(*row)


def import_image_file(session: Session, actor: Actor, *, import_id: UUID, name: str) -> ImageFile:
    """An image of a dry run, for who may see the import. Raises Forbidden, NotFound."""
    check_may_author(actor)
    visible = imports_visible_to(actor).order_by(None).with_only_columns(ItemImport.id)
    row = session.execute(
        select(ImportMedia.media_type, ImportMedia.data).where(
            ImportMedia.import_id == import_id, ImportMedia.name == name, ImportMedia.import_id.in_(visible)
        )
    ).first()
    if row is None:
        raise NotFound
    return ImageFile(*row)


def names_in(draft: ItemDraft) -> frozenset[str]:
    """The names of the images that the draft shows anywhere, rationale included."""
    return media_names(draft.content.model_dump_json())


def known_images(session: Session, shown: Iterable[tuple[UUID, ItemDraft]]) -> frozenset[tuple[UUID, str]]:
    """(bank, name) of every image that the drafts show and their banks have; one statement for all of them."""
    wanted = {(bank_id, name) for bank_id, draft in shown for name in names_in(draft)}
    if not wanted:
        return frozenset()
    rows = session.execute(
        select(Media.bank_id, Media.name).where(tuple_(Media.bank_id, Media.name).in_(wanted))
    )
    return frozenset((bank_id, name) for bank_id, name in rows)


def media_of(session: Session, drafts: Iterable[ItemDraft]) -> dict[str, bytes]:
    """The files of every image that the drafts show, by name, as writers of exchange formats take them.

    Whoever calls this may see the items. A name that no bank has is left out.
    """
    names = frozenset[str]().union(*(names_in(draft) for draft in drafts))
    if not names:
        return {}
    statement = select(Media.name, Media.data).where(Media.name.in_(names)).ext(distinct_on(Media.name))
    return dict(session.execute(statement).all())
