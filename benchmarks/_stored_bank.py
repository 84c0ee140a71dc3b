"""A hundred thousand stored items to search in: eight banks, every state of the life cycle, written in bulk."""

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from benchmarks._questions import Question, Writer
from exam_service import clock
from exam_service.actor import Actor, ActorKind, Role, permissions_of
from exam_service.auth.models import Account, RoleGrant
from exam_service.bank.head import describe_item, stored
from exam_service.bank.models import Bank, Competency, Item, ItemAuthor, ItemVersion
from exam_service.bank.similar.models import ItemSignature
from exam_service.bank.similar.signing import signature_row
from exam_service.db import Database
from exam_service.demo.content import load_competencies
from exam_service.people.models import Position
from question_bank.items import content_hash
from question_bank.review import ReviewState
from question_bank.similarity import signature_of

BANKS = 8
AUTHORS = 12
PART = 5000
STATES = (
    ("operational", 60),
    ("approved", 15),
    ("draft", 12),
    ("in_review", 5),
    ("suspended", 3),
    ("retired", 5),
)
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class StoredBank:
    """What was written: the first bank, somebody of every bank, and some of its questions by item code."""

    bank_id: UUID
    author: Actor
    questions: dict[str, Question]


def store_items(database: Database, count: int) -> StoredBank:
    """`count` items in eight banks with versions and signatures; the tables are analysed as autovacuum would."""
    with database.transaction() as session:
        bank_ids, author_ids = _make_frame(session)
    parts = [
        (seed, min(PART, count - seed * PART), bank_ids, author_ids) for seed in range(-(-count // PART))
    ]
    questions: dict[str, Question] = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for rows, some in pool.map(_make_part, parts):
            questions |= some
            with database.transaction() as session:
                for table in (Item, ItemVersion, ItemAuthor, ItemSignature):
                    session.execute(insert(table), rows[table.__tablename__])
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("item", "item_search", "facet_group", "item_version", "item_signature"):
            connection.execute(text(f"VACUUM ANALYZE {name}"))
    roles = frozenset({Role.AUTHOR, Role.REVIEWER})
    actor = Actor(ActorKind.ACCOUNT, author_ids[0], "Người soạn 0", permissions_of(roles), roles=roles)
    return StoredBank(bank_ids[0], actor, questions)


def _make_frame(session: Session) -> tuple[list[UUID], list[UUID]]:
    for node in load_competencies():
        session.add(Competency(code=node.code, name=node.name_vi, name_en=node.name_en))
    bank_ids, author_ids = [uuid7() for _ in range(BANKS)], [uuid7() for _ in range(AUTHORS)]
    for number, bank_id in enumerate(bank_ids):
        position = {"code": f"VT{number}", "title": f"Vị trí {number}", "regime": "job_position"}
        position_id = uuid7()
        session.execute(insert(Position), {"id": position_id, "group": "professional", **position})
        bank = {"code": f"NH{number}", "name": f"Ngân hàng {number}", "last_number": 100_000}
        session.execute(insert(Bank), {"id": bank_id, "position_id": position_id, **bank})
    for number, author_id in enumerate(author_ids):
        roles = [RoleGrant(role=role.value) for role in (Role.AUTHOR, Role.REVIEWER)]
        person = {"username": f"soan{number}", "display_name": f"Người soạn {number}", "grants": roles}
        session.add(
            Account(
                id=author_id, password_hash="", must_change_password=False, created_at=clock.now(), **person
            )
        )
    return bank_ids, author_ids


def _make_part(task: tuple[int, int, list[UUID], list[UUID]]) -> tuple[Rows, dict[str, Question]]:
    seed, count, bank_ids, author_ids = task
    writer, chance = Writer(seed), random.Random(seed)
    rows: Rows = {table.__tablename__: [] for table in (Item, ItemVersion, ItemAuthor, ItemSignature)}
    questions, competencies = {}, [node.code for node in load_competencies()]
    for number in range(count):
        question = writer.write()
        bank = chance.choices(range(BANKS), range(BANKS, 0, -1))[0]
        code = f"NH{bank}-{seed * PART + number:06d}"
        # A bank is written by few people and about few competencies, as banks of positions are.
        author_id = author_ids[(bank + chance.choice((0, 0, 0, 1, 4))) % len(author_ids)]
        question = replace(
            question, competency=competencies[(bank * 3 + chance.randrange(7)) % len(competencies)]
        )
        made = {"code": code, "bank_id": bank_ids[bank], "author_id": author_id}
        state = chance.choices([name for name, _w in STATES], [weight for _name, weight in STATES])[0]
        for name, row in _rows_of(question, made, ReviewState(state), age_min=chance.randrange(500_000)):
            rows[name].append(row)
        if number < 200 and bank == 0:
            questions[code] = question
    return rows, questions


def _rows_of(
    question: Question, made: dict[str, Any], state: ReviewState, *, age_min: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    draft, at, item_id = question.draft(), datetime.now(UTC) - timedelta(minutes=age_min), uuid7()
    is_draft = state is ReviewState.DRAFT
    item = Item(id=item_id, draft=stored(draft) if is_draft else None, created_at=at, source_id=None, **made)
    version = None if is_draft else ItemVersion(item_id=item_id, number=1, state=state.value)
    describe_item(item, draft, version)
    item.updated_at = at
    columns = [column.name for column in Item.__table__.columns if column.computed is None]
    yield "item", {name: getattr(item, name) for name in columns}
    yield "item_author", {"item_id": item_id, "account_id": made["author_id"]}
    yield "item_signature", signature_row(item_id, signature_of(draft.content))
    if not is_draft:
        said = {"level": question.level.value, "competency": question.competency, "type": draft.content.type}
        version_row = {
            "id": uuid7(),
            "item_id": item_id,
            "number": 1,
            "state": state.value,
            "body": stored(draft),
        }
        known = {
            "content_hash": content_hash(draft.content),
            "author_id": made["author_id"],
            "created_at": at,
        }
        yield "item_version", {**version_row, **said, **known}
