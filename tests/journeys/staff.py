"""What every member of the staff does in the story, over HTTP, as methods on a browser that is signed in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from exam_service.i18n import HOME
from tests.journeys.conftest import Live
from tests.journeys.visitor import Visitor

PASSWORD = "gió chướng mùa nước nổi 9"
STAFF = {
    "soan": ("Nguyễn Hữu Phước", ("author",)),
    "duyet": ("Lê Ngọc Diễm", ("reviewer", "author")),
    "canbo": ("Trần Thị Minh Châu", ("officer",)),
    "giamthi": ("Võ Văn Kiệt Em", ("invigilator",)),
    "cham": ("Đỗ Thành Nhân", ("marker",)),
    "nhansu": ("Phạm Thanh Trúc", ("hr",)),
    "kiemtra": ("Đặng Quốc Bảo", ("auditor",)),
}
LEVELS = ("remember", "understand")
ITEMS_PER_LEVEL = 4
PER_CELL = 2
QUESTIONS = PER_CELL * len(LEVELS)


def make_staff(live: Live) -> dict[str, Visitor]:
    """The administrator from the command line, everybody else by the administrator's pages; all with new passwords."""
    admin = live.visitor()
    first = live.make_account("quantri", name="Huỳnh Tấn Lộc", role="admin")
    admin.sign_in("quantri", first).change_first_password(first, PASSWORD)
    people = {"quantri": admin}
    for username, (name, roles) in STAFF.items():
        admin.open("/admin/accounts/new")
        admin.send("/admin/accounts/new", {"username": username, "display_name": name, "roles": roles})
        once = admin.fact("Mật khẩu dùng một lần")
        people[username] = live.visitor()
        people[username].sign_in(username, once).change_first_password(once, PASSWORD)
    return people


def write_question(author: Visitor) -> str:
    """One question by the editor's form, sent to review; returns the address of its page."""
    author.open("/bank/items/new")
    author.send("/bank/items/new", {"bank": "HC", "type": "single_choice", "option_count": "4"})
    edit = author.path
    ids = [str(value) for value in author.page.xpath("//input[@name='options']/@value")]
    texts = ["Tên loại văn bản", "Chữ ký số", "Trang bìa", "Mục lục"]
    content = {
        "stem": "Thể thức văn bản hành chính bắt buộc có thành phần nào sau đây?",
        **{f"options.{option}.text": text for option, text in zip(ids, texts, strict=True)},
        "key": ids[0],
        "rationale": "GIẢI THÍCH RIÊNG: Điều 8 liệt kê tên loại văn bản.",
        "level": "remember",
        "competency": "HC",
    }
    author.send(edit, {**content, "act": "add_citation"})
    citation = {"citation_number": "30/2020/NĐ-CP", "citation_article": "8", "act": "submit"}
    author.send(edit, {**content, **citation})
    assert author.path == edit.removesuffix("/edit"), author.text
    return author.path


def write_more(author: Visitor) -> None:
    """The rest of the bank through the JSON interface, sent to review as well."""
    wanted = [(level, number) for level in LEVELS for number in range(ITEMS_PER_LEVEL)]
    for level, number in wanted[1:]:
        made = call(author, "POST", "/api/bank/items", _item(level, number), status=201)
        address = f"/api/bank/items/{made['id']}/submit"
        call(author, "POST", address, {"revision": made["revision"]})


def _item(level: str, number: int) -> dict[str, Any]:
    options = [
        {"id": f"o{uuid4().hex[:8]}", "text": f"Phương án {word} của câu {level} {number}"} for word in WORDS
    ]
    content = {
        "type": "single_choice",
        "stem": f"Câu hỏi {level} số {number} về công tác văn thư hỏi điều gì?",
        "options": options,
        "key": options[number % len(options)]["id"],
        "rationale": f"GIẢI THÍCH RIÊNG của câu {level} {number}.",
    }
    citations = [{"document_number": "30/2020/NĐ-CP", "article": "9"}]
    return {"bank": "HC", "content": content, "level": level, "competency": "HC", "citations": citations}


