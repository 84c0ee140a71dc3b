"""Every question of the real files is found, with its key where the file has one, or named; none is passed over."""

from collections.abc import Callable
from pathlib import Path

import pytest

from question_bank.formats import docx_file, excel, json_questions, plain_text
from question_bank.formats.reading import ImportReading
from question_bank.types.single_choice import SingleChoice

Reader = Callable[[bytes], ImportReading]
FILES: tuple[tuple[str, Reader, int, int], ...] = (
    ("01_onthicongchuc_tonghop_200.xlsx", excel.read, 200, 200),
    ("04_mau_import_bracketlevel_ANSWER_asis.docx", docx_file.read, 11, 11),
    ("05_qlnn_common.js.txt", json_questions.read, 99, 99),
    ("06_luat_cbcc_2025_obfuscated.js.txt", json_questions.read, 50, 50),
    ("10_layout_trangtinphapluat_inline-lowercase_dapan-line.txt", plain_text.read, 2, 2),
    ("12_layout_quangbinh2016_cau-hoi-N_glued-options.txt", plain_text.read, 3, 0),
    ("14_layout_nganhang-cauhoi-2013_table_phuongan1-4_basis-inside-option.txt", plain_text.read, 2, 0),
    ("16_layout_citd_tinhoc_modul_no-key.txt", plain_text.read, 3, 0),
    ("18_layout_ltccqdp2025_web_truncated.txt", plain_text.read, 2, 1),
    ("19_vmlu_civilservant_adminlaw_sample.jsonl", json_questions.read, 200, 97),
)
"""File, reader, questions in it, questions whose key the file gives in a way that can be relied on."""


@pytest.mark.parametrize(("name", "read", "total", "keyed"), FILES, ids=[name[:2] for name, *_rest in FILES])
def test_found_and_named_are_all_of_the_file(
    name: str, read: Reader, total: int, keyed: int, shared_questions: Path
) -> None:
    rows = read((shared_questions / name).read_bytes()).rows
    found = [row for row in rows if row.draft is not None and row.preview]
    named = [row for row in rows if row.draft is None and row.findings]
    assert len(found) + len(named) == total
    assert len(rows) == total
    contents = [row.draft.content for row in found if row.draft is not None]
    assert sum(content.correct_response() is not None for content in contents) == keyed
    held = [row for row in found if row.draft and row.draft.content.correct_response() is None]
    assert all(row.findings for row in held)
    assert all(isinstance(content, SingleChoice) for content in contents)


def test_no_real_file_is_left_out(shared_questions: Path) -> None:
    assert {path.name for path in shared_questions.iterdir()} - {"SOURCES.tsv"} == {
        name for name, *_ in FILES
    }
