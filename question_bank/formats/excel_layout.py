"""The columns of a question spreadsheet: the house template, headers met in practice, spellings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from question_bank.formats.workbook import CellValue, Sheet
from question_bank.taxonomy import LEVEL_NAMES, RATING_NAMES
from question_bank.text import clean_text, fold
from question_bank.types.multiple_choice import MultipleChoiceRule

MAX_OPTION_COLUMNS = 8
_HEADER_SEARCH_ROWS = 30


class Column(StrEnum):
    """What a column other than an option holds; the value is its heading in the house template."""

    SEQUENCE = "STT"
    SOURCE_ID = "Mã câu hỏi"
    TYPE = "Loại"
    STEM = "Nội dung câu hỏi"
    KEY = "Đáp án"
    RATIONALE = "Giải thích"
    BASIS = "Căn cứ"
    IN_FORCE_FROM = "Hiệu lực từ"
    IN_FORCE_TO = "Hết hiệu lực"
    COMPETENCY = "Năng lực"
    LEVEL = "Mức độ"
    RATING = "Độ khó ước lượng"
    EXPECTED_TIME = "Thời gian (giây)"
    TAGS = "Từ khóa"
    PINNED = "Giữ vị trí"
    MARKUP = "Định dạng"
    PASSAGE = "Đoạn dẫn"
    OPTIONS = "Các phương án"
    SETTINGS = "Thiết lập"
    RUBRIC = "Tiêu chí chấm"
    OF_CASE = "Thuộc tình huống"


TEMPLATE: tuple[Column | int, ...] = (
    Column.SEQUENCE,
    Column.SOURCE_ID,
    Column.TYPE,
    Column.STEM,
    *range(MAX_OPTION_COLUMNS),
    Column.KEY,
    Column.RATIONALE,
    Column.BASIS,
    Column.IN_FORCE_FROM,
    Column.IN_FORCE_TO,
    Column.COMPETENCY,
    Column.LEVEL,
    Column.RATING,
    Column.EXPECTED_TIME,
    Column.TAGS,
    Column.PINNED,
    Column.MARKUP,
    Column.SETTINGS,
    Column.RUBRIC,
    Column.OF_CASE,
)
"""The house template from left to right; a number is the option of that index (0 is A)."""

_ALIASES: dict[Column, str] = {
    Column.SEQUENCE: "stt|so tt|so thu tu|tt|no",
    Column.SOURCE_ID: "ma cau hoi|ma cau|ma|id|code",
    Column.TYPE: "loai|loai cau hoi|dang cau hoi|dang|type",
    Column.STEM: "noi dung cau hoi|cau hoi|noi dung cau hoi trac nghiem|phan dan|de bai|question|stem",
    Column.KEY: "dap an|dap an dung|dap an dung nhat|phuong an dung|key|answer|correct answer",
    Column.RATIONALE: "giai thich|loi giai|huong dan giai|explanation",
    Column.BASIS: "can cu|can cu phap ly|co so phap ly|trich dan|van ban|nguon",
    Column.IN_FORCE_FROM: "hieu luc tu|ngay hieu luc|co hieu luc tu",
    Column.IN_FORCE_TO: "het hieu luc|het hieu luc tu|hieu luc den|ngay het hieu luc",
    Column.COMPETENCY: "nang luc|ma nang luc|chuan nang luc",
    Column.LEVEL: "muc do|muc do nhan thuc|cap do|do kho|level",
    Column.RATING: "do kho uoc luong|do kho du kien|difficulty",
    Column.EXPECTED_TIME: "thoi gian giay|thoi gian|thoi gian du kien giay",
    Column.TAGS: "tu khoa|the|tag|tags|nhan|hang muc|chu de|linh vuc",
    Column.PINNED: "giu vi tri|co dinh",
    Column.MARKUP: "dinh dang",
    Column.SETTINGS: "thiet lap|cai dat",
    Column.RUBRIC: "tieu chi cham|thang diem cham|rubric",
    Column.OF_CASE: "thuoc tinh huong",
    Column.PASSAGE: "doan dan|doan van|ngu lieu|tinh huong",
    Column.OPTIONS: "cac phuong an|phuong an tra loi|phuong an|cac phuong an tra loi|lua chon|cac lua chon|options|"
    "dap an lua chon|cac dap an|phuong an lua chon|cau tra loi",
}
_COLUMN_BY_ALIAS = {alias: column for column, names in _ALIASES.items() for alias in names.split("|")}
_OPTION_HEADER = re.compile(
    r"(?:(?:phuong an|lua chon|dap an|cau tra loi|tra loi|y|pa|option) ?)?(?P<letter>[a-h])"
    r"|(?:phuong an|lua chon|dap an|cau tra loi|pa|option) ?(?P<number>[1-8])"
)

TYPE_NAMES: dict[tuple[str, MultipleChoiceRule | None], str] = {
    ("single_choice", None): "Một lựa chọn",
    ("multiple_choice", MultipleChoiceRule.ALL_OR_NOTHING): "Nhiều lựa chọn",
    ("multiple_choice", MultipleChoiceRule.PARTIAL): "Nhiều lựa chọn, tính điểm từng phần",
    ("multiple_choice", MultipleChoiceRule.WEIGHTED): "Nhiều lựa chọn, theo trọng số",
    ("true_false", None): "Đúng/Sai",
    ("true_false_cluster", None): "Chùm đúng/sai",
    ("short_text", None): "Trả lời ngắn",
    ("numeric", None): "Điền số",
    ("cloze", None): "Điền chỗ trống",
    ("matching", None): "Ghép đôi",
    ("ordering", None): "Sắp xếp",
    ("ranking", None): "Xếp hạng theo chuyên gia",
    ("essay", None): "Tự luận",
    ("case", None): "Tình huống",
}
"""How the template names each type (and scoring rule)."""

_TYPE_SPELLINGS: dict[tuple[str, MultipleChoiceRule | None], str] = {
    ("single_choice", None): "mot lua chon|1 lua chon|mot dap an|trac nghiem|chon mot|single choice",
    ("multiple_choice", MultipleChoiceRule.ALL_OR_NOTHING): "nhieu lua chon|nhieu dap an|multiple choice",
    ("multiple_choice", MultipleChoiceRule.PARTIAL): "nhieu lua chon tinh diem tung phan|partial",
    ("multiple_choice", MultipleChoiceRule.WEIGHTED): "nhieu lua chon theo trong so|weighted",
    ("true_false", None): "dung sai|true false",
    ("true_false_cluster", None): "chum dung sai|dung sai nhieu y|cau dung sai 4 y|true false cluster",
    ("short_text", None): "tra loi ngan|dien tu|dien khuyet|short text|short answer",
    ("numeric", None): "dien so|so|numeric|numerical",
    ("cloze", None): "dien cho trong|dien vao cho trong|cloze",
    ("matching", None): "ghep doi|ghep cap|noi cot|matching",
    ("ordering", None): "sap xep|sap xep thu tu|ordering",
    ("ranking", None): "xep hang theo chuyen gia|xep hang|ranking",
    ("essay", None): "tu luan|essay",
    ("case", None): "tinh huong|case",
}
TYPE_BY_SPELLING = {name: kind for kind, names in _TYPE_SPELLINGS.items() for name in names.split("|")}

LEVEL_CHOICES = tuple(names["vi"] for names in LEVEL_NAMES.values())
RATING_CHOICES = tuple(names["vi"] for names in RATING_NAMES.values())
MARKUP_HTML = "HTML"
MARKUP_PLAIN = "Văn bản"
PINNED_ALL = "Tất cả"
PINNED_NONE = "Không"
TRUE_NAMES = frozenset({"dung", "d", "true", "t", "co", "1"})
FALSE_NAMES = frozenset({"sai", "s", "false", "f", "khong", "0"})


@dataclass(frozen=True, slots=True)
class Header:
    """Where one sheet's columns are; rows and columns count from 0. `ignored` are unknown headings."""

    row: int
    columns: dict[Column, int]
    options: dict[int, int]
    ignored: tuple[tuple[int, str], ...] = field(default=())

    @property
    def is_house(self) -> bool:
        """Tell whether the sheet follows the house template, in which signs and colours mean nothing."""
        return Column.MARKUP in self.columns