WORDS = ("một", "hai", "ba", "bốn")


def call(visitor: Visitor, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    """The JSON answer to a call of a signed-in person's program."""
    visitor.open("/account/password")
    headers = {"X-CSRF-Token": visitor.value("csrf_token")}
    answer = visitor.http.request(method, path, json=body, headers=headers)
    assert answer.status_code == status, (method, path, answer.status_code, answer.text)
    return answer.json()


def approve_everything(reviewer: Visitor) -> int:
    """Every question that waits, approved one after the other; returns how many."""
    count = 0
    reviewer.open("/bank/review")
    while forms := [form.action for form in reviewer.page.forms if form.action.endswith("/approve")]:
        reviewer.send(forms[0])
        count += 1
    return count


def make_blueprint(officer: Visitor) -> None:
    officer.open("/periods/blueprints/new")
    cells = {f"s0-r0-{level}": str(PER_CELL) for level in LEVELS}
    matrix = {"s0-title": "Kiến thức chung", "s0-r0-competency": "HC", **cells}
    totals = {"question_count": str(QUESTIONS), "total_points": str(QUESTIONS)}
    named = {"name": "Ma trận hành chính", "code": "MT-HC", "action": "save"}
    officer.send("/periods/blueprints/new", {**named, **totals, **matrix})
    assert "Đã lưu ma trận MT-HC" in officer.text, officer.text


def choice(visitor: Visitor, name: str, label: str) -> str:
    """The value of the option or checkbox called `label` of the field `name`."""
    options = visitor.page.xpath(f"//select[@name='{name}']/option")
    boxes = visitor.page.xpath(f"//label[input[@name='{name}']]")
    for option in options:
        if label in option.text_content():
            return str(option.get("value"))
    for box in boxes:
        if label in box.text_content():
            return str(box.find("input").get("value"))
    raise AssertionError((name, label, visitor.path))


@dataclass
class Prepared:
    """Addresses of the period that the officer has made."""

    period: str
    exams: dict[str, str]


EXAMS = {
    "HC": ("Hành chính", ("Tư pháp – hộ tịch", "Văn phòng – thống kê"), "30"),
    "TC": ("Tài chính", ("Tài chính – kế toán",), "30"),
}


def make_period(officer: Visitor, *, starts_in: timedelta) -> Prepared:
    """A period with two exams for three positions and a sitting for each exam."""
    officer.open("/periods/new")
    values = {"name": "Kỳ sát hạch thử", "code": "KY-1", "reference_date": "2026-10-01"}
    officer.send("/periods/new", values)
    period = officer.path
    for code in EXAMS:
        _make_exam(officer, period, code)
    exams = {
        code: officer.open(f"{period}/sittings/new") and choice(officer, "exam_id", code) for code in EXAMS
    }
    starts_at = (datetime.now(UTC) + starts_in).astimezone(HOME).strftime("%Y-%m-%dT%H:%M:%S")
    for room, exam_id in enumerate(exams.values(), start=1):
        officer.open(f"{period}/sittings/new")
        sitting = {
            "exam_id": exam_id,
            "name": "Ca 1",
            "room": f"Phòng {room}",
            "capacity": "30",
            "count": "1",
        }
        officer.send(f"{period}/sittings/new", {**sitting, "starts_at": starts_at})
    return Prepared(period, exams)


def _make_exam(officer: Visitor, period: str, code: str) -> None:
    title, positions, minutes = EXAMS[code]
    officer.open(f"{period}/exams/new")
    values = {
        "title": title,
        "code": code,
        "position_ids": [choice(officer, "position_ids", name) for name in positions],
        "bank_ids": [choice(officer, "bank_ids", "Hành chính")],
        "blueprint_id": choice(officer, "blueprint_id", "Ma trận hành chính"),
        "duration_min": minutes,
        "unseen_periods": "0",
    }
    officer.send(f"{period}/exams/new", values)
    assert officer.path == period, officer.text
