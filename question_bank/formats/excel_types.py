"""The item types other than choice in a row of the house template: what its cells say, and reading them back.

Statements, entries and targets stand in the option columns, the right answer in the key column in the notation that
people use, everything else as `name: value` lines in the settings column.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from question_bank.formats.excel_cloze import SETTINGS as CLOZE_SETTINGS
from question_bank.formats.excel_cloze import cloze_text, settings_of
from question_bank.formats.excel_layout import MAX_OPTION_COLUMNS, Column
from question_bank.text import fold, plain
from question_bank.types.cloze import Cloze
from question_bank.types.content import ItemContent, new_option_id, option_label
from question_bank.types.essay import Essay
from question_bank.types.matching import Matching
from question_bank.types.numeric import Numeric
from question_bank.types.ordering import Ordering
from question_bank.types.ranking import Ranking
from question_bank.types.short_text import ShortText
from question_bank.types.true_false_cluster import TrueFalseCluster

Place = Column | int
Shown = Callable[[str], str]
_TRUTHS = {True: "Đ", False: "S", None: "?"}
_YES, _NO = "có", "không"
_CRITERION = re.compile(r"(?P<name>[^:]+?)\s*(?:\((?P<weight>[0-9]{1,4})\))?\s*(?::\s*(?P<text>.*))?")
_LEVEL = re.compile(r"-\s*(?P<share>[0-9./]+)\s*(?::\s*(?P<text>.*))?")


class UnreadableCell(ValueError):
    """A cell that does not say what its column holds; `column` names it, `text` is the part not understood."""

    def __init__(self, column: Column, text: str) -> None:
        super().__init__(text)
        self.column, self.text = column, text


# How settings are called in the settings column, by type, with the field that each sets.
_SETTINGS: dict[str, dict[str, str]] = {
    "single_choice": {"partial": "điểm phương án"},
    "multiple_choice": {"weights": "điểm phương án", "floor": "điểm sàn", "max_choices": "chọn tối đa"},
    "true_false_cluster": {"scoring": "cách chấm", "steps": "thang điểm"},
    "short_text": {
        "is_case_sensitive": "phân biệt hoa thường",
        "ignores_diacritics": "bỏ qua dấu",
        "has_wildcards": "dùng dấu * thay chữ",
        "width": "độ rộng ô",
    },
    "numeric": {
        "unit": "đơn vị",
        "unit_rule": "ghi đơn vị",
        "unit_aliases": "cách viết khác của đơn vị",
        "accepts_either_reading": "đọc cả dấu chấm thập phân",
    },
    "matching": {
        "rule": "cách chấm",
        "wrong": "điểm mỗi cặp sai",
        "max_per_prompt": "tối đa mỗi vế",
        "is_target_reusable": "dùng lại vế phải",
    },
    "ordering": {"rule": "cách chấm"},
    "ranking": {"judges": "số chuyên gia", "distance": "cách đo"},
    "essay": {"min_words": "số từ ít nhất", "max_words": "số từ nhiều nhất"},
    "cloze": dict(CLOZE_SETTINGS),
    "case": {},
}
WEIGHT = "trọng số"
"""The setting that a question inside a case has: its part of the points relative to the others."""
_VALUES = {
    "steps": "theo thang",
    "per_statement": "từng ý",
    "all_or_nothing": "đúng hết",
    "per_pair": "từng cặp",
    "per_gap": "từng chỗ trống",
    "absolute_position": "đúng vị trí",
    "adjacent_pairs": "cặp kề nhau",
    "footrule": "tổng khoảng cách",
    "squared": "tổng bình phương",
    "none": "không",
    "shown": "hiện sẵn",
    "required": "phải ghi",
}
_CODES = {fold(name): code for code, name in _VALUES.items()}


def settings_text(content: ItemContent) -> str:
    """Return the settings that differ from the usual ones, a line each."""
    names = _SETTINGS.get(content.type, {})
    usual = _usual(type(content))
    found = (
        settings_of(content)
        if isinstance(content, Cloze)
        else {field: value for field in names if (value := getattr(content, field)) != usual.get(field)}
    )
    return "\n".join(
        f"{names[field]}: {_setting_text(found[field], content)}" for field in names if field in found
    )


def _usual(kind: type[ItemContent]) -> dict[str, Any]:
    return {name: info.get_default(call_default_factory=True) for name, info in kind.model_fields.items()}


def _setting_text(value: Any, content: ItemContent) -> str:
    match value:
        case bool():
            return _YES if value else _NO
        case tuple():
            return "; ".join(value)
        case dict():
            letters = {id_: option_label(i) for i, id_ in enumerate(content.shuffle_units().ids)}
            return "; ".join(f"{letters.get(key, key)} = {share}" for key, share in value.items())
    text = str(value)
    return _VALUES.get(text, text)


def read_settings(kind: str, text: str, ids: Sequence[str]) -> dict[str, Any]:
    """Return the fields that the lines set; `ids` are those of the options, for settings by letter.

    Raises:
        UnreadableCell: a line that names no setting of this type, or none of its values.
    """
    fields: dict[str, Any] = {}
    by_name = {fold(name): field for field, name in _SETTINGS.get(kind, {}).items()}
    for line in filter(str.strip, text.split("\n")):
        name, _colon, value = line.partition(":")
        field = by_name.get(fold(name))
        if fold(name) == fold(WEIGHT):
            continue
        if field is None:
            raise UnreadableCell(Column.SETTINGS, line)
        fields[field] = _setting(field, value.strip(), ids)
    return fields


def part_weight(text: str) -> int:
    """Return the weight that the settings of a question inside a case give it; 1 where they give none."""
    for line in text.split("\n"):
        name, _colon, value = line.partition(":")
        if fold(name) == fold(WEIGHT) and value.strip().isdecimal():
            return int(value)
    return 1


_BOOLEANS = frozenset(
    "is_case_sensitive ignores_diacritics has_wildcards accepts_either_reading is_target_reusable".split()
)
_LISTS = frozenset({"steps", "unit_aliases"})
_BY_LETTER = frozenset({"partial", "weights"})
_NUMBERS = frozenset({"max_choices", "max_per_prompt", "judges", "min_words", "max_words"})


def _setting(field: str, value: str, ids: Sequence[str]) -> Any:
    if field in _BOOLEANS:
        if fold(value) not in (fold(_YES), fold(_NO)):
            raise UnreadableCell(Column.SETTINGS, value)
        return fold(value) == fold(_YES)
    if field in _LISTS:
        return [part.strip() for part in value.split(";") if part.strip()]
    if field in _BY_LETTER:
        return {ids[index]: share for index, share in _by_letter(value, Column.SETTINGS, len(ids))}
    if field in _NUMBERS:
        if not value.isdecimal():
            raise UnreadableCell(Column.SETTINGS, value)
        return int(value)
    return _CODES.get(fold(value), value)


def _by_letter(text: str, column: Column, count: int) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for part in filter(str.strip, re.split(r"[;\n]", text)):
        match = re.fullmatch(r"\s*([A-H])\s*[=:]\s*([-0-9.,/]+)\s*", part)
        if match is None or ord(match[1]) - ord("A") >= count:
            raise UnreadableCell(column, part.strip())
        found.append((ord(match[1]) - ord("A"), match[2].replace(",", ".")))
    return found


def type_cells(content: ItemContent, shown: Shown) -> dict[Place, str] | None:
    """Return the cells of a type that is no choice; None for one that fits no row."""
    match content:
        case TrueFalseCluster():
            key = ", ".join(_TRUTHS[statement.key] for statement in content.statements)
            return _listed([shown(statement.text) for statement in content.statements], key)
        case Ordering():
            letters = {option.id: option_label(i) for i, option in enumerate(content.options)}
            key = ", ".join(letters.get(option_id, "?") for option_id in content.order)
            return _listed([shown(option.text) for option in content.options], key)
        case Ranking():
            letters = {option.id: option_label(i) for i, option in enumerate(content.options)}
            key = "; ".join(
                f"{letters.get(i, '?')} = {_comma(mean)}" for i, mean in content.consensus.items()
            )
            return _listed([shown(option.text) for option in content.options], key)
        case ShortText():
            return {Column.KEY: " | ".join(_with_share(a.text, a.share) for a in content.answers)}
        case Numeric():
            return {Column.KEY: " | ".join(_number_text(a) for a in content.answers)}
        case Matching():
            return _matching_cells(content, shown)
        case Cloze():
            return {Column.STEM: cloze_text(content, shown)}
        case Essay():
            return {Column.KEY: shown(content.guidance), Column.RUBRIC: _rubric_text(content, shown)}
    return None


def _listed(texts: Sequence[str], key: str) -> dict[Place, str] | None:
    if len(texts) > MAX_OPTION_COLUMNS:
        return None
    return {**dict(enumerate(texts)), Column.KEY: key}


def _comma(number: str) -> str:
    return number.replace(".", ",")


def _with_share(text: str, share: str) -> str:
    return text if share == "1" else f"{text} [{share}]"


def _number_text(answer: Any) -> str:
    text = _comma(answer.value) + (f" ± {_comma(answer.tolerance)}" if answer.tolerance != "0" else "")
    return _with_share(text, answer.share)


def _matching_cells(content: Matching, shown: Shown) -> dict[Place, str] | None:
    letters = {target.id: option_label(i) for i, target in enumerate(content.targets)}
    lines = []
    for prompt in content.prompts:
        pairs = [
            _with_share(letters.get(pair.target, "?"), pair.share or "1")
            for pair in content.pairs
            if pair.prompt == prompt.id
        ]
        lines.append(f"{shown(prompt.text)} = {', '.join(pairs)}".rstrip())
    return _listed([shown(target.text) for target in content.targets], "\n".join(lines))


def _rubric_text(content: Essay, shown: Shown) -> str:
    lines: list[str] = []
    for criterion in content.rubric:
        text = shown(criterion.description)
        lines.append(f"{criterion.name} ({criterion.weight})" + (f": {text}" if text else ""))
        for level in criterion.levels:
            text = shown(level.description)
            lines.append(f"- {level.share}" + (f": {text}" if text else ""))
    return "\n".join(lines)


def type_fields(
    kind: str, texts: Mapping[int, str], *, key: str, rubric: str, rich: Callable[[str], str]
) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a type that is no choice, and the ids of what stands in the option columns.

    `texts` are the option cells as rich text by index; `key` and `rubric` those cells as they are.

    Raises:
        UnreadableCell: the key or the rubric does not read as this type needs it.
    """
    ids = [new_option_id() for _text in texts]
    ordered = [texts[index] for index in sorted(texts)]
    options = [{"id": id_, "text": text} for id_, text in zip(ids, ordered, strict=True)]
    match kind:
        case "true_false_cluster":
            truths = _read_truths(key, len(ids))
            return {"statements": [{**o, "key": t} for o, t in zip(options, truths, strict=True)]}, ids
        case "ordering":
            return {"options": options, "order": [ids[i] for i in _letters(key, len(ids))]}, ids
        case "ranking":
            consensus = {ids[i]: mean for i, mean in _by_letter(key, Column.KEY, len(ids))}
            return {"options": options, "consensus": consensus}, ids
        case "short_text":
            return {"answers": [_answer(part) for part in _parts(key)]}, ids
        case "numeric":
            return {"answers": [_number(part) for part in _parts(key)]}, ids
        case "matching":
            return _read_matching(key, options, rich), ids
    return {"guidance": rich(key), "rubric": _read_rubric(rubric, rich)}, ids


