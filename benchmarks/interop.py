"""Every real exchange file against what other engines make of it: `python -m benchmarks.interop`.

Reads `../shared/interop` (or `$SHAREDDIR/interop`). The last line is JSON. A record of `expected.jsonl` is
*imported* when everything in it became items, *named* when something was refused with a reason, and *silent*
when a question of the oracle was neither; agreement is the share of the oracle's questions of which type,
text and fractions are the same here: those of the imported item where it was imported, written back in Moodle's
terms, else those that were read.
"""

import argparse
import json
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._interop_qti import KINDS as QTI_KINDS
from benchmarks._interop_qti import QtiFigures, QtiOutcome
from question_bank.formats import aiken, cloze_text, gift, missing_word, moodle_xml
from question_bank.formats.encoding import decode
from question_bank.formats.gift_parsing import parse as parse_gift
from question_bank.formats.moodle_export import question_of
from question_bank.formats.moodle_question import MoodleAnswer, MoodleQuestion, MoodleText, TextFormat
from question_bank.formats.moodle_xml_parsing import parse as parse_moodle_xml
from question_bank.formats.reading import ImportReading, Verdict
from question_bank.formats.refusal import UnreadableFile
from question_bank.items import ItemDraft
from question_bank.text import plain
from question_bank.types.cloze import BLANK, MARKER, ChoiceGap, Cloze

_TOLERANCE = 0.0005
_SPACES = re.compile(r"\s+")


@dataclass
class Tally:
    """What became of the records of one kind."""

    records: int = 0
    imported: int = 0
    named: int = 0
    silent: int = 0
    questions: int = 0
    agreed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def agreement(self) -> float | None:
        """The share of the oracle's questions that are the same here, or None without any."""
        return round(self.agreed / self.questions, 4) if self.questions else None


@dataclass(frozen=True)
class Reader:
    """A format: the reading that users get, and the questions in Moodle's terms to compare with the oracle."""

    read: Callable[[bytes], ImportReading]
    parse: Callable[[bytes], list[MoodleQuestion]]


def _text(data: bytes) -> str:
    return decode(data).text


READERS = {
    "gift": Reader(gift.read, lambda data: list(parse_gift(_text(data)))),
    "aiken": Reader(aiken.read, lambda data: list(aiken.parse(_text(data)))),
    "moodle_xml": Reader(moodle_xml.read, lambda data: list(parse_moodle_xml(data))),
    "cloze_text": Reader(cloze_text.read, lambda data: [cloze_text.parse(_text(data))]),
    "missingword": Reader(missing_word.read, lambda data: list(missing_word.parse(_text(data)))),
    "other/blackboard_six": Reader(moodle_xml.read, lambda data: list(parse_moodle_xml(data))),
    "other/examview": Reader(moodle_xml.read, lambda data: list(parse_moodle_xml(data))),
    "other/webct": Reader(gift.read, lambda data: list(parse_gift(_text(data)))),
}
_SHOWN_AS = {"gapselect": "multianswer", "ddwtos": "multianswer", "ddmatch": "match"}
"""What these types are as items of ours, in Moodle's terms."""
_FORMATS = {"moodle": TextFormat.MOODLE, "markdown": TextFormat.MARKDOWN, "plain": TextFormat.PLAIN}
_PICTURE = re.compile(r"""src=["'](?:@@PLUGINFILE@@/|media:)[^"']*["']""")


def shared_interop() -> Path | None:
    """The folder of real exchange files, or None where it is absent."""
    roots = [Path(os.environ["SHAREDDIR"])] if "SHAREDDIR" in os.environ else []
    roots += [parent / "shared" for parent in Path(__file__).resolve().parents]
    return next((root / "interop" for root in roots if (root / "interop").is_dir()), None)


