"""Real files of other engines, read as a whole: nothing is lost silently, and the readings agree with Moodle's."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def figures(shared_interop: Path) -> dict[str, Any]:
    """The last line of the benchmark."""
    environment = {**os.environ, "SHAREDDIR": str(shared_interop.parent)}
    command = [sys.executable, "-m", "benchmarks.interop"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_record_is_imported_or_named(figures: dict[str, Any]) -> None:
    assert figures["silent"] == 0
    assert figures["imported"] + figures["named"] == figures["records"] > 0


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("gift_agreement", 0.99),
        ("moodle_agreement", 0.97),
        ("score_agreement", 0.99),
        ("qti_importable", 0.85),
    ],
)
def test_type_text_and_fractions_agree_with_the_reference_engine(
    name: str, least: float, figures: dict[str, Any]
) -> None:
    assert figures[name] >= least
