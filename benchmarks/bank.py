"""The question bank at size: importing 2,000 rows into a bank among 100,000 items, searching them, finding likes.

References in the same run: the cells of the file read by calamine alone, `ILIKE` over the same table,
and difflib over a sample of the same stems. The last line is JSON.
"""

import argparse
import difflib
import io
import json
import random
import resource
import statistics
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter
from uuid import UUID

from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import joinedload

from benchmarks._load import percentile
from benchmarks._questions import Question, Writer, workbook
from benchmarks._server import Site, running_site
from benchmarks._stored_bank import StoredBank, store_items
from exam_service.actor import Actor, ActorKind
from exam_service.auth.sessions import STAFF_COOKIE, open_session
from exam_service.bank import imports
from exam_service.bank.imports import ImportChoice
from exam_service.bank.models import Item
from exam_service.bank.search import ItemFilter, facets, find_items, ordered
from exam_service.bank.similar.finding import find_likes
from exam_service.db import Database
from exam_service.pagination import paginate
from question_bank.formats import excel
from question_bank.similarity import signature_of

ITEMS = 100_000
ROWS = 2000
REWORDED = 200
SEARCHES = 60
NEAR_CHECKS = 100
SAMPLE = 1000
KIB = 1024


@dataclass(frozen=True)
class Imported:
    """What an import cost in a process of its own."""

    dry_run_s: float
    commit_s: float
    peak_mb: float
    near_rows: int
    created: int


def run_import(url: str, actor: Actor, bank_id: UUID, data: bytes) -> Imported:
    """Dry run and commit of the file; the peak is that above the process as it stands before."""
    database = Database(url)
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
        excel.read(workbook([Writer(0).write()]))
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    at = perf_counter()
    with database.transaction() as session:
        found = imports.preview_import(session, actor, bank_id=bank_id, file_name="bank.xlsx", data=data)
        rows = imports.rows_in(found)
        import_id = found.id
    dry_run_s = perf_counter() - at
    choice = ImportChoice(
        rows=frozenset(row.index for row in rows if row.can_be_taken),
        decisions={row.index: "new" if row.match else "take" for row in rows if row.needs_decision},
    )
    at = perf_counter()
    with database.transaction() as session:
        done = imports.commit_import(session, actor, import_id=import_id, choice=choice)
        created = done.outcome["created"]
    commit_s = perf_counter() - at
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    database.dispose()
    near = sum(any(near.item_id for near in row.near) for row in rows)
    return Imported(dry_run_s, commit_s, (peak - idle) / KIB, near, created)


def import_file(stored: StoredBank) -> tuple[list[Question], bytes]:
    """2,000 questions in a spreadsheet, a tenth of them stored ones with some words replaced."""
    writer = Writer(4242)
    known = list(stored.questions.values())
    reworded = [writer.reword(known[place % len(known)]) for place in range(REWORDED)]
    questions = reworded + [writer.write() for _ in range(ROWS - REWORDED)]
    random.Random(1).shuffle(questions)
    return questions, workbook(questions)


def searches(stored: StoredBank) -> list[ItemFilter]:
    """What people type: one to three words of a question without diacritics, phrases, codes, nothing; with filters."""
    chance = random.Random(2)
    questions = list(stored.questions.items())
    wanted = [ItemFilter(), ItemFilter(state="operational"), ItemFilter(bank="NH1", level="apply")]
    while len(wanted) < SEARCHES:
        code, question = chance.choice(questions)
        words = question.stem.split()
        start = chance.randrange(len(words) - 3)
        kind = len(wanted) % 4
        several = " ".join(words[start : start + chance.randint(1, 3)])
        said = (several, f'"{words[start]} {words[start + 1]}"', code, words[start][:3])[kind]
        state = chance.choice(["", "", "draft", "operational"])
        wanted.append(
            ItemFilter(q=said, state=state, competency=chance.choice(["", "", question.competency]))
        )
    return wanted


def timed_ms(acts: list[Callable[[], object]]) -> list[float]:
    """How long each act takes, in ms."""
    taken = []
    for act in acts:
        at = perf_counter()
        act()
        taken.append((perf_counter() - at) * 1000)
    return taken


def measure_search(database: Database, stored: StoredBank) -> tuple[list[float], list[float]]:
    """Milliseconds of each search (page, exact count, every facet), and of ILIKE for the same words."""

    def search(wanted: ItemFilter) -> None:
        with database.reading() as session:
            counted = facets(session, stored.author, wanted)
            statement = ordered(find_items(stored.author, wanted), wanted, total=counted.total)
            paginate(session, statement.options(joinedload(Item.bank)), total=counted.total)

    def scan(wanted: ItemFilter) -> None:
        pattern = f"%{wanted.q.strip(chr(34))}%"
        with database.reading() as session:
            found = select(Item.id).where(Item.summary.ilike(pattern)).order_by(Item.updated_at.desc())
            session.execute(found).all()

    wanted = searches(stored)
    search(wanted[0])
    return (
        timed_ms([lambda one=one: search(one) for one in wanted]),  # type: ignore[misc] # a default in a lambda
        timed_ms([lambda one=one: scan(one) for one in wanted if one.q]),  # type: ignore[misc] # a default in a lambda
    )


