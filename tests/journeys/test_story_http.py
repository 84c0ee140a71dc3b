"""The whole story over HTTP alone, with the service, its worker and the rating module as processes of their own."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import psycopg
import pytest

from tests.fixtures.periods import DICE
from tests.journeys.candidates import Candidate, Slip
from tests.journeys.conftest import Live, wait_until
from tests.journeys.officials import City, make_city
from tests.journeys.processes import Program
from tests.journeys.staff import (
    ITEMS_PER_LEVEL,
    LEVELS,
    QUESTIONS,
    Prepared,
    approve_everything,
    make_blueprint,
    make_period,
    make_staff,
    write_more,
    write_question,
)
from tests.journeys.visitor import Visitor

HALF_AN_HOUR_S = 1800
RIGHT = {"Nguyễn Thị Ánh": QUESTIONS, "Trần Văn Bình": QUESTIONS // 2, "Lê Hoàng Đức": 1, "Phạm Ngọc Hạnh": 0}
NEVER_SUBMITS, NEVER_COMES = "Lê Hoàng Đức", "Võ Minh Tâm"


@pytest.fixture
def city(live: Live) -> City:
    with live.database.transaction() as session:
        return make_city(session)


@pytest.fixture
def staff(live: Live) -> dict[str, Visitor]:
    return make_staff(live)


def test_the_story_from_the_first_question_to_the_result_in_the_personnel_system(
    live: Live, city: City, staff: dict[str, Visitor]
) -> None:
    live.start_rating(_subscribe(live, staff))
    worker = live.start_worker()
    _fill_the_bank(live, staff)
    period = _prepare(live, city, staff)
    slips = _issue_codes(staff, period)
    _sit(live, slips)
    _time_runs_out(live, staff, period)
    _mark(staff, period)
    _release_and_kill_the_worker(live, staff, period, worker=worker)
    live.start_worker()
    _everything_arrived_once(live)
    _hr_fetches(live, staff)
    _candidates_read_their_results(live, slips)


def _refused(staff: dict[str, Visitor], method: str, path: str, *, but: str) -> None:
    """Everybody but those in `but` is refused, also with a signed-in browser and its token; so is a stranger."""
    allowed = set(but.split())
    stranger = Visitor(next(iter(staff.values())).address)
    with closing(stranger):
        assert stranger.refused(method, path), f"a stranger may {method} {path}"
    for name, visitor in staff.items():
        if name not in allowed:
            assert visitor.refused(method, path), f"{name} may {method} {path}"


def _subscribe(live: Live, staff: dict[str, Visitor]) -> str:
    officer = staff["canbo"]
    _refused(staff, "POST", "/feed/new", but="canbo quantri")
    officer.open("/feed/new")
    url = f"{live.rating_url}/webhooks/results"
    officer.send("/feed/new", {"name": "Phần mềm xếp loại", "url": url})
    return officer.fact("Khóa ký")


def _fill_the_bank(live: Live, staff: dict[str, Visitor]) -> None:
    author, reviewer = staff["soan"], staff["duyet"]
    _refused(staff, "GET", "/bank/items", but="soan duyet")
    _refused(staff, "POST", "/bank/competencies", but="duyet")
    reviewer.open("/bank/competencies")
    reviewer.send("/bank/competencies", {"code": "HC", "name": "Hành chính", "name_en": "Administration"})
    reviewer.open("/bank/banks/new")
    reviewer.send("/bank/banks/new", {"code": "HC", "name": "Hành chính – văn thư"})
    item = write_question(author)
    write_more(author)
    _nobody_approves_an_own_question(live, staff, item)
    waiting = ITEMS_PER_LEVEL * len(LEVELS)
    assert approve_everything(reviewer) == waiting
    assert "Đã duyệt" in author.open(item).text


def _nobody_approves_an_own_question(live: Live, staff: dict[str, Visitor], item: str) -> None:
    """Neither by the page, nor by calling the address with the role of a reviewer."""
    reviewer = staff["duyet"]
    own = write_question(reviewer)
    assert not [
        form for form in reviewer.open("/bank/review").page.forms if _version(live, own) in form.action
    ]
    answer = reviewer.http.post(
        f"/bank/review/{_version(live, own)}/approve", data={"csrf_token": reviewer.value("csrf_token")}
    )
    assert answer.status_code in (403, 409, 422), answer.status_code
    _refused(staff, "POST", f"/bank/review/{_version(live, item)}/approve", but="duyet")
    states = live.rows("SELECT DISTINCT state FROM item_version")
    assert states == [("in_review",)]


def _version(live: Live, item: str) -> str:
    """The id of the only version of the item whose page has this address."""
    [(version,)] = live.rows("SELECT id::text FROM item_version WHERE item_id = %s", item.rsplit("/", 1)[1])
    return str(version)


def _prepare(live: Live, city: City, staff: dict[str, Visitor]) -> Prepared:
    """The period is made, filled with exactly the officials it is for, sealed, and opened by the worker."""
    officer = staff["canbo"]
    for path in ("/periods/new", "/periods/blueprints/new"):
        _refused(staff, "POST", path, but="canbo")
    _refused(staff, "GET", "/periods", but="canbo kiemtra")
    make_blueprint(officer)
    made = make_period(officer, starts_in=timedelta(minutes=10))
    officer.send_from(f"{made.period}/candidates/entry")
    _check_candidates(city, officer.open(f"{made.period}/candidates"))
    officer.send(f"{made.period}/candidates/seats")
    assert "Đã xếp chỗ cho 5 thí sinh" in officer.text
    _draw_in_two_steps(live, staff, made)
    _nothing_changes_after_the_seal(live, officer, made)
    wait_until(lambda: _state(live) == "open", what="the worker opens the period")
    return made


def _draw_in_two_steps(live: Live, staff: dict[str, Visitor], made: Prepared) -> None:
    """The officer commits and enters the dice, the inspector enters the same dice; everybody may see the commitment."""
    officer, witness = staff["canbo"], staff["kiemtra"]
    evidence = f"{made.period}/evidence"
    for step in ("commit", "numbers"):
        _refused(staff, "POST", f"{made.period}/draw/{step}", but="canbo")
    _refused(staff, "POST", f"{made.period}/draw/confirm", but="canbo kiemtra")
    officer.open(evidence).send(f"{made.period}/draw/commit")
    [(commitment,)] = live.rows("SELECT commitment FROM draw_ceremony")
    assert commitment in live.visitor().open(f"/draws/{made.period.rsplit('/', 1)[1]}").text
    officer.open(evidence).send(f"{made.period}/draw/numbers", {"numbers": DICE})
    witness.open(evidence).send(f"{made.period}/draw/confirm", {"again": DICE})
    assert "Đã niêm phong 5 đề thi" in witness.text


def _check_candidates(city: City, officer: Visitor) -> None:
    rows = officer.page.xpath("//div[@id='candidates']//tbody/tr")
    found = [(row.xpath("string(td[1])").strip(), row.xpath("string(th//a)").strip()) for row in rows]
    assert found == [(f"{place:04d}", name) for place, name in enumerate(city.examined, start=1)]
    assert not [name for name in city.others if name in officer.text]


def _nothing_changes_after_the_seal(live: Live, officer: Visitor, made: Prepared) -> None:
    """A second seal and every edit are refused, and the sealed papers are the same afterwards."""
    papers = "SELECT candidate_id, form_hash FROM sealed_form ORDER BY candidate_id"
    before = live.rows(papers)
    token = {"csrf_token": officer.open("/periods").value("csrf_token")}
    candidate = live.rows("SELECT id::text FROM candidate LIMIT 1")[0][0]
    sitting = live.rows("SELECT id::text FROM sitting LIMIT 1")[0][0]
    exam = made.exams["HC"]
    for path, values in {
        "/draw/commit": {"reason": "thử lại"},
        "/draw/numbers": {"numbers": DICE},
        "/edit": {"name": "Tên khác", "code": "KY-2", "reference_date": "2026-10-02", "revision": "1"},
        "/candidates/entry": {},
        "/candidates/seats": {},
        f"/candidates/{candidate}/status": {"status": "exempt", "reason": "Nghỉ thai sản"},
        f"/candidates/{candidate}/extra-time": {"minutes": "30", "extra_reason": "Khuyết tật"},
        f"/sittings/{sitting}": {
            "name": "Ca 2",
            "room": "Phòng 9",
            "capacity": "1",
            "starts_at": "2030-01-01T08:00",
        },
        f"/sittings/{sitting}/delete": {},
        f"/exams/{exam}/delete": {},
    }.items():
        answer = officer.http.post(made.period + path, data={**token, **values})
        assert answer.status_code == 409, (path, answer.status_code)
    assert live.rows(papers) == before
    assert _state(live) in ("sealed", "open")


def _state(live: Live) -> str:
    [(state,)] = live.rows("SELECT state FROM period")
    return str(state)


def _rooms(visitor: Visitor) -> list[str]:
    """The pages of the rooms that the person may see."""
    return [room for room in visitor.open("/rooms").links("/rooms/") if room != "/rooms/all"]


def _issue_codes(staff: dict[str, Visitor], made: Prepared) -> dict[str, Slip]:
    """Slips for every candidate, by name."""
    officer, invigilator = staff["canbo"], staff["giamthi"]
    assert _rooms(invigilator) == [], "nobody has named the invigilator yet"
    for room in _rooms(officer):
        _refused(staff, "POST", f"{room}/people", but="canbo")
        named = officer.open(f"{room}/people").page.xpath("//input[@name='account_ids']/@value")
        officer.send(f"{room}/people", {"account_ids": named})
    rooms = _rooms(invigilator)
    assert len(rooms) == len(made.exams)
    slips: dict[str, Slip] = {}
    for room in rooms:
        _refused(staff, "GET", room, but="giamthi canbo")
        _refused(staff, "POST", f"{room}/codes", but="giamthi canbo")
        invigilator.open(f"{room}/codes").send(f"{room}/codes")
        for card in invigilator.page.xpath("//section[h2 and dl]"):
            number, code = (str(value.text_content()).strip() for value in card.xpath("dl/dd")[:2])
            name = str(card.find("h2").text_content()).strip()
            slips[name] = Slip(name, number, code)
    return slips


def _sit(live: Live, slips: dict[str, Slip]) -> None:
    """Four of five come, wait for the start and answer; one of them never hands in."""
    people = {name: Candidate(live, slips[name]) for name in RIGHT}
    first = people["Nguyễn Thị Ánh"]
    early = first.call("POST", "start")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    live.pass_time(
        first.visitor.http.get("/api/attempts/current").json()["sitting"]["starts_in_ms"] / 1000 - 3
    )
    assert first.call("POST", "start").json()["code"] == "too_early"
    wait_until(lambda: first.call("POST", "start").status_code == 200, what="the sitting starts")
    for name, person in people.items():
        # Tests open within seconds, each at its own moment.
        wait_until(lambda: person.call("POST", "start").status_code == 200, what=f"{name} starts")  # noqa: B023 - asked before the next round
        _answer(live, person, right=RIGHT[name])
        if name != NEVER_SUBMITS:
            receipt = person.submit(dict.fromkeys(range(1, QUESTIONS + 1), 2))
            assert (receipt["answered"], receipt["collected_by"]) == (QUESTIONS, "candidate")
            assert person.submit({}) == receipt
            assert person.save(1, "x", sequence=9).json()["code"] == "already_submitted"
    other = people[NEVER_SUBMITS].id
    assert first.call("GET", "clock", attempt=other).status_code == 404
    assert first.call("POST", "submit", {"slots": {}}, attempt=other).status_code == 404
    for path in ("/rooms", "/periods", "/bank/items", "/results", "/marking", "/feed", "/admin/audit"):
        assert first.visitor.refused("GET", path), path


def _answer(live: Live, person: Candidate, *, right: int) -> None:
    """Every slot, first wrongly, then for good: the first `right` slots by their keys."""
    rows = live.rows(
        "SELECT slot.slot, version.body FROM attempt JOIN form_slot slot USING (form_id) "
        "JOIN item_version version ON version.id = slot.version_id WHERE attempt.id = %s ORDER BY slot.slot",
        person.id,
    )
    assert len(rows) == QUESTIONS
    for slot, body in rows:
        key = body["content"]["key"]
        wrong = next(option["id"] for option in body["content"]["options"] if option["id"] != key)
        assert person.save(slot, wrong).status_code == 200
        assert person.save(slot, key if slot <= right else wrong, sequence=2).status_code == 200


def _time_runs_out(live: Live, staff: dict[str, Visitor], made: Prepared) -> None:
    """Nobody's browser is open; the system collects what is left and the period closes by itself."""
    officer = staff["canbo"].open(made.period)
    answer = officer.http.post(f"{made.period}/close", data={"csrf_token": officer.value("csrf_token")})
    assert answer.status_code == 409, "a sitting is still running"
    live.pass_time(HALF_AN_HOUR_S)
    wait_until(lambda: _state(live) == "closed", what="papers are collected and the period closes")
    rows = live.rows(
        "SELECT full_name, attempt.state, collected_by, answered_count FROM attempt "
        "JOIN candidate ON candidate.id = attempt.candidate_id"
    )
    ends = {name: tuple(end) for name, *end in rows}
    handed_in = ("submitted", "candidate", QUESTIONS)
    assert ends == {
        **dict.fromkeys(RIGHT, handed_in),
        NEVER_SUBMITS: ("expired", "system", QUESTIONS),
        NEVER_COMES: ("expired", "system", 0),
    }


