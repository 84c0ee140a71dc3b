"""A scored period of any size, made inside the database: papers of 60 from a bank, answers by the Rasch model."""

from uuid import UUID

import psycopg
from sqlalchemy import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from exam_service import clock
from exam_service.auth.models import Account
from exam_service.bank.models import Bank, Item, ItemVersion
from exam_service.db import Database
from exam_service.marking.models import ScoringRun
from exam_service.people.models import Position, Unit
from exam_service.periods.models import Exam, Period, StoredBlueprint
from question_bank.items import ItemDraft, Option, content_hash
from question_bank.taxonomy import CognitiveLevel
from question_bank.types.single_choice import SingleChoice

SLOTS = 60
SEATS = 30
MADE = ("unit", "position", "period", "exam", "run", "bank", "author", "blueprint")

# Every random number below comes from hashes of (attempt, slot): the same size gives the same period.
FILL = """
CREATE UNLOGGED TABLE made AS SELECT n, uuidv7() AS person_id, uuidv7() AS candidate_id, uuidv7() AS form_id,
    uuidv7() AS attempt_id, (n - 1) / {seats} AS room,
    -- The sum of three uniform numbers is normal enough for abilities.
    (((hashint8(n) & 65535) + (hashint8(n + 7777777) & 65535) + (hashint8(n + 5555555) & 65535)) / 65536.0 - 1.5)
    * 2 AS theta
    FROM generate_series(1, {attempts}) n;
INSERT INTO sitting (id, exam_id, name, room, capacity, starts_at, duration_min, collected_at)
    SELECT uuidv7(), '{exam}', 'Ca ' || room, 'Phòng ' || room, {seats}, now() - interval '1 day', 60, now()
    FROM (SELECT DISTINCT room FROM made) rooms;
CREATE UNLOGGED TABLE place AS SELECT id, substr(name, 4)::int AS room FROM sitting WHERE exam_id = '{exam}';
INSERT INTO person (id, staff_code, family_names, given_name, sex, sort_key, search_text, updated_at)
    SELECT person_id, 'CB' || n, 'Nguyễn', 'An', CASE WHEN n % 2 = 0 THEN 'female' ELSE 'male' END, n::text,
    n::text, now() FROM made;
INSERT INTO candidate (id, period_id, exam_id, person_id, unit_id, position_id, sitting_id, number, full_name, sort_key,
    unit_name, position_title, status, reason, extra_time_min, extra_time_reason)
    SELECT candidate_id, '{period}', '{exam}', person_id, '{unit}', '{position}', place.id, lpad(n::text, 7, '0'),
    'An', '', 'Phường', 'Công chức', 'entered', '', 0, '' FROM made JOIN place USING (room);
INSERT INTO sealed_form (id, candidate_id, body, paper, form_hash, sealed_at)
    SELECT form_id, candidate_id, '{{}}', '{{}}', n::text, now() FROM made;
INSERT INTO attempt (id, candidate_id, form_id, sitting_id, state, slot_count, starts_at, deadline_at,
    late_until, started_at, opening_delay_ms)
    SELECT attempt_id, candidate_id, form_id, place.id, 'scored', {slots}, now() - interval '1 day',
    now() - interval '23 hours', now(), now() - interval '1 day', 0 FROM made JOIN place USING (room);
CREATE UNLOGGED TABLE answer AS SELECT attempt_id, slot, item.id AS version_id, item.key, is_right,
    CASE WHEN is_right THEN item.key ELSE item.others[1 + (abs(h) / 7) % 3] END AS choice,
    now() - interval '1 day' + slot * interval '45 seconds' + (h % 20) * interval '1 second' AS at
    FROM made CROSS JOIN generate_series(1, {slots}) slot
    CROSS JOIN LATERAL (SELECT hashint8(n * 64 + slot) AS h, hashint8(n * 64 + slot + 1000003) AS g) random
    JOIN bank_item item ON item.place = (n * 7919 + slot * ({items} / {slots})) % {items}
    CROSS JOIN LATERAL (
        SELECT (g & 1048575) / 1048576.0 < 1 / (1 + exp(item.difficulty - theta)) AS is_right) result;
INSERT INTO slot_score (run_id, attempt_id, slot, version_id, competency, points, max_points, detail)
    SELECT '{run}', attempt_id, slot, version_id, 'KTC', is_right::int, 1,
    jsonb_build_object('chosen', choice, 'share', is_right::int::text) FROM answer;
INSERT INTO response (attempt_id, slot, sequence, response, is_flagged, saved_at)
    SELECT attempt_id, slot, 1, jsonb_build_object('choice', choice), false, at FROM answer;
INSERT INTO response_history (attempt_id, slot, sequence, response, is_flagged, saved_at)
    SELECT attempt_id, slot, 1, jsonb_build_object('choice', choice), false, at FROM answer;
DROP TABLE answer;
"""