def measure_http(site: Site, stored: StoredBank) -> list[float]:
    """Milliseconds of the list's page over HTTP for the same searches, signed in, one after the other."""
    assert stored.author.id is not None
    with site.database.transaction() as session:
        opened = open_session(
            session, kind=ActorKind.ACCOUNT, subject_id=stored.author.id, address="127.0.0.1", user_agent=""
        )
    headers = {"Cookie": f"{STAFF_COOKIE}={opened.token}"}

    def get(wanted: ItemFilter) -> None:
        address = f"http://127.0.0.1:{site.port}/bank/items?{urllib.parse.urlencode(wanted.query())}"
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
            body = answer.read()
            assert b'id="list"' in body, "the list was not shown"

    wanted = searches(stored)
    get(wanted[0])
    return timed_ms([lambda one=one: get(one) for one in wanted])  # type: ignore[misc] # a default in a lambda


def measure_likes(
    database: Database, stored: StoredBank, questions: list[Question]
) -> tuple[list[float], float, int]:
    """Milliseconds of checking one question each, seconds of checking the file, and how many single checks found."""
    writer = Writer(77)
    known = list(stored.questions.values())[:NEAR_CHECKS]
    signatures = [signature_of(writer.reword(question).draft().content) for question in known]
    found = 0
    with database.reading() as session:
        find_likes(session, signatures[:1], limit=20)
        taken = []
        for signature in signatures:
            at = perf_counter()
            found += bool(find_likes(session, [signature], limit=20)[0])
            taken.append((perf_counter() - at) * 1000)
        at = perf_counter()
        find_likes(session, [signature_of(question.draft().content) for question in questions], limit=4)
        return taken, perf_counter() - at, found


def difflib_ms(stored: StoredBank) -> float:
    """Milliseconds of comparing one stem by difflib with a sample, as many as are stored."""
    stems = [question.stem.split() for question in stored.questions.values()][:SAMPLE]
    at = perf_counter()
    for stem in stems:
        difflib.SequenceMatcher(None, stems[0], stem, autojunk=False).ratio()
    return (perf_counter() - at) * 1000 / len(stems)


def calamine_s(data: bytes) -> float:
    """Seconds of reading the cells of the file and nothing else."""
    at = perf_counter()
    for name in (book := CalamineWorkbook.from_filelike(io.BytesIO(data))).sheet_names:
        book.get_sheet_by_name(name).to_python()
    return perf_counter() - at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=ITEMS, help="stored items to search in")
    count = parser.parse_args().items
    with running_site() as site:
        at = perf_counter()
        stored = store_items(site.database, count)
        print(f"{count:,} items stored in {perf_counter() - at:.0f} s")
        questions, data = import_file(stored)
        search_ms, scan_ms = measure_search(site.database, stored)
        http_ms = measure_http(site, stored)
        near_ms, near_import_s, near_found = measure_likes(site.database, stored, questions)
        with get_context("spawn").Pool(1) as pool:
            done = pool.apply(run_import, (site.database_url, stored.author, stored.bank_id, data))
    assert done.created == ROWS, f"{done.created} of {ROWS} rows became questions"
    print(
        f"search: p50 {statistics.median(search_ms):.1f} ms; ILIKE without count or facets: "
        f"p50 {statistics.median(scan_ms):.1f} ms, p95 {percentile(scan_ms, 0.95):.1f} ms"
    )
    print(
        f"one stem by difflib against {count:,}: {difflib_ms(stored) * count:,.0f} ms; "
        f"{near_found} of {len(near_ms)} reworded questions found"
    )
    print(
        f"cells of the file by calamine: {calamine_s(data):.2f} s; "
        f"{done.near_rows} of {REWORDED} reworded rows named in the dry run"
    )
    figures = {
        "dry_run_s": round(done.dry_run_s, 2),
        "commit_s": round(done.commit_s, 2),
        "search_p95_ms": round(percentile(search_ms, 0.95), 1),
        "search_http_p95_ms": round(percentile(http_ms, 0.95), 1),
        "near_dup_one_ms": round(percentile(near_ms, 0.95), 1),
        "near_dup_import_s": round(near_import_s, 2),
        "import_peak_mb": round(done.peak_mb),
        "near_dup_found": f"{near_found}/{len(near_ms)}",
        "items": count,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
