"""A failing computer and a pause that did not reach one, from a candidate's Chromium to the board of the room."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from sqlalchemy import select, update

from exam_service import clock
from exam_service.actor import ActorKind, Role
from exam_service.app import create_app
from exam_service.attempts.models import Response as StoredResponse
from exam_service.attempts.room_models import AttemptSignal, SignalKind
from exam_service.auth import sessions
from exam_service.db import Database
from exam_service.invigilation import clocks
from exam_service.invigilation.schemas import ExtraTimeInput, ReasonInput
from exam_service.settings import Settings
from tests.conftest import cloned_database
from tests.fixtures.attempts import Room, make_room, move_sitting, set_attempt, stored
from tests.fixtures.auth import make_account
from tests.fixtures.pages import violations
from tests.fixtures.serving import served

pytestmark = pytest.mark.browser

NAMES = ("Huỳnh Lê Nguyễn Hoàng Phương Uyên", "Công Tằng Tôn Nữ Thị Hồng Nhung", "Trần Văn Bình")
SOON_MS = 8000
WHY = ReasonInput(reason="Mất điện cả dãy")
MORE = ExtraTimeInput(minutes=5, reason="Mất điện cả dãy")
LOOK = re.compile(r"/clock\b")
# A laptop that runs down, 7 minutes ahead of the service.
FAILING = """
    const battery = Object.assign(new EventTarget(), { level: 0.12, charging: false });
    navigator.getBattery = async () => battery;
    window.charge = () => { battery.charging = true; battery.dispatchEvent(new Event('chargingchange')); };
    const now = Date.now;
    Date.now = () => now() + 420_000;
