"""Rules that hold for every page: what the content security policy allows, icons, language, weight on slow lines."""

import gzip
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import lxml.html
import pytest
from babel.messages.extract import extract
from fastapi.testclient import TestClient

from exam_service import i18n
from exam_service.templates import HERE, STATIC

TEMPLATES = HERE / "templates"
FRAME = sorted(
    [*TEMPLATES.glob("*.html"), *TEMPLATES.glob("components/*.html"), *TEMPLATES.glob("errors/*.html")]
)
Guide = Callable[..., str]
Render = Callable[..., str]


def icons_of_the_sprite() -> set[str]:
    sprite = (STATIC / "vendor" / "icons" / "icons.svg").read_text(encoding="utf-8")
    return set(re.findall(r'<symbol id="([^"]+)"', sprite))


def test_a_page_carries_no_inline_script_style_or_handler(guide: Guide) -> None:
    page = lxml.html.fromstring(guide())
    assert page.xpath("//style | //*[@style] | //script[not(@src)]") == []
    assert page.xpath("//@*[starts-with(name(), 'on') or starts-with(., 'javascript:')]") == []


def test_every_icon_that_a_page_draws_is_in_the_sprite(guide: Guide) -> None:
    drawn = set(re.findall(r"icons\.svg[^#\"]*#([^\"]+)", guide()))
    assert len(drawn) > 20
    assert drawn - icons_of_the_sprite() == set()


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:\bicon\(|icon_name=)"([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    assert named - icons_of_the_sprite() == set()


def test_ids_are_unique_and_every_reference_finds_its_element(guide: Guide) -> None:
    page = lxml.html.fromstring(guide())
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    named = chain.from_iterable(
        str(value).split()
        for value in page.xpath("//@for | //@form | //@aria-describedby | //@aria-labelledby")
    )
    assert set(named) - set(ids) == set()


def test_a_form_that_posts_carries_the_token(guide: Guide) -> None:
    forms = lxml.html.fromstring(guide()).xpath("//form[@method='post']")
    assert len(forms) >= 4
    assert [form for form in forms if not form.xpath(".//input[@name='csrf_token'][@value='token']")] == []


def test_sorting_keeps_the_filters_and_turns_round(guide: Guide) -> None:
    links = lxml.html.fromstring(guide()).xpath("//a[@class='sort']/@href")
    assert "/periods?q=nguy%E1%BB%85n&unit=vl&sort=name" in links
    assert "/periods?q=nguy%E1%BB%85n&unit=vl&sort=points" in links, "falling order turns to rising"


def test_a_page_link_keeps_a_filter_with_several_values(guide: Guide) -> None:
    (link,) = lxml.html.fromstring(guide()).xpath("//a[@rel='next']/@href")
    assert link == "/periods?q=nguy%E1%BB%85n&unit=vl&unit=ck&page=4"


def problem(status: int, detail: str) -> dict[str, object]:
    return {"status": status, "code": "some_code", "title": "Chưa thực hiện được", "detail": detail}


def test_text_from_people_is_escaped(render: Render) -> None:
    page = render("errors/problem.html", problem=problem(409, "<script>alert(1)</script>"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("name", ["errors/problem.html", "errors/_fragment.html"])
@pytest.mark.parametrize("status", [403, 404, 409, 418, 422, 500, 503])
def test_an_error_says_what_happened_on_a_page_and_in_a_fragment(
    render: Render, status: int, name: str
) -> None:
    page = lxml.html.fromstring(render(name, problem=problem(status, "Câu giải thích.")))
    assert "Chưa thực hiện được" in page.text_content()
    assert "Câu giải thích." in page.text_content()
    if name == "errors/problem.html":
        assert page.xpath("//main//a[@href='/']"), "a way on"


def test_the_chosen_theme_is_on_the_page(guide: Guide) -> None:
    assert lxml.html.fromstring(guide(theme="dark")).get("data-theme") == "dark"
    assert lxml.html.fromstring(guide(theme="auto")).get("data-theme") is None


@pytest.mark.parametrize("path", FRAME, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_sentence_of_the_frame_speaks_english_too(path: Path) -> None:
    with path.open("rb") as file:
        messages = [
            str(message) for _line, message, _notes, _context in extract("jinja2.ext:babel_extract", file)
        ]
    assert [message for message in messages if message not in i18n.catalogue(i18n.Language.ENGLISH)] == []


def test_the_english_page_says_so_and_speaks_english(guide: Guide) -> None:
    page = lxml.html.fromstring(guide(language=i18n.Language.ENGLISH))
    assert page.get("lang") == "en"
    assert "Skip to main content" in page.text_content()


def test_the_style_sheets_of_a_staff_page_are_light_on_slow_lines(guide: Guide) -> None:
    sheets = [
        (STATIC / name).read_bytes()
        for name in re.findall(r'<link rel="stylesheet" href="/static/([^?"]+)', guide())
    ]
    assert len(sheets) == 8
    assert sum(map(len, sheets)) <= 44 * 1024
    assert sum(len(gzip.compress(sheet)) for sheet in sheets) <= 14 * 1024


def test_a_chosen_theme_is_remembered_and_on_the_next_page(browser: TestClient) -> None:
    own = {"Origin": "http://testserver"}
    browser.post("/preferences", data={"theme": "dark"}, headers=own)
    assert 'data-theme="dark"' in browser.get("/no-such-page").text
    browser.post("/preferences", data={"theme": "auto"}, headers=own)
    assert "data-theme" not in browser.get("/no-such-page").text


def test_every_macro_is_offered_to_pages_and_documented_with_its_signature() -> None:
    guide = (HERE.parent / "docs" / "design-system.md").read_text(encoding="utf-8").replace("\\|", "|")
    offered = (TEMPLATES / "_macros.html").read_text(encoding="utf-8")
    macros = [
        (path.stem, *signature)
        for path in sorted(TEMPLATES.glob("components/*.html"))
        for signature in re.findall(r"{% macro (\w+)(\(.*\)) -?%}", path.read_text(encoding="utf-8"))
    ]
    assert len(macros) > 35
    assert [name for _file, name, arguments in macros if f"`{name}{arguments}`" not in guide] == []
    assert [name for file, name, _ in macros if f"{{% set {name} = {file}.{name} %}}" not in offered] == []
