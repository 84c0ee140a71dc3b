"""Every type of item as a candidate meets it: answered by keyboard, shown again as it was, named for screen readers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.exam_service.attempts.player.views import CASE, CLOZE, ESSAY, RESPONSES, VIEWS, View
from tests.fixtures.pages import violations
from tests.question_bank import type_samples as samples

pytestmark = pytest.mark.browser

Show = Callable[..., Page]

SHOW = """async ([view, response]) => {
    const { renderItem } = await import('/player/types/index.js');
    window.response = response;
    document.getElementById('place').replaceChildren(renderItem(view, response, (now) => { window.response = now; }));
}"""
# What a person sees of the state: every control's value, in order.
STATE = """() => [...document.querySelectorAll('main :is(input, select, textarea, .order-row)')].map((each) => {
    if (each.matches('.order-row')) return each.dataset.id;
    return each.matches('[type=radio], [type=checkbox]') ? each.checked : each.value;
})"""


@pytest.fixture
def show(page: Page, static_url: str) -> Show:
    """`show(view, response)` shows the item on a page with the player's sheets."""

    def show(view: View, response: View | None = None, *, again: bool = False) -> Page:
        if not again:
            page.goto(f"{static_url}/item")
        page.evaluate(SHOW, [view, response])
        return page

    return show


def answered(page: Page) -> Any:
    return page.evaluate("window.response")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focused control is called `name` (its accessible name begins so)."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused_name(page).startswith(name):
            return
    pytest.fail(f"no control named {name!r} can be reached with Tab")


def focused_name(page: Page) -> str:
    """The accessible name of the control with the focus, as far as these pages give one."""
    return str(
        page.evaluate(
            "() => { const e = document.activeElement; const ids = e.getAttribute('aria-labelledby');"
            " const said = (element) => { const copy = element.cloneNode(true);"
            " copy.querySelectorAll('[aria-hidden]').forEach((each) => each.remove()); return copy.textContent; };"
            " const text = ids ? ids.split(' ').map((id) => said(document.getElementById(id))).join(' ')"
            " : e.getAttribute('aria-label') ?? (e.labels?.[0] ? said(e.labels[0]) : e.textContent);"
            " return text.replace(/\\s+/g, ' ').trim(); }"
        )
    )


TO_CLUSTER = [
    "to:Đúng a)",
    "Space",
    "Tab",
    "Space",
    "ArrowRight",
    "Tab",
    "Space",
    "ArrowRight",
    "Tab",
    "Space",
]
TO_ESSAY = ["to:Viết câu trả lời", f"type:{RESPONSES['essay']['text']}"]
# Keys that answer each item as RESPONSES says: `to:` goes on with Tab to the control of that name.
KEYS: dict[str, list[str]] = {
    "single_choice": ["Tab", "ArrowDown"],
    "multiple_choice": ["Tab", "Space", "Tab", "Tab", "Space"],
    "true_false": ["Tab", "ArrowDown"],
    "true_false_cluster": TO_CLUSTER,
    "short_text": ["to:Nhập câu trả lời", "type:UBND"],
    "numeric": ["to:Nhập số", "type:30"],
    "cloze": [
        *("to:Chỗ trống 1", "type:18", "to:Chỗ trống 2", "type:21"),
        *("to:Chỗ trống 3", "ArrowDown", "ArrowDown", "to:Chỗ trống 4", "type:Quốc hội"),
    ],
    "matching": ["Tab", "type:A", "Tab", "type:D", "Tab", "type:B"],
    "matching_many": [
        *("to:A. UBND", "Space", "to:A. UBND", "Space", "to:D. Cơ quan", "Space"),
        *("to:B. Chủ tịch", "Space"),
    ],
    "ordering": ["to:Giữ nguyên thứ tự này", "Enter"],
    "ranking": ["to:Xuống Gọi bảo vệ", "Alt+ArrowDown"],
    "essay": TO_ESSAY,
    "case": ["to:A. Hội đồng", "ArrowDown", *TO_CLUSTER, *TO_ESSAY],
}


