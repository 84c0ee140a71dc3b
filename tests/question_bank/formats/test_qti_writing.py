"""Every type is written as QTI of every version and reads back the same; other programs find sound QTI."""

import io
import re
import zipfile

import pytest
from lxml import etree
from PIL import Image

from question_bank.formats.qti.reading import read, read_package
from question_bank.formats.qti.writing import unsupported, write
from question_bank.formats.reading import Verdict
from question_bank.formats.unsupported import UnsupportedItem
from question_bank.items import AnyContent, ItemDraft, semantic_hash
from question_bank.media import clean_image
from question_bank.types.answers import NumberAnswer
from question_bank.types.numeric import Numeric, UnitRule
from question_bank.types.single_choice import SingleChoice
from question_bank.types.unsupported import Unsupported
from tests.question_bank.formats.qti_samples import CONTENTS, DRAFTS
from tests.question_bank.formats.samples import options

VERSIONS = ["2.1", "2.2", "3.0"]
ALIKE = [
    "single choice",
    "all or nothing",
    "right minus wrong",
    "weighted",
    "two choices at most",
    "short text",
    "short text, strict case",
    "matching",
    "matching, wrong costs",
    "matching as a whole",
    "matching, targets once",
    "ordering",
    "ordering by place",
    "ordering by neighbours",
]
"""What reads back the same even without the copy that the manifest keeps."""


def entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def without_copies(data: bytes) -> bytes:
    """The package as a program that keeps only QTI would pass it on."""
    files = entries(data)
    files["imsmanifest.xml"] = re.sub(
        rb"<sh:copy.*?</sh:copy>", b"", files["imsmanifest.xml"], flags=re.DOTALL
    )
    return zipped(files)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", DRAFTS)
def test_every_type_and_its_metadata_survive(name: str, version: str) -> None:
    draft = DRAFTS[name]
    assert unsupported(draft) is None
    (row,) = read(write([draft], version=version)).rows
    assert row.draft is not None
    assert (semantic_hash(row.draft), row.draft.source_id) == (semantic_hash(draft), draft.source_id)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_whole_bank_survives_in_one_package_and_the_bytes_are_stable(version: str) -> None:
    drafts = list(DRAFTS.values())
    data = write(drafts, version=version)
    assert data == write(drafts, version=version)
    found = {semantic_hash(row.draft) for row in read(data).rows if row.draft is not None}
    assert found == {semantic_hash(draft) for draft in drafts}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ALIKE)
def test_the_qti_alone_says_the_same(name: str, version: str) -> None:
    content = CONTENTS[name].model_copy(update={"rationale": ""})
    (row,) = read(without_copies(write([ItemDraft(content=content)], version=version))).rows
    assert row.draft is not None
    assert row.severity in (Verdict.OK, Verdict.WARNING)
    assert semantic_hash(ItemDraft(content=row.draft.content)) == semantic_hash(ItemDraft(content=content))


SCORED = [name for name, content in CONTENTS.items() if content.type in ("cloze", "numeric", "true_false")]


@pytest.mark.parametrize(
    "name", [*SCORED, "single choice, part right", "cluster by statement", "cluster as a whole"]
)
def test_what_reads_back_as_another_type_scores_by_the_same_processing(name: str) -> None:
    """The reading is proved against the processing that was written, so importing at all is agreement."""
    (row,) = read(without_copies(write([ItemDraft(content=CONTENTS[name])]))).rows
    assert row.severity in (Verdict.OK, Verdict.WARNING), [f.message("en") for f in row.findings]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_case_is_a_shared_text_with_items_where_the_version_has_one(version: str) -> None:
    rows = read(without_copies(write([DRAFTS["case"]], version=version))).rows
    types = [row.draft.content.type for row in rows if row.draft is not None]
    assert types == (["case"] if version != "2.1" else ["single_choice", "single_choice", "short_text"])


def test_an_item_changed_by_another_program_is_read_as_it_stands() -> None:
    files = entries(write([DRAFTS["single choice"]]))
    name = next(n for n in files if n.endswith(".xml") and b"qti-choice-interaction" in files[n])
    files[name] = files[name].replace("Kế toán".encode(), "Văn thư".encode())
    reading = read(zipped(files))
    assert "qti_copy_changed" in {finding.code for finding in reading.findings}
    draft = reading.rows[0].draft
    assert draft is not None
    assert isinstance(draft.content, SingleChoice)
    assert draft.content.options[2].text == "Văn thư"


@pytest.mark.parametrize("version", VERSIONS)
def test_packages_have_the_form_that_the_standard_asks_for(version: str) -> None:
    files = entries(write(list(DRAFTS.values()), version=version))
    root = etree.fromstring(files["imsmanifest.xml"])
    listed = [file.get("href") for file in root.iter("{*}file")]
    assert sorted(listed) == sorted({*listed})
    assert {*listed} == files.keys() - {"imsmanifest.xml"}
    mark = {"2.1": "v2p1", "2.2": "v2p2", "3.0": "v3p0"}[version]
    assert all(resource.get("type", "").endswith(mark) for resource in root.iter("{*}resource"))
    prefix = "qti-" if version == "3.0" else ""
    for name in listed:
        document = etree.fromstring(files[str(name)])
        assert etree.QName(document).localname.startswith(f"{prefix}assessment")
        ids = [element.get("identifier") for element in document.iter() if "esponse" in str(element.tag)]
        declared = [i for i in ids if i is not None]
        assert len(declared) >= len(set(declared)) or name == "test.xml"


def test_images_travel_with_their_items() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(buffer, "PNG")
    image = clean_image(buffer.getvalue())
    stem = f'Xem <img src="media:{image.name}" alt="Sơ đồ">'
    draft = ItemDraft(content=SingleChoice(stem=stem, options=options("một", "hai"), key="o0"))
    data = write([draft], media={image.name: image.data})
    for package in (data, without_copies(data)):
        reading = read(package)
        assert dict(reading.media) == {image.name: image.data}
        assert reading.rows[0].draft is not None
        assert semantic_hash(reading.rows[0].draft) == semantic_hash(draft)
    with pytest.raises(UnsupportedItem) as refusal:
        write([draft])
    assert refusal.value.code == "media_missing"


LOST: dict[str, AnyContent] = {
    "type_not_supported": Unsupported(
        stem="x", reason="qti_templated", source_format="qti-2.1", source="<a/>"
    ),
    "unit_not_supported": Numeric(
        stem="Nặng?", answers=(NumberAnswer(value="1"),), unit="kg", unit_rule=UnitRule.REQUIRED
    ),
    "incomplete_item": SingleChoice(stem="Chưa xong", options=options("một", "hai")),
}


@pytest.mark.parametrize("code", LOST)
def test_what_would_be_lost_is_said_before_anything_is_written(code: str) -> None:
    draft = ItemDraft(content=LOST[code])
    reason = unsupported(draft)
    assert reason is not None
    assert (reason.code, bool(reason.message("vi"))) == (code, True)
    with pytest.raises(UnsupportedItem):
        write([DRAFTS["single choice"], draft])


def test_an_empty_package_is_a_template() -> None:
    assert set(entries(write([]))) == {"imsmanifest.xml"}


def test_identifiers_come_from_the_source_id_or_the_content() -> None:
    drafts = [
        DRAFTS["true"].model_copy(update={"source_id": "KTC-001"}),
        ItemDraft(content=CONTENTS["false"]),
    ]
    first, second = (
        {item.item.identifier for item in read_package(without_copies(write(drafts))).items if item.item}
        for _ in range(2)
    )
    assert first == second
    assert "KTC-001" in first
