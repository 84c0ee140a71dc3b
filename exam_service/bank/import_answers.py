"""What a person says about a file that cannot be read for sure: its encoding, the meaning of its columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from exam_service.actor import Actor
from exam_service.audit import record
from exam_service.bank.formats import DESCRIBERS, HowToRead
from exam_service.bank.import_reading import kept_how, remember
from exam_service.bank.imports import get_import, lock_import, read_import, record_reading
from exam_service.bank.models import ItemImport
from exam_service.errors import Invalid, Refusal
from exam_service.i18n import gettext as _
from question_bank.formats.column_mapping import ColumnMapping, SheetColumns
from question_bank.formats.encoding import Encoding, EncodingSample, samples


class NothingToAnswer(Refusal):
    """The file is read as it stands; there is no question of this kind about it."""

    code = "nothing_to_answer"
    message = "Tệp này không cần trả lời câu hỏi đó."


@dataclass(frozen=True)
class EncodingChoice:
    """An encoding that can be chosen, with what the file then says; `before` is what it says unchanged."""

    encoding: Encoding
    text: str
    is_likely: bool


def encoding_choices(found: ItemImport) -> list[EncodingChoice]:
    """How the file reads in every encoding it can be in, likeliest first."""
    if found.format in ("docx", "xlsx"):
        return _inside_choices(found)
    return [
        EncodingChoice(sample.encoding, sample.text, is_likely=place == 0)
        for place, sample in enumerate(_plausible(samples(found.file)))
    ]


def _plausible(found: tuple[EncodingSample, ...]) -> list[EncodingSample]:
    return list(found[:1]) + [sample for sample in found[1:] if sample.share > 0][:5]


def _inside_choices(found: ItemImport) -> list[EncodingChoice]:
    """For office files: converted as their fonts or words suggest, or left as they are."""
    guessed = [kept["params"] for kept in found.outcome.get("notes", []) if "encoding" in kept["params"]]
    choices = [
        EncodingChoice(Encoding(params["encoding"]), str(params["text"]), is_likely=place == 0)
        for place, params in enumerate(guessed)
    ]
    before = str(guessed[0].get("before", "")) if guessed else ""
    return [*choices, EncodingChoice(Encoding.UTF_8, before, is_likely=False)]


def confirm_encoding(session: Session, actor: Actor, *, import_id: UUID, encoding: Encoding) -> ItemImport:
    """The file is read in this encoding. Raises Forbidden, NotFound, ImportIsOver, NothingToAnswer, UnreadableFile."""
    found, bank = lock_import(session, actor, import_id, may_wait=True)
    if found.state != "waiting" or found.reading.get("question") != "encoding":
        raise NothingToAnswer
    if encoding not in {choice.encoding for choice in encoding_choices(found)}:
        raise Invalid(field="encoding", reason=_("Hãy chọn một bảng mã trong danh sách."))
    how = HowToRead(encoding, kept_how(found).columns)
    read_import(session, actor, found=found, bank=bank, how=how)
    record(session, actor, "import.encoding", ("item_import", found.id), encoding=encoding.value)
    record_reading(session, actor, found)
    return found


def sheets_of(session: Session, actor: Actor, import_id: UUID) -> tuple[SheetColumns, ...]:
    """The sheets (or lists of data) of an import as guessed. Raises Forbidden, NotFound, NothingToAnswer."""
    found = get_import(session, actor, import_id)
    describe = DESCRIBERS.get(found.format)
    if describe is None or found.state not in ("waiting", "previewed"):
        raise NothingToAnswer
    return describe(found.file)


def name_columns(
    session: Session, actor: Actor, *, import_id: UUID, columns: Mapping[str, ColumnMapping]
) -> ItemImport:
    """The file is read by these columns, and so is the next one of this person with the same headings.

    A sheet that is not named is read as before. Rows edited so far are read anew.
    Raises Forbidden, NotFound, ImportIsOver, NothingToAnswer, Invalid, UnreadableFile.
    """
    found, bank = lock_import(session, actor, import_id, may_wait=True)
    described = {sheet.sheet: sheet for sheet in sheets_of(session, actor, import_id)}
    wanted = {name: mapping for name, mapping in columns.items() if mapping.places and name in described}
    if not wanted or not all(mapping.is_enough for mapping in wanted.values()):
        raise Invalid(
            field="columns",
            reason=_("Hãy chỉ ra cột câu hỏi, và cột đáp án hoặc từ hai cột phương án trở lên."),
        )
    how = HowToRead(kept_how(found).encoding, wanted)
    read_import(session, actor, found=found, bank=bank, how=how)
    for name, mapping in wanted.items():
        remember(session, actor, bank_id=bank.id, sheet=described[name], mapping=mapping)
    record(session, actor, "import.columns", ("item_import", found.id), sheets=sorted(wanted))
    record_reading(session, actor, found)
    return found