def answer_by_keyboard(page: Page, name: str) -> None:
    for key in KEYS[name]:
        kind, _, what = key.partition(":")
        if kind == "to":
            tab_to(page, what)
        elif kind == "type":
            page.keyboard.type(what)
        else:
            page.keyboard.press(key)


@pytest.mark.parametrize("name", VIEWS)
def test_an_item_is_answered_by_keyboard_alone(show: Show, name: str) -> None:
    page = show(VIEWS[name])
    answer_by_keyboard(page, name)
    assert answered(page) == RESPONSES[name]


@pytest.mark.parametrize("name", VIEWS)
def test_an_answer_is_shown_again_as_it_was_entered(show: Show, name: str) -> None:
    page = show(VIEWS[name])
    untouched = page.evaluate(STATE)
    answer_by_keyboard(page, name)
    entered = page.evaluate(STATE)
    show(VIEWS[name], RESPONSES[name])
    assert page.evaluate(STATE) == entered
    assert name == "ordering" or entered != untouched


@pytest.mark.parametrize("name", VIEWS)
def test_what_is_answered_wholly_counts_as_all_and_nothing_as_none(page: Page, name: str) -> None:
    states = page.evaluate(
        "async ([view, response]) => { const { completeness } = await import('/player/types/index.js');"
        " return [completeness(view, null), completeness(view, response)]; }",
        [VIEWS[name], RESPONSES[name]],
    )
    assert states == ["none", "all"]


SAMPLES = {
    sample.type: sample
    for sample in (
        *(samples.single(), samples.multiple(), samples.cluster(), samples.short_text(), samples.numeric()),
        *(samples.cloze(), samples.matching(), samples.ordering(), samples.ranking(), samples.case()),
    )
}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bank_and_the_player_mean_the_same_by_a_view_and_its_response(show: Show, name: str) -> None:
    content = SAMPLES[name]
    keyed = content.correct_response()
    assert keyed is not None
    view, response = content.candidate_view(content.shuffle_units().ids), keyed.model_dump(mode="json")
    assert set(view) - {"max_choices"} == set(VIEWS[name]) - {"max_choices"}
    page = show(view, response)
    page.evaluate(
        """() => {
            for (const each of document.querySelectorAll('main :is(input, select, textarea)')) {
                each.dispatchEvent(new Event('input', { bubbles: true }));
                const isPassed = each.matches('[type=radio]:not(:checked)');
                if (!isPassed) each.dispatchEvent(new Event('change', { bubbles: true }));
            }
        }"""
    )
    assert content.parse_response(answered(page)) == keyed
    assert (
        page.evaluate(
            "async ([view, response]) => (await import('/player/types/index.js')).completeness(view, response)",
            [view, response],
        )
        == "all"
    )


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("true_false_cluster", {"values": {"s2": False}}),
        ("cloze", {"gaps": {"g2": "21"}}),
        ("matching", {"pairs": [["p2", "t1"]]}),
        ("essay", {"text": "Chỉ bốn từ thôi"}),
        ("case", {"parts": {"k1": {"choice": "o1"}}}),
        (
            "case",
            {**RESPONSES["case"], "parts": {**RESPONSES["case"]["parts"], "k2": {"values": {"s1": True}}}},
        ),
    ],
)
def test_an_answer_with_something_missing_counts_as_a_part(page: Page, name: str, response: View) -> None:
    state = page.evaluate(
        "async ([view, response]) => (await import('/player/types/index.js')).completeness(view, response)",
        [VIEWS[name], response],
    )
    assert state == "part"


