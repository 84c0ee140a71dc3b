import pytest

from question_bank.taxonomy import (
    LEVEL_NAMES,
    CognitiveLevel,
    Competency,
    CompetencyTree,
    InvalidCompetencyCode,
    InvalidCompetencyTree,
    UnknownLevel,
    is_within,
    parse_competency_code,
    parse_level,
)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Nhận biết", "remember"),
        ("THÔNG HIỂU ", "understand"),
        ("vận dụng", "apply"),
        ("Vận dụng cao", "analyse"),
        ("VDC", "analyse"),
        ("th", "understand"),
        ("3", "apply"),
    ],
)
def test_levels_are_read_in_the_spellings_of_practice(text: str, level: str) -> None:
    assert parse_level(text) is CognitiveLevel(level)


def test_every_level_reads_back_from_its_names() -> None:
    for level, names in LEVEL_NAMES.items():
        assert {parse_level(name) for name in names.values()} == {level}


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(UnknownLevel, match="siêu khó"):
        parse_level("siêu khó")


def test_codes_are_dotted_capitals() -> None:
    assert parse_competency_code(" ktc.01.02 ") == "KTC.01.02"
    for text in ("", ".", "KTC..1", "KTC.", "Đ.1", "A" * 65):
        with pytest.raises(InvalidCompetencyCode):
            parse_competency_code(text)


def test_a_tree_knows_paths_children_and_subtrees() -> None:
    tree = CompetencyTree(
        [Competency("TP.01", "Hộ tịch"), Competency("TP", "Tư pháp"), Competency("TPX", "Khác")]
    )
    assert [node.code for node in tree.path("TP.01")] == ["TP", "TP.01"]
    assert [node.code for node in tree.children(None)] == ["TP", "TPX"]
    assert [node.code for node in tree.subtree("TP")] == ["TP", "TP.01"]
    assert not is_within("TPX", "TP")
    assert "TP.02" not in tree


def test_a_tree_with_a_hole_or_a_double_code_is_refused() -> None:
    with pytest.raises(InvalidCompetencyTree, match="no parent"):
        CompetencyTree([Competency("TP.01", "Hộ tịch")])
    with pytest.raises(InvalidCompetencyTree, match="twice"):
        CompetencyTree([Competency("TP", "a"), Competency("TP", "b")])