def _read_truths(key: str, count: int) -> list[bool | None]:
    words = re.findall(r"Đúng|Sai|Đ|S|\?", re.sub(r"\b[A-H1-8]\s*[).:=–-]\s*", "", key), re.IGNORECASE)
    if key.strip() and len(words) != count:
        raise UnreadableCell(Column.KEY, key)
    return [None if word == "?" else fold(word) in ("d", "dung") for word in words] or [None] * count


def _letters(key: str, count: int) -> list[int]:
    letters = re.findall("[A-H]", key.upper()) if re.fullmatch(r"[\sA-Ha-h,;>→–-]*", key) else []
    indexes = [ord(letter) - ord("A") for letter in letters]
    if key.strip() and (not indexes or max(indexes) >= count):
        raise UnreadableCell(Column.KEY, key)
    return indexes


def _parts(key: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|\n]", key) if part.strip()]


def _share_of(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)\s*\[([0-9./]+)\]", text, re.DOTALL)
    return (match[1], match[2]) if match else (text, "1")


def _answer(part: str) -> dict[str, str]:
    text, share = _share_of(part)
    return {"text": text, "share": share}


def _number(part: str) -> dict[str, str]:
    text, share = _share_of(part)
    match = re.fullmatch(r"(-?[0-9]+(?:[.,][0-9]+)?)(?:\s*(?:±|\+/-|\+-)\s*([0-9]+(?:[.,][0-9]+)?))?", text)
    if match is None:
        raise UnreadableCell(Column.KEY, part)
    tolerance = (match[2] or "0").replace(",", ".")
    return {"value": match[1].replace(",", "."), "tolerance": tolerance, "share": share}