"""


def is_signal(answer: Response) -> bool:
    return answer.url.endswith("/signals")


FULL_DISK = """() => {
    const store = IDBObjectStore.prototype;
    const add = store.add;
    store.add = () => { throw new DOMException('no room', 'QuotaExceededError'); };
    window.empty = () => { store.add = add; };
}"""


@dataclass
class Hall:
    """A sitting of three that begins in some minutes, its board on a page, the first candidate in a browser."""

    address: str
    database: Database
    room: Room
    board: Page
    context: BrowserContext
    player: Page

    def row(self, at: int) -> str:
        return f"#troubled #row-{self.room.seats[at].attempt_id}"


@pytest.fixture(scope="module")
def hall(chromium: Browser, server_url: str, settings: Settings) -> Iterator[Hall]:
    with cloned_database(server_url) as url:
        database = Database(url, pool_size=8)
        with database.sessions() as session:
            room = make_room(session, settings, people=3, started_ago=timedelta(minutes=-5))
            for seat, name in zip(room.seats, NAMES, strict=True):
                session.connection().exec_driver_sql(
                    "UPDATE candidate SET full_name = %s WHERE id = %s", (name, seat.candidate_id)
                )
            officer = make_account(session, roles={Role.OFFICER}, display_name="Trần Thị Minh Châu")
            token = sessions.open_session(
                session, kind=ActorKind.ACCOUNT, subject_id=officer.id, address="", user_agent="tests"
            ).token
            session.commit()
        with served(create_app(settings, database=database)) as address:
            staff = chromium.new_context(locale="vi-VN", viewport={"width": 1366, "height": 768})
            staff.add_cookies([{"name": sessions.STAFF_COOKIE, "value": token, "url": address}])
            context = chromium.new_context(locale="vi-VN")
            context.add_init_script(FAILING)
            player = context.new_page()
            yield Hall(address, database, room, staff.new_page(), context, player)
            for one in (context, staff):
                one.close()
        database.dispose()


def sign_in(hall: Hall) -> None:
    player, seat = hall.player, hall.room.seats[0]
    player.goto(f"{hall.address}/exam/sign-in")
    player.fill("[name=number]", seat.number)
    player.fill("[name=code]", seat.code)
    with player.expect_response(is_signal):
        player.press("[name=code]", "Enter")
    expect(player.locator(".checks")).to_be_visible()


def enter(hall: Hall) -> None:
    """The first candidate is in the open test, wherever the tests before have left the page."""
    player = hall.player
    if player.locator(".stage h1").is_visible():
        return
    if not player.locator(".checks").is_visible():
        sign_in(hall)
    with hall.database.sessions() as session:
        move_sitting(session, hall.room, started_ago=timedelta(minutes=1))
    player.reload()
    expect(player.locator(".stage h1")).to_be_visible(timeout=SOON_MS)


def show_board(hall: Hall, query: str = "") -> None:
    hall.board.goto(f"{hall.address}/rooms/{hall.room.sitting_id}{query}")


def test_a_failing_computer_is_on_the_board_in_words_before_the_start(hall: Hall) -> None:
    player = hall.player
    sign_in(hall)
    expect(player.locator(".rules")).to_contain_text("pin yếu, lệch đồng hồ")
    expect(player.locator(".checks")).to_contain_text("Chỉ còn 12 %")
    show_board(hall)
    row = hall.board.locator(hall.row(0))
    expect(row).to_contain_text("Pin yếu 12 %")
    expect(row).to_contain_text("Đồng hồ máy lệch +7 phút")
    hall.board.click("#state-machine")
    expect(hall.board.locator("#board tbody tr")).to_have_count(1)
    for theme, width, height in (("light", 1366, 768), ("dark", 390, 844)):
        hall.board.emulate_media(color_scheme=theme)
        hall.board.set_viewport_size({"width": width, "height": height})
        assert violations(hall.board) == [], theme
        assert hall.board.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_is_mended_in_the_test_leaves_the_board(hall: Hall) -> None:
    enter(hall)
    expect(hall.player.locator(".message")).to_contain_text("Pin chỉ còn 12 %")
    with hall.player.expect_response(is_signal):
        hall.player.evaluate("charge()")
    show_board(hall)
    row = hall.board.locator(hall.row(0))
    expect(row).to_contain_text("Đồng hồ máy lệch +7 phút")
    expect(row).not_to_contain_text("Pin yếu")


def test_a_disk_that_fills_up_is_on_the_board_until_it_has_room_again(hall: Hall) -> None:
    player, row = hall.player, hall.board.locator(hall.row(0))
    enter(hall)
    player.evaluate(FULL_DISK)
    with player.expect_response(is_signal):
        player.keyboard.press("b")
    show_board(hall)
    expect(row).to_contain_text("Máy không giữ được bài")
    player.evaluate("empty()")
    with player.expect_response(is_signal):
        player.keyboard.press("c")
    hall.board.reload()
    expect(row).to_contain_text("Đồng hồ máy lệch +7 phút")
    expect(row).not_to_contain_text("Máy không giữ được bài")


def test_answers_typed_while_a_pause_could_not_reach_the_computer_are_told_and_kept(hall: Hall) -> None:
    player, officer, seat = hall.player, hall.room.world.officer, hall.room.seats[0]
    enter(hall)
    # A look at the clock that is held back would bring the pause along: news end it, and the next does not get through.
    hall.context.route(LOOK, lambda route: route.abort())
    with hall.database.sessions() as session:
        clocks.extend_sitting(session, officer, hall.room.sitting_id, data=MORE)
        session.commit()
    expect(player.locator(".save-state[data-kind=offline]")).to_be_attached(timeout=SOON_MS)
    hall.context.set_offline(True)
    with hall.database.sessions() as session:
        before = stored(session, seat)
        long_ago = clock.now() - timedelta(minutes=2)
        set_attempt(session, seat, last_seen_at=long_ago, started_at=long_ago)
        session.execute(update(StoredResponse).values(saved_at=long_ago))
        clocks.pause_sitting(session, officer, hall.room.sitting_id, data=WHY)
        session.commit()
    player.wait_for_timeout(2100)  # what was under way as the clock stopped counts as before it
    for key in ("b", "n", "a"):
        player.keyboard.press(key)
    player.wait_for_timeout(300)
    with hall.database.sessions() as session:
        clocks.resume_sitting(session, officer, hall.room.sitting_id, data=WHY)
        session.commit()
    hall.context.unroute(LOOK)
    with player.expect_response(is_signal):
        hall.context.set_offline(False)
    row = hall.board.locator(hall.row(0))
    show_board(hall, "?state=attention")
    expect(row).to_contain_text("Trả lời 2 câu trong lúc tạm dừng (mất mạng)")
    expect(player.locator(".save-state[data-kind=saved]")).to_be_attached(timeout=SOON_MS)
    with hall.database.sessions() as session:
        saved = stored(session, seat)
        assert sum(before.get(slot) != answer for slot, answer in saved.items()) == 2, "nothing is lost"
        kinds = select(AttemptSignal.kind).where(AttemptSignal.attempt_id == seat.attempt_id)
        assert SignalKind.CUT_OFF_IN_PAUSE in set(session.scalars(kinds)), "the service knows it by itself"
    hall.board.goto(f"{hall.address}/rooms/{hall.room.sitting_id}/attempts/{seat.attempt_id}")
    expect(hall.board.locator("main")).to_contain_text("Trả lời 2 câu trong lúc tạm dừng")
    assert violations(hall.board) == []