HOUSE_HEADER = Header(
    -1,
    {place: index for index, place in enumerate(TEMPLATE) if isinstance(place, Column)},
    {place: index for index, place in enumerate(TEMPLATE) if isinstance(place, int)},
)
"""Rows of the house template without its heading."""


def find_header(sheet: Sheet) -> Header | None:
    """Return the first row near the top that names a question column and keys or options, or None."""
    for index, row in enumerate(sheet.rows[:_HEADER_SEARCH_ROWS]):
        header = _match_header(index, row)
        has_answers = header.columns.keys() & {Column.KEY, Column.OPTIONS} or len(header.options) >= 2
        if Column.STEM in header.columns and has_answers:
            return header
    return None


def column_named(heading: str) -> Column | None:
    """Return the column that a heading plainly names, or None."""
    return _COLUMN_BY_ALIAS.get(fold(heading))


def option_named(heading: str) -> int | None:
    """Return the index of the option that a heading plainly names, or None."""
    match = _OPTION_HEADER.fullmatch(fold(heading))
    return _option_number(match) if match else None


def _match_header(index: int, row: Sequence[CellValue]) -> Header:
    columns: dict[Column, int] = {}
    options: dict[int, int] = {}
    ignored: list[tuple[int, str]] = []
    content_column: int | None = None
    for position, value in enumerate(row):
        heading = fold(value) if isinstance(value, str) else ""
        option = _OPTION_HEADER.fullmatch(heading)
        column = _COLUMN_BY_ALIAS.get(heading)
        if column is not None and column not in columns:
            columns[column] = position
        elif option and (number := _option_number(option)) not in options:
            options[number] = position
        elif heading == "noi dung" and content_column is None:
            content_column = position
        elif heading:
            ignored.append((position, clean_text(str(value))))
    if content_column is not None:
        # Beside a question column "Nội dung" is the passage that several questions share; alone it is the
        # question.
        columns.setdefault(Column.PASSAGE if Column.STEM in columns else Column.STEM, content_column)
    return Header(index, columns, options, tuple(ignored))


def _option_number(match: re.Match[str]) -> int:
    return ord(match["letter"]) - ord("a") if match["letter"] else int(match["number"]) - 1


def seen_headings(sheets: Sequence[Sheet]) -> str:
    """Return what stands in the first filled row, for telling the sender why no header was found."""
    for sheet in sheets:
        for row in sheet.rows[:_HEADER_SEARCH_ROWS]:
            texts = [clean_text(str(value))[:40] for value in row if value != ""]
            if texts:
                return ", ".join(f"“{text}”" for text in texts[:12])
    return "—"