def _mark(staff: dict[str, Visitor], made: Prepared) -> None:
    marking = made.period.replace("/periods", "/marking")
    officer = staff["canbo"]
    _refused(staff, "GET", marking, but="canbo cham")
    _refused(staff, "POST", f"{marking}/score", but="canbo")
    _refused(staff, "GET", f"{marking}/release", but="canbo")
    officer.open(marking).send(f"{marking}/score")
    assert "Đã chấm 5 bài" in officer.text


def _release(staff: dict[str, Visitor], made: Prepared) -> None:
    marking = made.period.replace("/periods", "/marking")
    officer = staff["canbo"]
    _refused(staff, "POST", f"{marking}/release", but="canbo")
    officer.open(f"{marking}/release").send(f"{marking}/release", status=422)
    officer.send(f"{marking}/release", {"is_confirmed": "true"})
    assert "Đã công bố 5 kết quả" in officer.text
    results = made.period.replace("/periods", "/results")
    _refused(staff, "GET", results, but="canbo kiemtra nhansu")


def _release_and_kill_the_worker(
    live: Live, staff: dict[str, Visitor], made: Prepared, *, worker: Program
) -> None:
    """The receiver has everything, and the worker is killed before it could write that down."""
    with psycopg.connect(live.database_url) as held:
        held.execute("LOCK TABLE delivery_try IN EXCLUSIVE MODE")
        _release(staff, made)
        received = "SELECT id FROM rating.received_event"
        wait_until(lambda: len(live.rows(received)) == 5, what="the receiver has every event")
        worker.kill()
    assert live.rows("SELECT DISTINCT state FROM outbox_delivery") == [("waiting",)]