def _read_matching(key: str, options: list[dict[str, str]], rich: Callable[[str], str]) -> dict[str, Any]:
    """Return prompts and pairs; without target columns, what stands behind `=` is the target itself."""
    prompts: list[dict[str, str]] = []
    pairs: list[dict[str, str]] = []
    targets = list(options)
    known = {fold(plain(target["text"])): target["id"] for target in targets}
    for line in filter(str.strip, key.split("\n")):
        left, is_pair, right = line.rpartition("=")
        if not is_pair:
            raise UnreadableCell(Column.KEY, line)
        prompt = {"id": new_option_id(), "text": rich(left.strip())}
        prompts += [prompt] if left.strip() else []
        for part, share in map(_share_of, _targets_of(right, len(options))):
            letter = re.fullmatch("[A-H]", part) if options else None
            if letter and ord(part) - ord("A") < len(options):
                target = options[ord(part) - ord("A")]["id"]
            else:
                target = known.setdefault(fold(part), new_option_id())
                if all(target != kept["id"] for kept in targets):
                    targets.append({"id": target, "text": rich(part)})
            if left.strip():
                pairs.append(
                    {"prompt": prompt["id"], "target": target, "share": "" if share == "1" else share}
                )
    return {"prompts": prompts, "targets": targets, "pairs": pairs}


def _targets_of(right: str, count: int) -> list[str]:
    pattern = r"\s*(?:[A-H](?:\s*\[[0-9./]+\])?\s*(?:,\s*|$))+"
    if count and re.fullmatch(pattern, right):
        return [part.strip() for part in right.split(",") if part.strip()]
    return [right.strip()] if right.strip() else []


def _read_rubric(rubric: str, rich: Callable[[str], str]) -> list[dict[str, Any]]:
    criteria: list[dict[str, Any]] = []
    for line in filter(str.strip, rubric.split("\n")):
        level = _LEVEL.fullmatch(line.strip())
        if level and criteria:
            found = {"id": new_option_id(), "share": level["share"], "description": rich(level["text"] or "")}
            criteria[-1]["levels"].append(found)
            continue
        match = _CRITERION.fullmatch(line.strip())
        if match is None:
            raise UnreadableCell(Column.RUBRIC, line)
        criteria.append(
            {
                "id": new_option_id(),
                "name": match["name"],
                "weight": int(match["weight"] or 1),
                "description": rich(match["text"] or ""),
                "levels": [],
            }
        )
    return criteria
