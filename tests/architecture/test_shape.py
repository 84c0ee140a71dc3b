"""The rules of the architecture that a machine can check."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("question_bank", "exam_service", "performance_rating", "benchmarks")
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40
# Each exemption names why the concept cannot be split.
LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "core", "kit", "manager", "misc"}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_a_module_stays_within_one_concept(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= LONGEST_MODULE or relative(path) in LONG_MODULES, f"{lines} lines: split it by concept"
    assert path.stem not in FORBIDDEN_NAMES, "name the concept"


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_functions_stay_small(path: Path) -> None:
    long = [
        f"{node.name} ({_body_lines(node)} lines)"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and _body_lines(node) > LONGEST_FUNCTION
        and f"{relative(path)}:{node.name}" not in LONG_FUNCTIONS
    ]
    assert long == []


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code from the first statement after the docstring to the end."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 0
    return (node.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_every_public_class_and_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module has no docstring"


def test_only_the_database_module_commits() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in modules()
        if path.is_relative_to(ROOT / "exam_service") and path.name != "db.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert found == []


def test_nothing_in_the_domain_reads_the_clock_or_global_randomness() -> None:
    forbidden = re.compile(r"\b(datetime\.now|date\.today|time\.time|random\.\w+|uuid4|np\.random)\b")
    found = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in (ROOT / "question_bank").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if forbidden.search(line.split("#")[0]) and "`" not in line
    ]
    assert found == []


def tracked(*patterns: str) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    return (ROOT / name for name in listed if name and (ROOT / name).is_file())


def test_no_template_holds_inline_scripts_styles_or_handlers() -> None:
    bad = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    found = [
        f"{relative(path)}:{number}"
        for path in tracked("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bad.search(line)
    ]
    assert found == []


def test_the_repository_names_no_path_of_a_development_machine() -> None:
    bad = re.compile(r"/(?:work|farm|home/[a-z]+|root)/")
    found = [
        f"{relative(path)}:{number}"
        for path in tracked(
            "*.py", "*.md", "*.toml", "*.yml", "*.json", "*.html", "*.js", "Makefile", ".ci/*"
        )
        if "vendor" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if bad.search(line) and "re.compile" not in line
    ]
    assert found == []
