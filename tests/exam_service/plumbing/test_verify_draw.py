"""`exam-service verify-draw`: a fresh process, a file, no database. What was changed is asked for in this process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from exam_service.cli import app
from question_bank.assembly import Assembly, Options, assemble
from question_bank.draw import DrawInputs, commitment, draw_seed, manifest_of, secret_sha256, seed_check
from question_bank.draw_bundle import build_bundle
from question_bank.draw_records import ItemRecord, OptionsRecord, TakerRecord
from question_bank.form import Form
from question_bank.items import canonical_json
from question_bank.merkle import merkle_path, merkle_root, root_from
from tests.question_bank.banks import city_bank, city_blueprint, takers

SECRET, DICE = bytes(range(32)), "4 1 6 3 3 2 5 6 1 4"
INPUTS = DrawInputs("Kỳ thử", city_blueprint(), tuple(city_bank(180)), tuple(takers(7)), Options())
COMMITTED = commitment(manifest_of(INPUTS, secret_sha256=secret_sha256(SECRET)))


@pytest.fixture(scope="module")
def forms() -> list[Form]:
    seed = draw_seed(SECRET, public_entropy=DICE, commitment=COMMITTED)
    drawn = assemble(INPUTS.blueprint, INPUTS.pool, takers=INPUTS.takers, seed=seed, options=INPUTS.options)
    assert isinstance(drawn, Assembly)
    return list(drawn.forms)


def verify(file: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and what was printed, by the same command in this process."""
    done = CliRunner().invoke(app, ["verify-draw", str(file), *arguments])
    return done.exit_code, done.output


def verify_afresh(file: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and what was printed; an address that leads nowhere stands for "no database"."""
    command = [Path(sys.executable).with_name("exam-service"), "verify-draw", str(file), *arguments]
    environment = {**os.environ, "DATABASE_URL": "postgresql://nowhere.invalid/none"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_bundle_is_proven_and_a_changed_one_is_located(tmp_path: Path, forms: list[Form]) -> None:
    file = tmp_path / "bundle.json"
    bundle = build_bundle(INPUTS, secret=SECRET, public_entropy=DICE, papers=forms)
    file.write_bytes(bundle)
    status, text = verify_afresh(file, COMMITTED)
    assert (status, "byte for byte" in text) == (0, True)
    changed = json.loads(bundle)
    changed["papers"][3]["form"]["sections"][1]["slots"][2]["points"] = "9"
    file.write_bytes(canonical_json(changed))
    status, text = verify(file, COMMITTED, "--late", "0" * 64)
    assert status == 1
    assert "late papers (late) are not those that were published" in text
    assert "papers.3.form.sections.1.slots.2.points" in text


def test_an_extract_is_proven_and_a_changed_one_is_located(tmp_path: Path, forms: list[Form]) -> None:
    leaves = [form.form_hash for form in forms]
    form = forms[4]
    held = {slot.version_id for slot in form.slots}
    seed = draw_seed(SECRET, public_entropy=DICE, commitment=COMMITTED)
    extract = {
        "format": "sat-hach-draw-extract/1",
        "manifest": manifest_of(INPUTS, secret_sha256=secret_sha256(SECRET)).model_dump(mode="json"),
        "commitment": COMMITTED,
        "secret": SECRET.hex(),
        "public_entropy": DICE,
        "seed_check": seed_check(seed),
        "blueprint": INPUTS.blueprint.model_dump(mode="json"),
        "options": OptionsRecord.of(INPUTS.options).model_dump(mode="json"),
        "pool": [ItemRecord.of(i).model_dump(mode="json") for i in INPUTS.pool if i.version_id in held],
        "taker": TakerRecord.of(INPUTS.takers[4]).model_dump(mode="json"),
        "paper": {"candidate_key": form.candidate_key, "form_sha256": form.form_hash, "form": form.record()},
        "path": [list(step) for step in merkle_path(leaves, 4)],
    }
    file = tmp_path / "extract.json"
    file.write_bytes(canonical_json(extract))
    root = merkle_root(leaves)
    assert verify(file, COMMITTED, "--root", root)[0] == 0
    extract["paper"]["form"]["sections"][0]["slots"][0]["option_order"].reverse()
    file.write_bytes(canonical_json(extract))
    status, text = verify(file, COMMITTED, "--root", root)
    assert status == 1
    assert "paper.form.sections.0.slots.0.option_order" in text


def test_every_leaf_of_a_merkle_tree_arrives_at_its_root_and_no_other_does() -> None:
    for size in range(1, 14):
        leaves = [f"{number:064x}" for number in range(size)]
        root = merkle_root(leaves)
        for index, leaf in enumerate(leaves):
            path = merkle_path(leaves, index)
            assert root_from(leaf, path) == root
            assert root_from(f"{99:064x}", path) != root
