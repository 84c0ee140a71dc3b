"""The console and an open player in a real Chromium, side by side: trouble first, decisions and messages within
seconds."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from exam_service import clock
from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.invigilation import records, seats
from exam_service.invigilation.models import SeatOrder
from exam_service.invigilation.schemas import SeatPlanInput, ViolationInput
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import (
    Room,
    Seat,
    attempt_of,
    make_room,
    move_sitting,
    name_invigilator,
    set_attempt,
)
from tests.fixtures.auth import make_account
from tests.fixtures.serving import served
from tests.fixtures.zoom import lost_at_double_size

pytestmark = pytest.mark.browser

SOON_MS = 5000
NAMES = (
    "Nguyễn Thị Bích Ngọc",
    "Huỳnh Lê Nguyễn Hoàng Phương Uyên",
    "Trần Văn Bình",
    "Công Tằng Tôn Nữ Thị Hồng Nhung",
    "Lê Hoàng Đức",
    "Đặng Ngọc Ánh",
)


@dataclass
class Hall:
    """A running sitting of six; the first three have an account of their own in a browser or none at all."""

    chromium: Browser
    database: Database
    address: str
    room: Room
    token: str
    officer: str

    @property
    def path(self) -> str:
        return f"{self.address}/rooms/{self.room.sitting_id}"

    def staff(self, *, width: int = 1366, height: int = 768, theme: str = "light", token: str = "") -> Page:
        context = self.chromium.new_context(
            locale="vi-VN", viewport={"width": width, "height": height}, color_scheme=theme
        )
        context.add_cookies(
            [{"name": sessions.STAFF_COOKIE, "value": token or self.token, "url": self.address}]
        )
        return context.new_page()

    def candidate(self, seat: Seat) -> Page:
        page = self.chromium.new_context(locale="vi-VN").new_page()
        page.goto(f"{self.address}/exam/sign-in")
        page.fill("[name=number]", seat.number)
        page.fill("[name=code]", seat.code)
        page.press("[name=code]", "Enter")
        return page


@pytest.fixture(scope="module")
def hall(chromium: Browser, server_url: str, settings: Settings) -> Iterator[Hall]:
    with cloned_database(server_url) as url:
        database = Database(url, pool_size=8)
        with database.sessions() as session:
            room = make_room(session, settings, people=6, exam_rules={"watches_focus": True})
            for seat, name in zip(room.seats, NAMES, strict=True):
                session.connection().exec_driver_sql(
                    "UPDATE candidate SET full_name = %s WHERE id = %s", (name, seat.candidate_id)
                )
            account = make_account(session, roles={Role.INVIGILATOR}, display_name="Võ Văn Kiệt Em")
            name_invigilator(session, room, account.id)
            plan = SeatPlanInput(rows=2, columns=3, numbering=SeatOrder.SNAKE)
            seats.arrange_seats(session, room.world.officer, room.sitting_id, data=plan)
            leader = make_account(session, roles={Role.OFFICER}, display_name="Trần Thị Minh Châu")
            token, officer = (
                sessions.open_session(
                    session, kind=ActorKind.ACCOUNT, subject_id=one.id, address="", user_agent="tests"
                ).token
                for one in (account, leader)
            )
            session.commit()
            move_sitting(session, room, started_ago=timedelta(minutes=1))
            now = clock.now()
            for seat in room.seats[3:]:
                set_attempt(
                    session, seat, state="started", started_at=now, last_seen_at=now + timedelta(hours=1)
                )
            set_attempt(session, room.seats[5], state="submitted", submitted_at=now)
        with served(create_app(settings, database=database)) as address:
            yield Hall(chromium, database, address, room, token, officer)
            for context in chromium.contexts:
                context.close()
        database.dispose()


@pytest.fixture(scope="module")
def console(hall: Hall) -> Page:
    return hall.staff()


@pytest.fixture(scope="module")
def player(hall: Hall) -> Page:
    page = hall.candidate(hall.room.seats[0])
    page.wait_for_selector(".stage h1")
    return page


def send(page: Page, form: str, **values: str) -> None:
    page.click(f"#{form} > summary")
    for name, value in values.items():
        page.fill(f"#{form} [name={name}]", value)
    page.click(f"#{form} button.button")
    page.wait_for_load_state()


def rows(page: Page, table: str) -> list[str]:
    return page.locator(f"#{table} tr th a").all_inner_texts()


def test_trouble_comes_first_and_a_refresh_leaves_focus_and_folds_alone(hall: Hall, console: Page) -> None:
    console.goto(hall.path)
    assert rows(console, "troubled") == list(NAMES[:3]), "nobody of them has opened the test"
    assert rows(console, "healthy") == list(NAMES[3:])
    console.click("#healthy-summary")
    link = console.locator(f"#link-{hall.room.seats[1].attempt_id}")
    link.focus()
    seat = hall.room.seats[4]
    with hall.database.sessions() as session:
        set_attempt(session, seat, last_seen_at=clock.now() - timedelta(minutes=2))
    expect(console.locator("#troubled tr").first).to_contain_text(NAMES[4], timeout=8000)
    expect(console.locator("#troubled tr").first).to_contain_text("Mất liên lạc")
    expect(link).to_be_focused()
    assert console.locator("#healthy-fold").get_attribute("open") is None
    with hall.database.sessions() as session:
        set_attempt(session, seat, last_seen_at=clock.now() + timedelta(hours=1))


def test_a_pause_reaches_the_open_player_within_five_seconds_and_so_does_its_end(
    hall: Hall, console: Page, player: Page
) -> None:
    console.goto(f"{hall.path}/all")
    with player.expect_request(lambda sent: "seen=" in sent.url):
        """A look at the clock is held back, with nothing to tell."""
    send(console, "all-pause", reason="Mất điện cả dãy")
    expect(player.locator("dialog")).to_contain_text("Bài thi đang tạm dừng", timeout=SOON_MS)
    expect(console.locator("main")).to_contain_text("Cả phòng đang tạm dừng")
    send(console, "all-resume", reason="Có điện lại")
    expect(player.locator("dialog")).to_have_count(0, timeout=SOON_MS)


def test_a_message_is_shown_read_and_receipted(hall: Hall, console: Page, player: Page) -> None:
    console.goto(f"{hall.path}/all")
    send(console, "all-message", body="Phòng bên có tiếng ồn, xin Ông/Bà yên tâm làm bài.")
    message = player.locator(".message")
    expect(message).to_contain_text("xin Ông/Bà yên tâm", timeout=SOON_MS)
    assert violations(player) == []
    message.get_by_role("button", name="Tôi đã đọc").click()
    expect(player.locator(".message")).to_have_count(0)
    number = hall.room.seats[0].number
    ends_at = time.monotonic() + SOON_MS / 1000
    while number not in console.locator("main table").inner_text() and time.monotonic() < ends_at:
        console.reload()
    expect(console.locator("main table")).to_contain_text(number)


def test_an_admitted_latecomer_gets_in_within_seconds(hall: Hall, console: Page) -> None:
    seat = hall.room.seats[1]
    with hall.database.sessions() as session:
        set_attempt(session, seat, late_until=clock.now() - timedelta(minutes=1))
    late = hall.candidate(seat)
    expect(late.locator("h1")).to_have_text("Đã quá giờ vào phòng thi")
    console.goto(f"{hall.path}/attempts/{seat.attempt_id}")
    console.wait_for_timeout(2000)
    send(console, "admission", reason="Phà Vàm Cống chậm chuyến")
    expect(late.locator(".stage h1")).to_be_visible(timeout=SOON_MS)


def test_leaving_the_page_is_on_the_board_as_a_count(hall: Hall, console: Page, player: Page) -> None:
    player.evaluate("window.dispatchEvent(new Event('blur'))")
    player.wait_for_timeout(1100)
    player.evaluate("Object.defineProperty(document, 'hasFocus', { value: () => true })")
    player.evaluate("window.dispatchEvent(new Event('focus'))")
    # Goes out with the next look at the clock, which a message brings about.
    console.goto(f"{hall.path}/attempts/{hall.room.seats[0].attempt_id}")
    send(console, "message", body="Xin Ông/Bà không rời trang làm bài.")
    expect(player.locator(".message")).to_be_visible(timeout=SOON_MS)
    console.goto(hall.path)
    expect(console.locator("#troubled", has_text="rời trang 1 lần")).to_be_visible(timeout=8000)


def violations(page: Page) -> list[str]:
    return [found["id"] for found in Axe().run(page).response["violations"]]


def test_every_page_of_the_room_is_accessible_fits_and_loses_nothing_at_double_size(hall: Hall) -> None:
    page = hall.staff(token=hall.officer)
    rooms, here = f"{hall.address}/rooms", hall.path
    open_test, handed_in = (f"{here}/attempts/{hall.room.seats[at].attempt_id}" for at in (3, 5))
    of_room = (
        "",
        "?state=help",
        "/all",
        "/seats",
        "/incidents",
        "/people",
        "/codes",
        "/access",
        "/deliveries",
    )
    of_people = (open_test, f"{open_test}/pin", handed_in, f"{handed_in}/log", f"{handed_in}/file")
    thresholds = f"{hall.address}/periods/{hall.room.period_id}/board-thresholds"
    for path in (rooms, f"{rooms}/all", thresholds, *(here + end for end in of_room), *of_people):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        for theme, width, height in (("light", 1366, 768), ("dark", 390, 844)):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": height})
            assert violations(page) == [], (path, theme)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        assert lost_at_double_size(page) == [], path
    page.evaluate(
        "() => Object.assign(document.body.appendChild(document.createElement('div')).style,"
        " { position: 'fixed', inset: '0', zIndex: '999' })"
    )
    assert lost_at_double_size(page) != [], "what lies under something else is found"
    page.context.close()


def test_a_filter_is_chosen_by_keys_stays_over_a_refresh_and_leads_from_all_rooms(
    hall: Hall, console: Page
) -> None:
    console.goto(hall.path)
    console.locator("#state-offline").focus()
    console.keyboard.press("Enter")
    console.wait_for_url("**?state=offline")
    expect(console.locator("#board tbody tr")).to_have_count(0)
    seat = hall.room.seats[4]
    with hall.database.sessions() as session:
        set_attempt(session, seat, last_seen_at=clock.now() - timedelta(minutes=2))
    expect(console.locator("#board tbody tr")).to_have_count(1, timeout=8000)
    expect(console.locator("#count-offline")).to_have_text("1")
    console.locator("#board .tick").last.check()
    asked: list[str] = []
    console.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    with hall.database.sessions() as session:
        set_attempt(session, seat, last_seen_at=clock.now() + timedelta(hours=1))
    expect(console.locator("#count-offline")).to_have_text("0", timeout=8000)
    expect(console.locator("#board tbody .tick")).to_be_checked()
    assert asked[-1] == f"POST {hall.path}/board?state=offline", "who is chosen does not stand in the address"
    with hall.database.sessions() as session:
        set_attempt(session, seat, last_seen_at=clock.now() - timedelta(minutes=2))
    page = hall.staff(token=hall.officer)
    page.goto(f"{hall.address}/rooms/all")
    page.locator("#halls a.hall-count").first.click()
    expect(page.locator("#troubled tr")).to_contain_text(NAMES[4])
    page.context.close()


def test_several_are_chosen_by_keys_and_stay_chosen_while_the_board_changes_under_them(
    hall: Hall, console: Page
) -> None:
    console.goto(hall.path)
    if console.locator("#healthy-fold").get_attribute("open") is None:
        console.click("#healthy-summary")
    first, second = (console.locator(f"#row-{hall.room.seats[at].attempt_id} .tick") for at in (1, 4))
    for tick in (second, first):  # the row with the focus stays where it is
        tick.focus()
        console.keyboard.press("Space")
    expect(console.locator("[data-bulk-count]")).to_have_text("2")
    moved = hall.room.seats[4]
    with hall.database.sessions() as session:
        set_attempt(session, moved, last_seen_at=clock.now() + timedelta(hours=1))
    expect(console.locator(f"#healthy #row-{moved.attempt_id}")).to_be_visible(timeout=8000)
    expect(first).to_be_checked()
    expect(second).to_be_checked()
    console.click("#healthy-summary")
    console.locator("[data-tick-all]").check()
    ticked = {state: console.locator(f"#{state} .tick:checked").count() for state in ("troubled", "healthy")}
    assert ticked["troubled"] == console.locator("#troubled tr").count()
    assert ticked["healthy"] < console.locator("#healthy tr").count(), "who is folded away is left alone"
    expect(console.locator("[data-bulk-count]")).to_have_text(str(sum(ticked.values())))
    for most, is_over in ((1, True), (500, False)):
        console.evaluate(f"document.getElementById('chosen-limit').dataset.most = {most}")
        for _click in range(2):
            console.locator("#troubled .tick").first.click()
        expect(console.locator("#chosen-limit")).to_be_visible(visible=is_over)
        expect(console.locator("#chosen button")).to_be_enabled(enabled=not is_over)


def test_a_phone_acts_for_all_chosen_and_names_who_is_left_out(hall: Hall) -> None:
    page = hall.staff(width=390, height=844, theme="dark")
    page.goto(hall.path)
    page.locator(".room-all input").check()
    page.click("#chosen button")
    assert violations(page) == []
    assert page.locator(".room-chosen li").count() == len(hall.room.seats)
    page.click("#present > summary")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#present button.button")
    expect(page.locator("main")).to_contain_text("Không áp dụng được cho")
    expect(page.locator("main table")).to_contain_text(NAMES[5])
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(hall.path)
    expect(page.locator(f"#row-{hall.room.seats[3].attempt_id}")).to_contain_text("có mặt")
    page.context.close()


def test_one_button_and_one_confirmation_stop_the_room_and_let_it_go_on(
    hall: Hall, console: Page, player: Page
) -> None:
    console.goto(hall.path)
    console.get_by_role("link", name="Dừng cả phòng").press("Enter")
    assert violations(console) == []
    console.get_by_role("button", name="Dừng mọi đồng hồ").click()
    expect(player.locator("dialog")).to_contain_text("Bài thi đang tạm dừng", timeout=SOON_MS)
    expect(console.locator("#board")).to_contain_text("Cả phòng đang tạm dừng")
    console.get_by_role("link", name="Cho cả phòng tiếp tục").click()
    console.get_by_role("button", name="Cho tiếp tục").click()
    expect(player.locator("dialog")).to_have_count(0, timeout=SOON_MS)
    expect(console.locator("#paused")).not_to_contain_text("Cả phòng đang tạm dừng")


def test_minutes_sent_again_over_a_bad_line_are_given_once_and_the_page_says_so(hall: Hall) -> None:
    seat, page = hall.room.seats[3], hall.staff(width=390, height=844)
    with hall.database.sessions() as session:
        before = attempt_of(session, seat).deadline_at
    page.goto(f"{hall.path}/all")
    page.click("#all-extra-time > summary")
    page.fill("#all-extra-time [name=minutes]", "15")
    page.fill("#all-extra-time [name=reason]", "Mất điện")
    # The answer to the first sending is lost.
    page.eval_on_selector(
        "#all-extra-time form",
        "async form => { await fetch(form.action, { method: 'POST', redirect: 'manual',"
        " body: new URLSearchParams(new FormData(form)) }); form.requestSubmit(); }",
    )
    expect(page.locator("main")).to_contain_text("nên không làm lại", timeout=SOON_MS)
    assert violations(page) == []
    with hall.database.sessions() as session:
        assert attempt_of(session, seat).deadline_at - before == timedelta(minutes=15)
    page.context.close()


def test_a_suspended_candidate_reads_why_on_the_screen(hall: Hall) -> None:
    seat = hall.room.seats[2]
    said = {"level": "suspension", "description": "Dùng điện thoại chép bài", "signature": "violator"}
    with hall.database.transaction() as session:
        data = ViolationInput.model_validate(said)
        records.record_violation(session, hall.room.world.officer, seat.attempt_id, data=data)
    page = hall.candidate(seat)
    expect(page.locator("h1")).to_have_text("Bài thi đã bị dừng")
    expect(page.locator(".lead")).to_contain_text("Đình chỉ thi: Dùng điện thoại chép bài. Xin liên hệ")
    assert violations(page) == []
    page.context.close()
