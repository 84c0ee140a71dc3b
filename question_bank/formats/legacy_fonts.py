"""Vietnamese typed in fonts of before Unicode: TCVN3 (ABC, fonts such as .VnTime) and VNI (VNI-Times).

The functions take the bytes as characters of Latin-1, or of windows-1252 as editors save them.

Source: TCVN 5712:1993 table VN3; VNI-Windows character table of VNI Software.
"""

import re

_TCVN3_BYTES = (
    "b5 b8 b6 b7 b9 a8 bb be bc bd c6 a9 c7 ca c8 c9 cb cc d0 ce cf d1 aa d2 d5 d3 d4 d6 d7 dd d8 dc de df e3"
    " e1 e2 e4 ab e5 e8 e6 e7 e9 ac ea ed eb ec ee ef f3 f1 f2 f4 ad f5 f8 f6 f7 f9 fa fd fb fc fe ae"
    " a1 a2 a7 a3 a4 a5 a6"
)
_TCVN3_LETTERS = (
    "à á ả ã ạ ă ằ ắ ẳ ẵ ặ â ầ ấ ẩ ẫ ậ è é ẻ ẽ ẹ ê ề ế ể ễ ệ ì í ỉ ĩ ị ò ó"
    " ỏ õ ọ ô ồ ố ổ ỗ ộ ơ ờ ớ ở ỡ ợ ù ú ủ ũ ụ ư ừ ứ ử ữ ự ỳ ý ỷ ỹ ỵ đ"
    " Ă Â Đ Ê Ô Ơ Ư"
)
_TCVN3 = {
    int(code, 16): letter for code, letter in zip(_TCVN3_BYTES.split(), _TCVN3_LETTERS.split(), strict=True)
}

_PLAIN_TONES = dict(zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True))
_CIRCUMFLEX = {"â": "\u0302"} | {
    mark: "\u0302" + tone
    for mark, tone in zip("àáåãä", ("\u0300", "\u0301", "\u0309", "\u0303", "\u0323"), strict=True)
}
_BREVE = {"ê": "\u0306"} | {
    mark: "\u0306" + tone
    for mark, tone in zip("èéúüë", ("\u0300", "\u0301", "\u0309", "\u0303", "\u0323"), strict=True)
}
_VNI_ALONE = {"ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ô": "ơ", "ö": "ư", "ì": "ì", "í": "í"}
_VNI_MARKS = {
    "a": _PLAIN_TONES | _CIRCUMFLEX | _BREVE,
    "e": _PLAIN_TONES | _CIRCUMFLEX,
    "o": _PLAIN_TONES | _CIRCUMFLEX,
    "u": _PLAIN_TONES,
    "y": _PLAIN_TONES,
    "ô": _PLAIN_TONES,
    "ö": _PLAIN_TONES,
    "i": {},
}
_VNI_LETTER = re.compile(r"([aeouyôö])([øùûõïâàáåãäêèéúüë])|[ñæóòîôöìí]", re.IGNORECASE)


def tcvn3_to_unicode(text: str) -> str:
    """Return the Vietnamese text that TCVN3 bytes stand for; everything below 0x80 stays."""
    return text.translate(_TCVN3)


def vni_to_unicode(text: str) -> str:
    """Return the Vietnamese text, with combining marks, that VNI bytes stand for."""
    return _VNI_LETTER.sub(_vni_letter, text)


def _vni_letter(match: re.Match[str]) -> str:
    if match[1] is None:
        letter = _VNI_ALONE[match[0].lower()]
        return letter.upper() if match[0].isupper() else letter
    base, mark = match[1], match[2].lower()
    marks = _VNI_MARKS[base.lower()].get(mark)
    if marks is None:
        return match[0]
    letter = _VNI_ALONE.get(base.lower(), base.lower())
    return (letter.upper() if base.isupper() else letter) + marks
