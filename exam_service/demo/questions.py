"""The demo's banks: written by the author, approved by the reviewer, through the same services as any other item."""

import html
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.bank import authoring, reviewing
from exam_service.bank.media.storing import store_image
from exam_service.bank.models import Bank, Competency
from exam_service.demo.content import (
    DemoCitation,
    DemoItem,
    load_competencies,
    load_documents,
    load_image,
    load_items,
)
from question_bank.citations import Citation
from question_bank.items import AnyContent, ItemDraft, Option
from question_bank.lint import apply_order_safety
from question_bank.media import clean_image
from question_bank.taxonomy import CognitiveLevel
from question_bank.text import rich_from_plain
from question_bank.types.multiple_choice import MultipleChoice
from question_bank.types.single_choice import SingleChoice
from question_bank.types.true_false import TrueFalse

# Bank code (the first part of the item codes) → name and the code of its position (None: shared by all).
BANKS: dict[str, tuple[str, str | None]] = {
    "KTC": ("Kiến thức chung", None),
    "VPTK": ("Văn phòng – thống kê", "VT-CVVP"),
    "TPHT": ("Tư pháp – hộ tịch", "VT-CVTP"),
    "TCKT": ("Tài chính – kế toán", "VT-CVTC"),
}
LEFT_FOR_REVIEW = 6  # of the last bank: a visitor finds work in the review queue


def add_banks(
    session: Session, *, positions: dict[str, UUID], author: Actor, reviewer: Actor
) -> dict[str, UUID]:
    """Banks, competencies and items are there, all approved but a few that wait for review; returns bank code → id."""
    for node in load_competencies():
        session.add(Competency(code=node.code, name=node.name_vi, name_en=node.name_en))
    banks = {
        code: Bank(code=code, name=name, position_id=positions[position] if position else None)
        for code, (name, position) in BANKS.items()
    }
    session.add_all(banks.values())
    session.flush()  # items refer to them
    for place, item in enumerate(reversed(load_items())):
        bank = banks[item.code.split("-")[0]]
        if item.image is not None:
            store_image(session, author, bank_id=bank.id, data=load_image(item.image))
        stored = authoring.create_item(session, author, bank=bank, draft=draft_of(item))
        version = authoring.submit_item(session, author, item_id=stored.id, revision=stored.revision)
        if place >= LEFT_FOR_REVIEW:
            reviewing.approve_version(session, reviewer, version_id=version.id)
    return {code: bank.id for code, bank in banks.items()}


def draft_of(item: DemoItem) -> ItemDraft:
    """The item as the bank stores it; dates of its legal basis come from the register of documents."""
    return ItemDraft(
        content=apply_order_safety(_content(item)),
        level=CognitiveLevel(item.level),
        competency=item.competency,
        citations=tuple(_citations(item.citations)),
        expected_time_s=item.expected_time_s,
        source_id=item.code,
    )


def _content(item: DemoItem) -> AnyContent:
    stem, rationale = rich_from_plain(item.stem) + _image(item), rich_from_plain(item.rationale)
    if isinstance(item.key, bool):
        return TrueFalse(stem=stem, key=item.key, rationale=rationale)
    assert item.options is not None
    options = tuple(Option.create(rich_from_plain(text)) for text in item.options)
    keys = tuple(options[index].id for index in item.key)
    if item.type == "single_choice":
        return SingleChoice(stem=stem, options=options, key=keys[0], rationale=rationale)
    return MultipleChoice(stem=stem, options=options, keys=keys, rationale=rationale)


def _image(item: DemoItem) -> str:
    if item.image is None:
        return ""
    name = clean_image(load_image(item.image)).name
    return f'<br><img src="media:{name}" alt="{html.escape(item.image.alt)}">'


def _citations(citations: tuple[DemoCitation, ...]) -> Iterator[Citation]:
    documents = load_documents()
    for citation in citations:
        document = documents[citation.document_number]
        yield Citation(
            document_number=citation.document_number,
            title=document.title,
            article=citation.article,
            clause=citation.clause,
            point=citation.point,
            in_force_from=document.in_force_from,
            # The register names the last day in force, a citation the first day after it.
            in_force_to=document.in_force_to + timedelta(days=1) if document.in_force_to else None,
        )