def measure(folder: Path, qti: QtiFigures) -> dict[str, Tally]:
    """Read every record of `expected.jsonl`; the tallies by kind, and into `qti` what is counted across kinds."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for line in (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        tally = tallies[record["kind"]]
        tally.records += 1
        reader = READERS.get(record["kind"])
        if record["kind"] in QTI_KINDS:
            _add(qti.take(record, folder), tally=tally)
        elif reader is None:
            tally.named += 1
            tally.reasons["format not supported yet"] += 1
        else:
            _measure_record(record, (folder / record["file"]).read_bytes(), tally=tally)
    return dict(tallies)


def _add(outcome: QtiOutcome, *, tally: Tally) -> None:
    setattr(tally, outcome.result, getattr(tally, outcome.result) + 1)
    tally.reasons.update(outcome.reasons)
    tally.questions += outcome.asserted
    tally.agreed += outcome.agreed
    tally.differences += outcome.differences


def _measure_record(record: dict[str, Any], data: bytes, *, tally: Tally) -> None:
    reader = READERS[record["kind"]]
    expected = record.get("questions") or []
    try:
        reading = reader.read(data)
    except UnreadableFile as error:
        tally.named += 1
        tally.reasons[error.code] += 1
        reading = ImportReading(())
    else:
        is_whole = all(row.severity in (Verdict.OK, Verdict.WARNING) for row in reading.rows)
        items = sum(question["type"] != "category" for question in expected)
        if len(reading.rows) < items or any(row.draft is None and not row.findings for row in reading.rows):
            tally.silent += 1
        elif is_whole:
            tally.imported += 1
        else:
            tally.named += 1
        for row in reading.rows:
            if row.severity in (Verdict.HOLD, Verdict.ERROR):
                worst = next(f for f in row.findings if f.severity is row.severity)
                tally.reasons[" ".join([worst.code, str(worst.params.get("type_name", ""))]).strip()] += 1
    if expected:
        _compare(record, reader.parse(data), reading, tally=tally)


def _compare(
    record: dict[str, Any], parsed: list[MoodleQuestion], reading: ImportReading, *, tally: Tally
) -> None:
    expected = record["questions"]
    rows = iter(reading.rows)
    drafts = [None if question.kind == "category" else _imported(next(rows, None)) for question in parsed]
    found = list(zip(parsed, drafts, strict=True))
    for question in expected:
        tally.questions += 1
        at = next((i for i, pair in enumerate(found) if _agrees(question, *pair)), None)
        if at is None:
            tally.differences.append(f"{record['file']}: {question['type']} {question.get('name', '')[:60]}")
        else:
            tally.agreed += 1
            del found[at]


def _imported(row: Any) -> ItemDraft | None:
    return row.draft if row is not None and row.severity in (Verdict.OK, Verdict.WARNING) else None


def _agrees(expected: dict[str, Any], question: MoodleQuestion, draft: ItemDraft | None) -> bool:
    """Tell whether the oracle's question is this one, by the imported item where there is one."""
    if expected["type"] == "category":
        return question.kind == "category" and question.category == expected["category"]
    if expected["type"] != question.kind or _key(question.text.source) != _key(expected["text"]):
        return False
    item = question if draft is None else question_of(draft)
    is_same_kind = item.kind in (question.kind, _SHOWN_AS.get(question.kind))
    if draft is not None and not (is_same_kind and _same_stem(expected, draft)):
        return False
    if "pairs" in expected:
        return _pairs(item) == sorted((_shown(left), _shown(right)) for left, right in expected["pairs"])
    if question.kind == "truefalse":
        return _truth(item) == bool(expected["correctanswer"])
    if question.kind == "multianswer":
        return sum(gap.weight for gap in item.gaps) == float(expected["defaultmark"])
    if "choices" in expected:
        return _choices(question, draft) == [_shown(text) for text in expected["choices"]]
    return "answers" not in expected or _same_answers(
        expected["answers"], question, item, is_item=draft is not None
    )


def _same_stem(expected: dict[str, Any], draft: ItemDraft) -> bool:
    stem = MARKER.sub(BLANK, draft.content.stem)
    shown = MoodleText(expected["text"], _FORMATS.get(expected["format"], TextFormat.HTML)).rich()
    theirs = re.sub(r"\{#[0-9]+\}|\[\[[0-9]+\]\]", BLANK, shown)
    return _key(plain(stem)) == _key(plain(theirs))


