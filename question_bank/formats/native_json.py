"""The native format: a bank with everything that is known of its items, lossless, in a package with hashes.

An entry `items/CODE.json` holds an item as it stands, all its versions with their review steps and the people in
them by name, its enemies, its family, and its record from an earlier place, if it was imported. Images are entries
`media/NAME`. What is read is a draft again: reviews of another place are kept as a record and approve nothing here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
)

from question_bank.formats.comparing import compare_rows
from question_bank.formats.drafting import Found, say_problems
from question_bank.formats.encoding import UnreadableText
from question_bank.formats.native_package import Package, pack, unpack
from question_bank.formats.reading import ImportReading, RowFinding, RowVerdict, Verdict
from question_bank.formats.unsupported import Unsupported, UnsupportedItem
from question_bank.items import ItemDraft, canonical_json, content_hash
from question_bank.media import MediaRefused, clean_image
from question_bank.review import ReviewState
from question_bank.text import CleanText

_MAX_ITEMS = 20_000
_Name = Annotated[CleanText, StringConstraints(max_length=300)]
_Code = Annotated[CleanText, StringConstraints(min_length=1, max_length=100)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NativeStep(_Record):
    """A step of the life cycle; `by` is a person's name, empty for the system."""

    from_state: ReviewState
    to_state: ReviewState
    by: _Name = ""
    reason: Annotated[str, StringConstraints(max_length=4000)] = ""
    at: AwareDatetime


class NativeVersion(_Record):
    """An immutable version with the hash of its content and the steps that it took, oldest first."""

    number: Annotated[int, Field(ge=1)]
    state: ReviewState
    draft: ItemDraft
    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    author: _Name
    created_at: AwareDatetime
    steps: Annotated[tuple[NativeStep, ...], Field(max_length=1000)] = ()


class NativeEnemy(_Record):
    """An item, by its code, that must not meet this one in a form."""

    code: _Code
    reason: Annotated[str, StringConstraints(max_length=4000)] = ""


class NativeItem(_Record):
    """An item as it stands; `draft` is what it says now. `id` is its identity in the place that wrote it.

    `family` holds the codes of its clones. `origin` is its record from the place that it came from before.
    """

    id: UUID | None = None
    code: _Code
    state: ReviewState = ReviewState.DRAFT
    draft: ItemDraft
    author: _Name = ""
    authors: Annotated[tuple[_Name, ...], Field(max_length=200)] = ()
    versions: Annotated[tuple[NativeVersion, ...], Field(max_length=1000)] = ()
    enemies: Annotated[tuple[NativeEnemy, ...], Field(max_length=1000)] = ()
    family: Annotated[tuple[_Code, ...], Field(max_length=1000)] = ()
    origin: "NativeOrigin | None" = None


class NativeOrigin(_Record):
    """Where an item was before: the bank's name, when it was written there, and the item as it was."""

    bank: _Name
    exported_at: AwareDatetime | None = None
    item: NativeItem


class NativeBank(_Record):
    """What the package is about."""

    code: _Name = ""
    name: _Name = ""
    exported_at: AwareDatetime | None = None


def unsupported(draft: ItemDraft) -> Unsupported | None:  # noqa: ARG001 - as every format
    """Return None: this format holds everything."""
    return None


def write(items: Iterable[ItemDraft], media: Mapping[str, bytes] | None = None) -> bytes:
    """Return a package of items without history, by their source ids or else by their place.

    Raises:
        UnsupportedItem: an image is missing.
    """
    records = [
        NativeItem(code=draft.source_id or f"item-{number:05}", draft=draft)
        for number, draft in enumerate(items, start=1)
    ]
    return write_bank(NativeBank(), records, media=media or {})


def write_bank(
    bank: NativeBank, items: Sequence[NativeItem], *, media: Mapping[str, bytes], is_zip: bool = True
) -> bytes:
    """Return the package, the same bytes for the same bank; `media` holds the images that any version shows.

    Raises:
        UnsupportedItem: an image that an item shows now is missing.
    """
    entries: dict[str, bytes] = {}
    for index, item in enumerate(items):
        for name in sorted(item.draft.content.media() - media.keys()):
            raise UnsupportedItem(index, Unsupported("media_missing", {"name": name}))
        # An image that only history shows may be gone in the place that wrote the history.
        entries |= {f"media/{name}": media[name] for name in sorted(images_of(item) & media.keys())}
        entries[f"items/{index + 1:05}.json"] = canonical_json(item.model_dump(mode="json"))
    return pack(entries, about=bank.model_dump(mode="json"), is_zip=is_zip)


