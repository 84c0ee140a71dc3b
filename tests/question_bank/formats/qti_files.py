"""Small QTI files for tests."""

import io
import zipfile

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"
MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"
SCORE = "<outcomeDeclaration identifier='SCORE' cardinality='single' baseType='float'/>"


def item(
    *, body: str, declarations: str = "", processing: str = "", identifier: str = "I1", more: str = ""
) -> bytes:
    """An item of QTI 2.1."""
    return (
        f"<assessmentItem xmlns='{NAMESPACE}' identifier='{identifier}' title='Tên' adaptive='false'>"
        f"{declarations}{SCORE}<itemBody>{body}</itemBody>{processing}{more}</assessmentItem>"
    ).encode()


def response(
    *correct: str,
    cardinality: str = "single",
    base: str = "identifier",
    name: str = "RESPONSE",
    mapping: str = "",
) -> str:
    values = "".join(f"<value>{value}</value>" for value in correct)
    key = f"<correctResponse>{values}</correctResponse>" if correct else ""
    return (
        f"<responseDeclaration identifier='{name}' cardinality='{cardinality}' baseType='{base}'>"
        f"{key}{mapping}</responseDeclaration>"
    )


def template(address: str) -> str:
    return f"<responseProcessing template='{address}'/>"


def rules(inner: str) -> str:
    return f"<responseProcessing>{inner}</responseProcessing>"


def mapping(entries: dict[str, str], *, default: str = "0", bounds: str = "") -> str:
    made = "".join(f"<mapEntry mapKey='{key}' mappedValue='{value}'/>" for key, value in entries.items())
    return f"<mapping defaultValue='{default}' {bounds}>{made}</mapping>"


def choices(*names: str, most: int = 1, more: str = "") -> str:
    inner = "".join(
        f"<simpleChoice identifier='{name}'>nội dung {ord(name)}</simpleChoice>" for name in names
    )
    return (
        f"<choiceInteraction responseIdentifier='RESPONSE' shuffle='true' maxChoices='{most}'>"
        f"<prompt>Chọn gì?</prompt>{inner}{more}</choiceInteraction>"
    )


def single(*, key: str = "B", identifier: str = "I1", more: str = "") -> bytes:
    """A sound single choice of three."""
    return item(
        body=choices("A", "B", "C"),
        declarations=response(key),
        processing=template(MATCH),
        identifier=identifier,
        more=more,
    )


def manifest(*resources: tuple[str, str], more: str = "") -> str:
    """A manifest of resources (type, href)."""
    made = "".join(
        f"<resource identifier='R{n}' type='{kind}' href='{href}'><file href='{href}'/>{more}</resource>"
        for n, (kind, href) in enumerate(resources)
    )
    return (
        "<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1' identifier='M'><metadata/>"
        f"<organizations/><resources>{made}</resources></manifest>"
    )


def package(files: dict[str, bytes | str]) -> bytes:
    """A .zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def items(*hrefs: str) -> str:
    """A manifest of items."""
    return manifest(*(("imsqti_item_xmlv2p1", href) for href in hrefs))