def _everything_arrived_once(live: Live) -> None:
    """The next worker sends again what the killed one could not tick off; the receiver knows it already."""
    live.change("UPDATE outbox_delivery SET next_try_at = now()")  # the lease of the killed worker has passed
    delivered = "SELECT id FROM outbox_delivery WHERE state = 'delivered'"
    wait_until(lambda: len(live.rows(delivered)) == 5, what="everything is delivered")
    effects = live.rows("SELECT full_name, points, outcome FROM rating.person_result")
    assert {name: (int(points), outcome) for name, points, outcome in effects} == {
        "Nguyễn Thị Ánh": (QUESTIONS, "pass"),
        "Trần Văn Bình": (QUESTIONS // 2, "pass"),
        "Lê Hoàng Đức": (1, "fail"),
        "Phạm Ngọc Hạnh": (0, "fail"),
        "Võ Minh Tâm": (0, "fail"),
    }
    assert len(live.rows("SELECT event_id FROM rating.result_version")) == len(effects) == 5
    verdicts = dict(live.rows("SELECT verdict, count(*) FROM rating.delivery GROUP BY verdict"))
    assert verdicts == {"accepted": 5, "repeated": 5}


def _client(staff: dict[str, Visitor], scope: str) -> tuple[str, str]:
    admin = staff["quantri"].open("/admin/clients/new")
    admin.send("/admin/clients/new", {"name": f"Phần mềm {scope}", "scopes": [scope]})
    return admin.fact("client_id"), admin.fact("client_secret")


def _token(live: Live, credentials: tuple[str, str], *, status: int = 200) -> str:
    form = {"grant_type": "client_credentials"}
    answer = httpx2.post(f"{live.url}/oauth/token", data=form, auth=credentials, trust_env=False)
    assert answer.status_code == status, answer.text
    return str(answer.json().get("access_token", ""))


def _pull(live: Live, token: str, *, status: int = 200, **query: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx2.get(f"{live.url}/api/v1/results", params=query, headers=headers, trust_env=False)
    assert answer.status_code == status, answer.text
    return answer.json()


def _hr_fetches(live: Live, staff: dict[str, Visitor]) -> None:
    """The personnel system pages and filters; a client with another scope, or none, gets nothing."""
    _refused(staff, "POST", "/admin/clients/new", but="quantri")
    credentials = _client(staff, "results:read")
    token = _token(live, credentials)
    pages, page = [], _pull(live, token, page_size=2)
    while page["next_cursor"]:
        pages.append(page["results"])
        page = _pull(live, token, page_size=2, cursor=page["next_cursor"])
    pages.append(page["results"])
    assert [len(results) for results in pages] == [2, 2, 1]
    ids = [result["result_id"] for results in pages for result in results]
    assert len(set(ids)) == 5
    assert _pull(live, token, cursor=page["resume_cursor"])["results"] == []
    assert len(_pull(live, token, position="TPHT", period="KY-1")["results"]) == 2
    assert len(_pull(live, token, unit="31117")["results"]) == 3
    later = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert _pull(live, token, updated_since=later)["results"] == []
    assert _pull(live, token, status=422, period="KY-9")["code"] == "unknown_code"
    one = httpx2.get(
        f"{live.url}/api/v1/results/{ids[0]}", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ).json()
    assert one["result_id"] == ids[0]
    foreign = _token(live, _client(staff, "people:write"))
    assert _pull(live, foreign, status=403)["code"] == "insufficient_scope"
    assert _pull(live, "wrong", status=401)["code"] == "invalid_token"
    _token(live, (credentials[0], "wrong"), status=401)


def _candidates_read_their_results(live: Live, slips: dict[str, Slip]) -> None:
    """Each reads outcome, band and own name, and nothing of the others."""
    for name, words in {"Trần Văn Bình": "Đạt", "Phạm Ngọc Hạnh": "Không đạt"}.items():
        visitor = Candidate(live, slips[name]).visitor.open("/exam/result")
        assert words in visitor.text
        assert name in visitor.text
        assert not [other for other in slips if other != name and other in visitor.text]
        assert "GIẢI THÍCH RIÊNG" not in visitor.text