DESCRIBED = {
    "single_choice": "B. Ủy ban nhân dân cấp xã",
    "multiple_choice": "A. Ghi sổ · C. Cấp giấy tiếp nhận",
    "true_false": "Sai",
    "true_false_cluster": "a) Đúng · b) Sai · c) Sai · d) Đúng",
    "short_text": "UBND",
    "numeric": "30 ngày",
    "cloze": "(1) 18 · (2) 21 · (3) Chủ nhật · (4) Quốc hội",
    "matching": "1 – A · 2 – D · 3 – B",
    "matching_many": "1 – A · 2 – A, D · 3 – B",
    "ranking": "(1) Mời vào phòng riêng, lắng nghe… → (2) Giải thích quy trình tại quầy → (3) Gọi bảo vệ ngay",
    "essay": "Đã viết 12 từ: Niêm yết, họp thôn rồi tổng hợp ý kiến bằng biên bản.",
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_review_says_the_answer_in_a_few_words(page: Page, name: str) -> None:
    said = page.evaluate(
        "async ([view, response]) => (await import('/player/types/index.js')).describe(view, response)",
        [VIEWS[name], RESPONSES[name]],
    )
    assert said == DESCRIBED[name]


def test_the_review_names_the_parts_of_a_case_that_are_not_answered(page: Page) -> None:
    said = page.evaluate(
        "async ([view, response]) => (await import('/player/types/index.js')).describe(view, response)",
        [CASE, {"parts": {"k1": {"choice": "o1"}}}],
    )
    assert said == "a) A. Hội đồng nhân dân cấp xã · b) chưa trả lời · c) chưa trả lời"


def test_an_order_counts_only_after_a_move_or_a_yes(show: Show) -> None:
    page = show(VIEWS["ordering"])
    expect(page.locator(".order-note")).to_contain_text("Chưa trả lời")
    assert answered(page) is None
    page.get_by_role("button", name="Xuống Đón tiếp").press("Enter")
    assert answered(page) == {"order": ["b2", "b1", "b3", "b4"]}
    expect(page.get_by_role("status")).to_contain_text("vị trí 2 trên 4")
    assert focused_name(page).startswith("Xuống Đón tiếp"), "the same button stays under the finger"
    expect(page.locator(".order-note")).to_have_text("Thứ tự trên là câu trả lời của Ông/Bà.")


def test_at_the_end_of_the_list_the_focus_goes_to_the_button_that_still_works(show: Show) -> None:
    page = show(VIEWS["ranking"])
    page.get_by_role("button", name="Lên Gọi bảo vệ").press("Enter")
    assert focused_name(page).startswith("Xuống Gọi bảo vệ")


def test_a_row_can_be_dragged(show: Show) -> None:
    page = show(VIEWS["ranking"])
    page.locator(".order-grip").nth(0).drag_to(
        page.locator(".order-row").nth(2), target_position={"x": 40, "y": 40}
    )
    assert answered(page) == {"order": ["r2", "r3", "r1"]}


def test_a_target_for_one_use_moves_and_the_candidate_is_told(show: Show) -> None:
    page = show(VIEWS["matching"])
    menus = page.locator("select")
    menus.nth(0).select_option("t2")
    menus.nth(2).select_option("t2")
    assert answered(page) == {"pairs": [["p3", "t2"]]}
    assert menus.nth(0).input_value() == ""
    expect(page.locator(".matching-moved")).to_have_text("B đã được chuyển từ dòng 1 sang dòng này.")


def test_no_more_options_than_allowed_can_be_chosen(show: Show) -> None:
    page = show(VIEWS["multiple_choice"], RESPONSES["multiple_choice"])
    expect(page.get_by_role("checkbox", name="B. Trả kết quả")).to_be_disabled()
    page.get_by_role("checkbox", name="A. Ghi sổ").press("Space")
    expect(page.get_by_role("checkbox", name="B. Trả kết quả")).to_be_enabled()


def test_an_essay_is_kept_as_typed_and_its_words_are_counted(show: Show) -> None:
    page = show(ESSAY)
    box = page.get_by_label("Viết câu trả lời")
    box.fill("  Một  hai\n\nba – bốn ")
    assert answered(page) == {"text": "  Một  hai\n\nba – bốn "}
    expect(page.locator(".essay-count")).to_have_text("Đã viết 4 từ · yêu cầu 5–12 từ · còn thiếu 1 từ")
    box.fill("từ " * 13)
    expect(page.locator(".essay-count")).to_have_text("Đã viết 13 từ · yêu cầu 5–12 từ · vượt 1 từ")
    box.fill("   ")
    assert answered(page) is None


def test_gaps_are_numbered_as_the_text_reads_and_none_is_lost(show: Show) -> None:
    gaps = [*reversed(CLOZE["gaps"]), {"id": "lost", "kind": "text", "width": "s"}]
    page = show({**CLOZE, "stem": CLOZE["stem"] + "[[gap:gone]]", "gaps": gaps})
    names = page.locator(".gap :is(input, select)").evaluate_all("(all) => all.map((e) => e.ariaLabel)")
    assert names == [f"Chỗ trống {number}" for number in range(1, 6)]
    assert "[[gap:" not in page.inner_text("main")
    page.get_by_label("Chỗ trống 5").fill("x")
    assert answered(page) == {"gaps": {"lost": "x"}}


def test_choices_that_a_menu_cannot_show_are_listed(show: Show) -> None:
    options = [{"id": "a1", "text": "CO<sub>2</sub>"}, {"id": "a2", "text": "O<sub>2</sub>"}]
    gaps = [{"id": "g", "kind": "choice", "display": "inline", "options": options}]
    page = show({"type": "cloze", "stem": "Khí [[gap:g]]", "gaps": gaps})
    expect(page.get_by_role("radiogroup", name="Chỗ trống 1")).to_be_visible()
    page.get_by_role("radio", name="O2", exact=True).press("Space")
    assert answered(page) == {"gaps": {"g": "a2"}}


def test_an_item_of_an_unknown_type_says_what_to_do(show: Show) -> None:
    page = show({"type": "hologram", "stem": "Phần dẫn vẫn đọc được."})
    assert "Phần dẫn vẫn đọc được." in page.inner_text("main")
    expect(page.locator(".note")).to_contain_text("báo giám thị")


def test_images_come_from_the_players_address_keep_their_words_and_can_be_enlarged(
    show: Show, page: Page
) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="400"><rect width="900" height="400"/></svg>'
    page.route("**/exam/media/*", lambda route: route.fulfill(body=svg, content_type="image/svg+xml"))
    show({"type": "true_false", "stem": '<p><img src="media:abc.svg" alt="Sơ đồ quy trình"></p>'})
    assert str(page.get_by_role("img", name="Sơ đồ quy trình").get_attribute("src")) == "/exam/media/abc.svg"
    page.get_by_role("button", name="Phóng to hình: Sơ đồ quy trình").press("Enter")
    dialog = page.get_by_role("dialog", name="Sơ đồ quy trình")
    expect(dialog.get_by_role("img")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


@pytest.fixture(params=[("light", 1366), ("dark", 1366), ("light", 390)], ids=["light", "dark", "phone"])
def looks(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    scheme, width = request.param
    context = chromium.new_context(
        locale="vi-VN", color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    )
    yield context
    context.close()


def test_no_type_has_an_accessibility_violation_or_scrolls_sideways(
    looks: BrowserContext, static_url: str
) -> None:
    page = looks.new_page()
    found: dict[str, list[str]] = {}
    page.goto(f"{static_url}/item")
    for name, view in VIEWS.items():
        for response in (None, RESPONSES[name]):
            page.evaluate(SHOW, [view, response])
            found[name] = found.get(name, []) + violations(page)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[name].append("scrolls sideways")
    assert {name: which for name, which in found.items() if which} == {}
