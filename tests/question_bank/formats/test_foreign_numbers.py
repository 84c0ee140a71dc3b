"""Numbers of files from elsewhere may be typed with the dot as decimal sign; our own keep how they are read."""

import pytest

from question_bank.formats import gift, moodle_xml
from question_bank.formats.qti import reading as qti
from question_bank.formats.qti import writing as qti_writing
from question_bank.formats.reading import ImportReading
from question_bank.items import ItemDraft
from question_bank.types.cloze import Cloze, NumberGap
from question_bank.types.numeric import Numeric
from tests.question_bank.formats.qti_files import item, response, rules

FOREIGN = (
    gift.read(b"Chu vi? {#33.333}\n"),
    moodle_xml.read(
        b"<quiz><question type='numerical'><questiontext><text>Chu vi?</text></questiontext>"
        b"<answer fraction='100'><text>33.333</text><tolerance>0</tolerance></answer></question></quiz>"
    ),
    qti.read(
        item(
            body="<p>Chu vi? <textEntryInteraction responseIdentifier='RESPONSE'/></p>",
            declarations=response("33.333", base="float"),
            processing=rules(
                "<responseCondition><responseIf><equal toleranceMode='exact'><variable identifier='RESPONSE'/>"
                "<baseValue baseType='float'>33.333</baseValue></equal><setOutcomeValue identifier='SCORE'>"
                "<baseValue baseType='float'>1</baseValue></setOutcomeValue></responseIf></responseCondition>"
            ),
        )
    ),
)


@pytest.mark.parametrize("reading", FOREIGN, ids=["gift", "moodle_xml", "qti"])
def test_a_number_from_elsewhere_is_right_in_both_ways_of_writing_it(reading: ImportReading) -> None:
    (row,) = reading.rows
    assert row.draft is not None
    content = row.draft.content
    assert isinstance(content, Numeric)
    for typed, points in (("33.333", 1), ("33,333", 1), ("33,334", 0)):
        assert content.grade(content.parse_response({"text": typed})).share == points, typed


def number(*, either: bool) -> ItemDraft:
    return ItemDraft(
        content=Numeric(stem="Chu vi?", answers=[{"value": "33.333"}], accepts_either_reading=either)
    )


def gaps(*either: bool) -> ItemDraft:
    made = [
        {"id": f"g{n}", "kind": "number", "answers": [{"value": str(n)}], "accepts_either_reading": one}
        for n, one in enumerate(either)
    ]
    stem = " ".join(f"[[gap:g{n}]] mét" for n in range(len(made)))
    return ItemDraft(content=Cloze(stem=stem, gaps=made))


EVERYWHERE = ("moodle_xml", "qti 3.0", "qti 2.1")


@pytest.mark.parametrize(
    ("name", "draft"),
    [
        *((name, number(either=either)) for name in ("gift", *EVERYWHERE) for either in (True, False)),
        *((name, gaps(True, False, True)) for name in EVERYWHERE),
    ],
)
def test_an_export_reads_back_with_the_same_readings(name: str, draft: ItemDraft) -> None:
    written = {
        "gift": lambda: gift.read(gift.write([draft])),
        "moodle_xml": lambda: moodle_xml.read(moodle_xml.write([draft])),
        "qti 3.0": lambda: qti.read(qti_writing.write([draft], version="3.0")),
        "qti 2.1": lambda: qti.read(qti_writing.write([draft], version="2.1")),
    }[name]()
    (row,) = written.rows
    assert row.draft is not None
    assert readings(row.draft) == readings(draft)


def readings(draft: ItemDraft) -> list[bool]:
    content = draft.content
    assert isinstance(content, Numeric | Cloze)
    keys = [content] if isinstance(content, Numeric) else list(content.gaps)
    return [key.accepts_either_reading for key in keys if isinstance(key, Numeric | NumberGap)]
