"""What people see, in both languages, and what nobody sees without signing in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from lxml import html

from performance_rating import pages
from performance_rating.settings import DEVELOPMENT_ADMIN_PASSWORD
from tests.performance_rating.conftest import Publisher

OPEN = {"/", "/sign-in", "/sign-out", "/healthz", "/webhooks/results"}
CREDENTIALS = {"username": "nhansu", "password": DEVELOPMENT_ADMIN_PASSWORD}


def text_of(answer: Any) -> str:
    """The words of a page, one space between them."""
    return " ".join(" ".join(html.fromstring(answer.text).itertext()).split())


def test_every_page_but_sign_in_is_closed_to_strangers(stranger, publisher):
    publisher.deliver(publisher.event())
    closed = [
        route for route in pages.router.routes if isinstance(route, APIRoute) and route.path not in OPEN
    ]
    assert len(closed) >= 6

    for route in closed:
        path = route.path.replace("{staff_code:path}", publisher.staff_code)
        path = path.replace("{event_id:int}", "1").replace("{delivery_id:int}", "1")
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in?next=%2F"), path
        assert "Nguyễn" not in answer.text


def test_a_made_up_session_opens_nothing(stranger):
    stranger.cookies.set("rating_session", "x" * 43)

    assert stranger.get("/overview").status_code == 303


def test_signing_in_leads_back_to_the_wanted_page(stranger):
    wanted = stranger.get("/results?q=dao").headers["location"]
    field = html.fromstring(stranger.get(wanted).text).xpath("//input[@name='next']/@value")

    answer = stranger.post("/sign-in", data={**CREDENTIALS, "next": field[0]})

    assert (answer.status_code, answer.headers["location"]) == (303, "/results?q=dao")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "/\tevil", ""]
)
def test_signing_in_never_leads_to_another_site(stranger, wanted):
    answer = stranger.post("/sign-in", data={**CREDENTIALS, "next": wanted})

    assert answer.headers["location"] == "/overview"


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"username": "someone"}, {"password": ""}, {"username": "nhânsự"}]
)
def test_wrong_credentials_are_told_without_saying_which(stranger, no_attempts, wrong):
    answer = stranger.post("/sign-in", data={**CREDENTIALS, **wrong})

    assert answer.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in text_of(answer)
    assert "set-cookie" not in answer.headers


def test_guessing_is_stopped_for_a_while_even_with_the_right_password(stranger, rating_clock, no_attempts):
    for _ in range(10):
        assert stranger.post("/sign-in", data={**CREDENTIALS, "password": "wrong"}).status_code == 401

    stopped = stranger.post("/sign-in", data=CREDENTIALS)
    rating_clock.offset = timedelta(minutes=16)
    later = stranger.post("/sign-in", data=CREDENTIALS)

    assert (stopped.status_code, stopped.headers["retry-after"]) == (429, "900")
    assert later.status_code == 303


def test_a_session_ends_by_itself(reader, rating_clock):
    assert reader.get("/overview").status_code == 200
    rating_clock.offset = timedelta(hours=8, seconds=1)

    assert reader.get("/overview").status_code == 303


def test_signing_out_ends_the_session_on_the_server(reader):
    token = reader.cookies["rating_session"]
    assert reader.post("/sign-out").status_code == 303
    reader.cookies.set("rating_session", token)

    assert reader.get("/overview").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_forms_of_other_sites_are_refused(reader, headers, path):
    answer = reader.post(path, data=CREDENTIALS, headers=headers)

    assert answer.status_code == 403
    assert "Yêu cầu đến từ trang khác" in text_of(answer)
    assert reader.get("/overview").status_code == 200


def test_before_the_first_event_the_pages_say_what_will_be_here(empty_reader):
    assert "Chưa nhận được kết quả nào" in text_of(empty_reader.get("/overview"))
    assert "Chưa nhận được kết quả nào" in text_of(empty_reader.get("/results"))
    assert "Không có lần gửi nào" in text_of(empty_reader.get("/deliveries"))


def _publish_period(client: TestClient, *, period: str) -> list[Publisher]:
    """Four people of two units: two in the upper band, one failed, one annulled."""
    people = [Publisher(client) for _ in range(4)]
    names = ["Lê Văn Ân", "Trần Thị An", "Phạm Đình Đức", "Đỗ Minh Anh"]
    for place, (person, name) in enumerate(zip(people, names, strict=True)):
        failed = place == 2
        person.deliver(
            person.event(
                person={"staff_code": person.staff_code, "full_name": name},
                period={"code": period, "name": f"Kỳ {period}", "reference_date": "2026-12-01"},
                unit={"code": "U2", "name": "Xã Phong Điền", "type": "xa"}
                if failed
                else {"code": "U1", "name": "Phường Cái Khế", "type": "phuong"},
                band={"code": "khong-dat", "label": "Không đạt"}
                if failed
                else {"code": "tot", "label": "Tốt"},
                outcome="fail" if failed else "pass",
                percent="30" if failed else "80",
            )
        )
    annulled = people[3]
    annulled.deliver(
        annulled.event(
            2,
            kind="result.annulled",
            person={"staff_code": annulled.staff_code, "full_name": names[3]},
            period={"code": period, "name": f"Kỳ {period}", "reference_date": "2026-12-01"},
            unit={"code": "U1", "name": "Phường Cái Khế", "type": "phuong"},
            reason="Vi phạm quy chế mức 3",
        )
    )
    return people


def test_the_overview_counts_bands_and_units_without_the_annulled(reader, stranger):
    _publish_period(stranger, period="OV")

    page = html.fromstring(reader.get("/overview?period=OV").text)

    rows = {
        " ".join(row.xpath("string(./th)").split()): [
            cell.text_content().strip() for cell in row.xpath("./td")
        ]
        for row in page.xpath("//tbody/tr")
    }
    assert rows["Tốt"][:2] == ["2", "66,7"]
    assert rows["Không đạt"][:2] == ["1", "33,3"]
    assert rows["Phường Cái Khế"] == ["3", "2", "0", "1", "100"]
    assert rows["Xã Phong Điền"] == ["1", "0", "1", "0", "0"]
    assert "1 kết quả đã hủy không tính vào đây" in " ".join(page.text_content().split())


def _names(answer: Any) -> list[str]:
    return [link.text_content() for link in html.fromstring(answer.text).xpath("//tbody//th[@scope='row']/a")]


def test_results_are_listed_by_unit_then_given_name(reader, stranger):
    _publish_period(stranger, period="LIST")

    assert _names(reader.get("/results?period=LIST")) == [
        "Trần Thị An", "Đỗ Minh Anh", "Lê Văn Ân", "Phạm Đình Đức",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def filtered_period(_running):
    _publish_period(_running[1], period="FILTER")
    return "FILTER"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=an", ["Trần Thị An", "Đỗ Minh Anh", "Lê Văn Ân"]),
        ("q=DUC pham", ["Phạm Đình Đức"]),
        ("q=%25", []),
        ("q=_", []),
        ("unit=U2", ["Phạm Đình Đức"]),
        ("band=tot", ["Trần Thị An", "Lê Văn Ân"]),
        ("standing=annulled", ["Đỗ Minh Anh"]),
        ("standing=fail", ["Phạm Đình Đức"]),
        ("standing=pass&q=le", ["Lê Văn Ân"]),
        ("standing=nonsense&page=99", ["Trần Thị An", "Đỗ Minh Anh", "Lê Văn Ân", "Phạm Đình Đức"]),
        ("unit=nowhere", []),
    ],
)
def test_filters_live_in_the_address(reader, filtered_period, query, found):
    assert _names(reader.get(f"/results?period={filtered_period}&{query}")) == found


def test_long_lists_are_paged(reader, stranger):
    for _ in range(51):
        person = Publisher(stranger)
        person.deliver(
            person.event(period={"code": "MANY", "name": "Kỳ đông", "reference_date": "2026-01-01"})
        )

    first, second = reader.get("/results?period=MANY"), reader.get("/results?period=MANY&page=2")

    assert (len(_names(first)), len(_names(second))) == (50, 1)
    assert "/results?period=MANY&page=2" in str(
        first.request.url.join(html.fromstring(first.text).xpath("//a[@rel='next']/@href")[0])
    )


def test_a_person_shows_results_competencies_history_and_the_evidence_note(reader, publisher):
    publisher.deliver(publisher.event(2, kind="result.corrected", reason="Đính chính đáp án <câu 12>"))
    publisher.deliver(publisher.event(1))
    publisher.deliver(
        publisher.event(1, period={"code": "2026-1", "name": "Kỳ I năm 2026", "reference_date": "2026-05-01"})
    )

    page = text_of(reader.get(f"/people/{publisher.staff_code}"))

    assert "Chỉ là căn cứ, không phải mức xếp loại" in page
    assert "điểm b khoản 2 Điều 12 Nghị định số 335/2025/NĐ-CP" in page
    assert page.index("Kỳ II năm 2026") < page.index("Kỳ I năm 2026")
    assert "Thủ tục hành chính 4,5/9 50" in page
    assert "Đính chính đáp án <câu 12>" in page
    assert "Lịch sử phiên bản (2)" in page
    assert "Đến sau phiên bản mới hơn" in page
    assert "46,5/60 (75,83 %)" in page


def test_a_person_nobody_spoke_of_is_not_found(reader):
    answer = reader.get("/people/nobody")

    assert answer.status_code == 404
    assert "Không tìm thấy trang này" in text_of(answer)


@pytest.mark.parametrize("path", ["/events/999999", "/deliveries/999999", f"/events/{2**80}", "/nowhere"])
def test_unknown_addresses_are_not_found(reader, path):
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/results?page=0", "/results?page=x", "/overview?period=" + "x" * 65])
def test_a_broken_address_is_told_on_a_page(reader, path):
    answer = reader.get(path)

    assert answer.status_code == 422
    assert "Không thực hiện được yêu cầu" in text_of(answer)


def test_the_log_shows_repeats_late_ones_and_refusals_with_their_evidence(reader, publisher):
    publisher.deliver(publisher.event(2), webhook_id="msg_log_twice")
    publisher.deliver(publisher.event(1), webhook_id="msg_log_late")
    event = publisher.event(3)
    publisher.deliver(event, webhook_id="msg_log_again")
    publisher.deliver(event, webhook_id="msg_log_again")
    publisher.deliver(b'{"type": "result.released", "note": "<script>"}', webhook_id="msg_log_broken")

    assert "msg_log_late" in reader.get("/deliveries?kind=late").text
    assert "msg_log_twice" not in reader.get("/deliveries?kind=late").text
    assert "msg_log_again" in reader.get("/deliveries?kind=repeated").text
    refused = html.fromstring(reader.get("/deliveries?kind=malformed").text)
    link = refused.xpath("//a[contains(., 'msg_log_broken')]/@href")[0]
    shown = reader.get(link)
    assert "Nội dung này không có tác dụng" in text_of(shown)
    assert "<script>" not in shown.text
    again = html.fromstring(reader.get("/deliveries?kind=repeated").text)
    record = text_of(reader.get(again.xpath("//a[contains(., 'msg_log_again')]/@href")[0]))
    assert "Các lần gửi (2)" in record
    assert event["data"]["result_id"] in record


PATHS: list[Callable[[Publisher], str]] = [
    lambda _publisher: "/overview",
    lambda _publisher: "/results",
    lambda publisher: f"/people/{publisher.staff_code}",
    lambda _publisher: "/deliveries",
    lambda _publisher: "/events/1",
]


@pytest.mark.parametrize("path_of", PATHS)
def test_every_page_speaks_both_languages(reader, publisher, path_of):
    publisher.deliver(publisher.event())
    path = path_of(publisher)

    vietnamese, english = reader.get(path), reader.get(f"{path}?lang=en")

    assert html.fromstring(vietnamese.text).get("lang") == "vi"
    assert html.fromstring(english.text).get("lang") == "en"
    assert "Đăng xuất" in text_of(vietnamese)
    assert "Sign out" in text_of(english)
    assert "Đăng xuất" not in text_of(english)
    assert "Sign out" in text_of(reader.get(path)), "the choice is remembered"


def test_an_error_page_speaks_both_languages(reader):
    assert "Không tìm thấy trang này" in text_of(reader.get("/nowhere"))
    assert "This page was not found" in text_of(reader.get("/nowhere?lang=en"))


def test_numbers_are_written_as_the_language_does(reader, publisher):
    publisher.deliver(publisher.event())

    assert "45,5/60" in text_of(reader.get(f"/people/{publisher.staff_code}"))
    assert "45.5/60" in text_of(reader.get(f"/people/{publisher.staff_code}?lang=en"))


def test_pages_are_kept_by_nobody_and_run_no_script(reader):
    answer = reader.get("/overview")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "<script" not in answer.text
    assert "style=" not in answer.text


def test_every_control_has_a_label(reader, stranger, publisher):
    publisher.deliver(publisher.event())
    pages = [reader.get(path) for path in ("/overview", "/results", "/deliveries")] + [
        stranger.get("/sign-in")
    ]

    for answer in pages:
        page = html.fromstring(answer.text)
        for control in page.xpath("//input[not(@type='hidden')] | //select"):
            assert page.xpath("//label[@for=$id]", id=control.get("id")), html.tostring(control)