def fill_period(url: str, *, attempts: int, items: int) -> UUID:
    """A marked period of so many attempts on papers of SLOTS from a bank of `items`; returns its id.

    Constraints are not checked while the rows are made (`session_replication_role`), everything else is as ever.
    """
    database = Database(url)
    made = {name: uuid7() for name in MADE}
    with database.transaction() as session:
        _frame(session, made, attempts)
        rows = _bank(session, made["bank"], made["author"], items)
    database.dispose()
    script = FILL.format(attempts=attempts, items=items, slots=SLOTS, seats=SEATS, **made)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '256MB'")
        connection.execute(
            "CREATE UNLOGGED TABLE bank_item (place int, id uuid, key text, others text[], difficulty float8)"
        )
        with connection.cursor().copy("COPY bank_item FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.execute("ANALYZE bank_item")
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
        connection.commit()
        connection.autocommit = True
        for table in ("slot_score", "response", "response_history", "attempt", "candidate"):
            connection.execute(f"VACUUM ANALYZE {table}".encode())
    return made["period"]


def _frame(session: Session, made: dict[str, UUID], attempts: int) -> None:
    """Unit, position, bank, blueprint, period, exam and scoring run."""
    at = clock.now()
    shared = {"body": {}, "body_hash": "", "created_at": at}
    times = {"created_at": at, "sealed_at": at, "closed_at": at}
    session.add(Unit(id=made["unit"], code="U", type="ward", name="Phường", sort_key="p"))
    kind = {"regime": "job_position", "group": "professional"}
    session.add(Position(id=made["position"], code="P", title="Công chức", **kind))
    session.add(Bank(id=made["bank"], code="B", name="Kiến thức chung"))
    session.add(Account(id=made["author"], username="a", display_name="A", password_hash="", created_at=at))
    session.add(StoredBlueprint(id=made["blueprint"], code="M", version=1, name="M", **shared))
    session.add(
        Period(id=made["period"], code="K", name="K", reference_date=at.date(), state="marked", **times)
    )
    session.flush()
    limits = {"duration_min": 60, "late_limit_min": 10, "unseen_periods": 0, "cut_percent": 50}
    session.add(
        Exam(
            id=made["exam"],
            period_id=made["period"],
            code="E",
            title="E",
            blueprint_id=made["blueprint"],
            bank_ids=[],
            bands=[],
            **limits,
        )
    )
    session.add(
        ScoringRun(
            id=made["run"],
            period_id=made["period"],
            started_at=at,
            finished_at=at,
            attempt_count=attempts,
            reason="",
        )
    )


def _bank(
    session: Session, bank_id: UUID, author_id: UUID, items: int
) -> list[tuple[int, UUID, str, list[str], float]]:
    """Single-choice items; returns (place, version, key, other options, difficulty) of each."""
    rows, stored_items, versions, at = [], [], [], clock.now()
    shared = {
        "type": "single_choice",
        "level": "remember",
        "competency": "KTC",
        "state": "operational",
        "author_id": author_id,
        "created_at": at,
    }
    blank = {"summary": "", "search_text": "", "semantic_hash": "", "updated_at": at}
    for place in range(items):
        options = tuple(Option.create(f"Phương án {letter} của câu {place}") for letter in "ABCD")
        content = SingleChoice(stem=f"Câu {place}", options=options, key=options[0].id)
        draft = ItemDraft(content=content, level=CognitiveLevel.REMEMBER, competency="KTC")
        item_id, version_id = uuid7(), uuid7()
        stored_items.append({**shared, **blank, "id": item_id, "bank_id": bank_id, "code": f"Q{place}"})
        body = {"body": draft.model_dump(mode="json"), "content_hash": content_hash(content)}
        versions.append({**shared, **body, "id": version_id, "item_id": item_id, "number": 1})
        others = [option.id for option in options[1:]]
        rows.append((place, version_id, options[0].id, others, 2.0 * ((place * 0.618034) % 1) - 1.2))
    session.execute(insert(Item), stored_items)
    session.execute(insert(ItemVersion), versions)
    return rows
