"""The stand-alone verifier, run as a reader would run it: a fresh process with the standard library alone."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from question_bank.items import canonical_json
from tests.question_bank.test_draw import BUNDLE, COMMITMENT, edited, grouped_bundle

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_draw.py"


def verify(tmp_path: Path, data: bytes, *arguments: str) -> tuple[int, str]:
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(data)
    # -I -S: neither this project nor any installed package can be imported.
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(bundle), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert not done.stderr
    return done.returncode, done.stdout


def test_the_verifier_is_short_enough_to_be_read() -> None:
    assert len(VERIFIER.read_text().splitlines()) <= 150


def test_an_untouched_bundle_is_accepted(tmp_path: Path) -> None:
    status, output = verify(tmp_path, BUNDLE, COMMITMENT)
    assert (status, output.split(":")[0]) == (0, "Nothing found")


def test_options_in_groups_are_shuffled_as_the_page_says(tmp_path: Path) -> None:
    assert verify(tmp_path, grouped_bundle())[0] == 0


def test_another_commitment_than_the_published_one_is_refused(tmp_path: Path) -> None:
    status, output = verify(tmp_path, BUNDLE, "0" * 64)
    assert (status, output.split(":")[0]) == (1, "commitment")


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("manifest/label", "Kỳ khác", "manifest"),
        ("secret", "00" * 32, "secret"),
        ("public_entropy", "6 6 6", "seed_check"),
        ("pool/5/locked", True, "pool[5]"),
        ("takers/1/seen_item_ids", ["item-1"], "takers[1]"),
        ("papers/3/form/sections/0/slots/0/points", "2", "papers[3]"),
        ("late/0/paper/form_sha256", "0" * 64, "late[0].paper"),
        ("late/0/number", 2, "late[0]"),
        ("late/0/taker/seen_item_ids", ["item-2"], "late[0]"),
        ("late/1/previous", "0" * 64, "late[1]"),
        ("late/1/chain", "0" * 64, "late[1]"),
    ],
)
def test_a_changed_part_is_located(tmp_path: Path, path: str, value: object, place: str) -> None:
    status, output = verify(tmp_path, edited(path, value))
    assert status == 1
    assert place in {line.split(":")[0] for line in output.splitlines()}


def test_late_papers_left_out_are_found_by_the_published_value(tmp_path: Path) -> None:
    late = json.loads(BUNDLE)["late"]
    last = late[-1]["chain"]
    assert verify(tmp_path, BUNDLE, COMMITMENT, last)[0] == 0
    shortened = edited("late", late[:-1])
    assert verify(tmp_path, shortened, COMMITMENT)[0] == 0, "the file alone cannot know"
    status, output = verify(tmp_path, shortened, COMMITMENT, last)
    assert (status, output) == (1, "late: the last value of the chain is not the one published\n")


def test_exchanged_options_are_found_even_when_the_hash_is_made_to_fit(tmp_path: Path) -> None:
    bundle = json.loads(BUNDLE)
    paper = bundle["papers"][0]
    paper["form"]["sections"][0]["slots"][2]["option_order"].reverse()
    paper["form_sha256"] = hashlib.sha256(canonical_json(paper["form"])).hexdigest()
    status, output = verify(tmp_path, canonical_json(bundle))
    assert (status, output) == (1, "papers[0]: slot 3 is not the one that was drawn\n")


def test_a_file_that_is_no_bundle_is_named_so(tmp_path: Path) -> None:
    assert verify(tmp_path, b"{}")[0] == 1
    assert verify(tmp_path, b"\xff\xfe")[0] == 1
