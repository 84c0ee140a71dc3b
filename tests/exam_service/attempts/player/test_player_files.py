"""The player as it is delivered: one script that is all its modules, small enough for a slow line."""

import graphlib
import gzip
from pathlib import Path

import brotli
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from exam_service.attempts.player_files import player_addresses, player_script, player_sheet
from exam_service.joined_files import UnjoinableModule, join_modules, packed
from tests.exam_service.attempts.player import PLAYER, STATIC

COLD_LOAD_KB = 118
PAGE_AND_ATTEMPT_KB = 4


def written(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source + "\n", "utf-8")
    return folder


def test_every_module_of_the_player_is_in_the_script() -> None:
    script = player_script()
    assert script.count("=(()=>{") >= len(list(PLAYER.rglob("*.js")))
    assert "import " not in [line[:7] for line in script.splitlines()]


@pytest.mark.browser
def test_the_joined_script_does_what_the_modules_do(page: Page, tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        main='import { double as twice } from "./maths.js";\nimport * as words from "./words.js";\n'
        "// a comment\nwindow.found = [twice(4), words.name, name()];\nfunction name() { return 'main'; }",
        maths='import { name } from "./words.js";\nexport function double(n) { return 2 * n; }\nexport const x = name;',
        words="export const name = 'words';\nexport class Word {}\nexport async function later() {}",
    )
    page.evaluate(join_modules(folder, entry="main.js"))
    assert page.evaluate("found") == [8, "words", "main"]


@pytest.mark.parametrize(
    "source",
    ['export { a } from "./b.js";', 'import "./b.js";', "export default 1;", 'import a from "./b.js";'],
)
def test_a_form_that_the_joining_does_not_know_is_refused(tmp_path: Path, source: str) -> None:
    written(tmp_path, main=source, b="export const a = 1;")
    with pytest.raises(UnjoinableModule, match=r"main\.js"):
        join_modules(tmp_path, entry="main.js")


def test_a_circle_of_imports_is_refused(tmp_path: Path) -> None:
    written(
        tmp_path, main='import { b } from "./b.js";', b='import { a } from "./main.js";\nexport const b = 1;'
    )
    with pytest.raises(graphlib.CycleError):
        join_modules(tmp_path, entry="main.js")


def test_the_cold_load_fits_a_slow_line() -> None:
    texts = sum(len(packed(text, "gzip")) for text in (player_script(), player_sheet()))
    fonts = sum(path.stat().st_size for path in (STATIC / "vendor" / "be-vietnam-pro").glob("*.woff2"))
    assert (texts + fonts) / 1000 + PAGE_AND_ATTEMPT_KB <= COLD_LOAD_KB


def test_the_addresses_name_the_content(browser: TestClient) -> None:
    for address in player_addresses().values():
        kept = browser.get(address)
        other = browser.get(address.split("?", maxsplit=1)[0] + "?v=0000000000")
        assert "immutable" in kept.headers["Cache-Control"]
        assert other.headers["Cache-Control"] == "no-cache"
        assert other.text == kept.text


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, deflate", "gzip"),
        ("br;q=0, GZIP ; q=0.5", "gzip"),
        ("br; q=0.000, identity", None),
        ("", None),
    ],
)
def test_a_browser_gets_the_player_as_it_can_unpack_it(
    browser: TestClient, accepted: str, coding: str | None
) -> None:
    address = player_addresses()["script"]
    with browser.stream("GET", address, headers={"Accept-Encoding": accepted}) as answer:
        data = b"".join(answer.iter_raw())
    assert answer.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in answer.headers["Vary"]
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert unpack(data).decode() == player_script()
