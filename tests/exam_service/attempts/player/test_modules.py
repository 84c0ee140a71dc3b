"""Rules that hold over the player's files, read as text."""

import re

import pytest

from tests.exam_service.attempts.player import PLAYER, SHELL

MODULES = sorted(PLAYER.rglob("*.js"))
NAMES = [path.relative_to(PLAYER).as_posix() for path in MODULES]


def code(name: str) -> str:
    """The module without comments, so that a word in a sentence is not taken for a call."""
    text = (PLAYER / name).read_text("utf-8")
    return re.sub(r"/\*[\s\S]*?\*/|^\s*//[^\n]*$", "", text, flags=re.MULTILINE)


def users_of(pattern: str) -> set[str]:
    return {name for name in NAMES if re.search(pattern, code(name))}


LATER = [f"../statutes/{path.name}" for path in sorted((PLAYER.parent / "statutes").glob("*.js"))]


@pytest.mark.parametrize("name", LATER)
def test_what_comes_later_makes_no_markup_and_asks_nobody(name: str) -> None:
    assert (PLAYER / name).read_text("utf-8").startswith("// Owns ")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\.style\b", code(name)
    )
    assert not re.search(r"\b(fetch|XMLHttpRequest|indexedDB|localStorage)\b", code(name))
    assert "caches" not in code(name) or name.endswith("/store.js")


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_short_and_says_what_it_owns(name: str) -> None:
    lines = (PLAYER / name).read_text("utf-8").splitlines()
    assert len(lines) <= 400
    assert lines[0].startswith("// Owns ")


def test_only_one_module_touches_the_browsers_storage() -> None:
    assert users_of(r"\b(indexedDB|localStorage|sessionStorage|caches)\b|document\.cookie") == {"storage.js"}


def test_only_the_api_calls_the_server() -> None:
    assert users_of(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b\s*\(?") == {"api.js"}


def test_text_becomes_markup_in_one_place() -> None:
    assert users_of(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser") == {"dom.js"}


def test_nothing_needs_inline_script_or_style() -> None:
    assert users_of(r"\beval\(|new Function|setAttribute\(\"style\"|\.style\b|style:") == set()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", SHELL.read_text("utf-8"))


def test_no_deadline_is_taken_from_the_computers_clock() -> None:
    """`Date.now` may only serve to tell that the computer's clock is wrong, and to date entries of the journal."""
    assert users_of(r"Date\.now|new Date\(\)") == {"server_time.js", "system_check.js"}


SENTENCE = re.compile(r"^  (\w+): \{(.*?)\},?$", re.DOTALL | re.MULTILINE)


def sentences() -> dict[str, str]:
    text = (PLAYER / "i18n.js").read_text("utf-8")
    body = text[text.index("const SENTENCES = {") : text.index("\n};")]
    return dict(SENTENCE.findall(body))


@pytest.mark.parametrize("key", sorted(sentences()))
def test_every_sentence_is_there_in_both_languages(key: str) -> None:
    assert re.search(r"\bvi: \"[^\"]+\"", sentences()[key])
    assert re.search(r"\ben: (\"[^\"]+\"|\{ one: \"[^\"]+\", other: \"[^\"]+\" \})", sentences()[key])


def test_every_sentence_asked_for_exists_and_every_one_there_is_used() -> None:
    source = "\n".join(
        code(name) for name in [*NAMES, "../bank/preview.js", "../practice/practice.js"] if name != "i18n.js"
    )
    asked = set(re.findall(r"\bt\(\"(\w+)\"", source))
    # Keys are also chosen by a condition or kept in a table; `days` and `points` are used by format.js itself.
    mentioned = set(re.findall(r"\"(\w+)\"", source))
    assert asked <= set(sentences())
    assert set(sentences()) - mentioned - {"true", "false"} == set()