def template() -> bytes:
    """Return a package without items."""
    return write_bank(NativeBank(), [], media={})


def images_of(item: NativeItem) -> frozenset[str]:
    """Return the names of the images that the item shows now, showed before, or showed elsewhere."""
    drafts = [item.draft, *(version.draft for version in item.versions)]
    own = frozenset(name for draft in drafts for name in draft.content.media())
    return own | (images_of(item.origin.item) if item.origin else frozenset())


def read(data: bytes) -> ImportReading:
    """Return the verdict on every item; each row carries its record as `origin`.

    An entry that is not as the manifest says is named and not imported; the others are.

    Raises:
        UnreadableText: see `unpack`; also `no_questions`, `too_many_questions`.
    """
    package = unpack(data)
    try:
        bank = NativeBank.model_validate(dict(package.about))
    except ValidationError as error:
        raise UnreadableText("not_a_package") from error
    media, findings = _media(package)
    paths = sorted({*package.entries, *package.changed, *package.missing})
    items = [path for path in paths if path.startswith("items/")]
    if not items or len(items) > _MAX_ITEMS:
        raise UnreadableText("too_many_questions" if items else "no_questions", {"limit": _MAX_ITEMS})
    rows = [_row(package, path, row, bank=bank, media=media) for row, path in enumerate(items, start=1)]
    return ImportReading(tuple(compare_rows(rows)), tuple(findings), media)


def _media(package: Package) -> tuple[dict[str, bytes], list[RowFinding]]:
    media: dict[str, bytes] = {}
    findings = [RowFinding("entry_not_listed", Verdict.WARNING, path[:200]) for path in package.unlisted]
    broken = (path for path in (*package.changed, *package.missing) if not path.startswith("items/"))
    findings += [RowFinding("entry_changed", Verdict.WARNING, path[:200]) for path in broken]
    for path, data in package.entries.items():
        name = path.removeprefix("media/")
        if name == path:
            continue
        try:
            image = clean_image(data)
        except MediaRefused as refused:
            findings.append(RowFinding(refused.code, Verdict.WARNING, path[:200], refused.params))
            continue
        if image.name == name:
            media[name] = image.data
        else:
            findings.append(RowFinding("entry_changed", Verdict.WARNING, path[:200]))
    return media, findings


def _row(
    package: Package, path: str, row: int, *, bank: NativeBank, media: Mapping[str, bytes]
) -> RowVerdict:
    found = Found(row)
    if path not in package.entries:
        code = "entry_changed" if path in package.changed else "entry_missing"
        found.say(code, Verdict.ERROR, path)
        return found.verdict(None, preview=path)
    try:
        item = NativeItem.model_validate_json(package.entries[path])
    except ValidationError as error:
        names = sorted({".".join(map(str, detail["loc"]))[:120] for detail in error.errors()})
        for name in names[:10]:
            found.say("value_refused", Verdict.ERROR, path, field=name)
        return found.verdict(None, preview=path)
    for version in item.versions:
        if content_hash(version.draft.content) != version.content_hash:
            found.say("version_changed", Verdict.WARNING, path, number=version.number)
    for name in sorted(item.draft.content.media() - media.keys()):
        found.say("image_missing", Verdict.HOLD, path, name=name)
    draft = item.draft.model_copy(update={"source_id": item.draft.source_id or item.code})
    say_problems(found, draft)
    if item.versions:
        found.say("history_is_a_record", Verdict.OK, path, count=len(item.versions))
    origin = NativeOrigin(bank=bank.name or bank.code, exported_at=bank.exported_at, item=item)
    return found.verdict(draft, preview=draft.content.stem, origin=origin.model_dump(mode="json"))


def origin_of(record: Mapping[str, JsonValue]) -> NativeOrigin:
    """Return the record that a row carries, as it was stored: rich text in it was cleaned before."""
    return NativeOrigin.model_validate(dict(record), context={"trusted": True})