def _pairs(item: MoodleQuestion) -> list[tuple[str, str]]:
    return sorted((_shown(left.source), _shown(right.source)) for left, right in item.pairs)


def _choices(question: MoodleQuestion, draft: ItemDraft | None) -> list[str]:
    """The words to choose from: of the parsed question, all of which must be in the item's gaps."""
    words = [_shown(answer.text.source) for answer in question.answers]
    if draft is not None:
        assert isinstance(draft.content, Cloze)
        gaps = [gap for gap in draft.content.gaps if isinstance(gap, ChoiceGap)]
        offered = {_shown(option.text) for gap in gaps for option in gap.options}
        return [word for word in words if word in offered]
    return words


def _same_answers(
    theirs: list[dict[str, Any]], question: MoodleQuestion, item: MoodleQuestion, *, is_item: bool
) -> bool:
    read = list(question.answers)
    if is_item:
        # "*" without points carries feedback for whatever else is entered: it is no answer of an item.
        theirs = [
            other for other in theirs if not (str(other["text"]) == "*" and float(other["fraction"]) == 0)
        ]
        read = [answer for answer in read if not (answer.text.source == "*" and answer.fraction == 0)]
    return len(read) == len(theirs) == len(item.answers) and all(
        _same_answer(raw.text.source, str(other["text"])) and _same_weight(ours, other)
        for raw, ours, other in zip(read, item.answers, theirs, strict=True)
    )


def _same_weight(ours: MoodleAnswer, other: dict[str, Any]) -> bool:
    is_near = abs(float(ours.fraction) - float(other["fraction"])) < _TOLERANCE
    return is_near and (
        "tolerance" not in other or _same_answer(ours.tolerance or "0", str(other["tolerance"]))
    )


def _same_answer(ours: str, theirs: str) -> bool:
    try:
        return abs(float(ours) - float(theirs)) < 1e-9
    except ValueError:
        return _key(ours) == _key(theirs)


def _truth(item: MoodleQuestion) -> bool | None:
    return next((a.text.source == "true" for a in item.answers if a.fraction == 1), None)


def _shown(text: str) -> str:
    return _key(plain(MoodleText(text).rich()) or text)


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", _SPACES.sub("", _PICTURE.sub("src", text)))


def _lines(tallies: dict[str, Tally], *, show_all: bool) -> Iterator[str]:
    yield f"{'kind':<18}{'records':>9}{'imported':>9}{'named':>7}{'silent':>7}{'agreement':>11}"
    for kind, tally in sorted(tallies.items()):
        agreement = "—" if tally.agreement is None else f"{tally.agreement:.2%} of {tally.questions}"
        counts = f"{tally.records:>9}{tally.imported:>9}{tally.named:>7}{tally.silent:>7}"
        yield f"{kind:<18}{counts}  {agreement}"
        yield from (f"    {count:>4} × {reason}" for reason, count in tally.reasons.most_common(12))
        yield from (f"    differs: {text}" for text in tally.differences[: None if show_all else 5])


def main() -> None:
    """Print the table, then one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="list every difference")
    folder = shared_interop()
    show_all = parser.parse_args().all
    if folder is None:
        print(json.dumps({"skipped": "the shared exchange files are not on this machine (set SHAREDDIR)"}))
        return
    qti = QtiFigures()
    tallies = measure(folder, qti)
    print("\n".join(_lines(tallies, show_all=show_all)))
    print(f"QTI items importable, of {qti.barred} with the barred interactions: {qti.importable_share:.2%}")
    for name, counts in sorted(qti.by_interaction.items()):
        print(f"    {name:<28}{counts[True]:>4} of {counts.total()}")
    print(f"    responses of the oracle that no candidate could enter: {qti.inexpressible}")
    names = ("records", "imported", "named", "silent")
    totals = {name: sum(getattr(tally, name) for tally in tallies.values()) for name in names}
    agreements = {
        "score_agreement": tallies["qti-item"].agreement,
        "qti_importable": qti.importable_share,
        "gift_agreement": tallies["gift"].agreement,
        "moodle_agreement": tallies["moodle_xml"].agreement,
    }
    print(json.dumps({**totals, **agreements}))


if __name__ == "__main__":
    main()
