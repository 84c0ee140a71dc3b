"""What a verification may find in a bundle or an extract, in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the bundle that is not as it was drawn: a stable code and the place in the bundle."""

    code: str
    place: str

    def sentence(self, language: Literal["vi", "en"] = "vi") -> str:
        return MESSAGES[self.code][language].format(place=self.place)


MESSAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "unreadable": {
        "vi": "Tệp bằng chứng không đọc được ({place}).",
        "en": "The bundle cannot be read ({place}).",
    },
    "not_canonical": {
        "vi": "Tệp bằng chứng không còn nguyên cách viết, từ {place}.",
        "en": "The bundle is not in its one spelling, from {place}.",
    },
    "malformed": {
        "vi": "Mục {place} của tệp bằng chứng sai cấu trúc.",
        "en": "Part {place} of the bundle is malformed.",
    },
    "unknown_algorithm": {
        "vi": "Thuật toán bốc đề {place} không được hỗ trợ.",
        "en": "The draw algorithm {place} is not supported.",
    },
    "not_as_published": {
        "vi": "Cam kết trong tệp khác với cam kết đã công bố trước ca thi.",
        "en": "The commitment in the bundle is not the one published before the sitting.",
    },
    "manifest_changed": {
        "vi": "Bản kê hoặc cam kết đã bị thay đổi sau khi cam kết.",
        "en": "The manifest or the commitment was changed after the commitment.",
    },
    "part_changed": {
        "vi": "Mục {place} khác với bản kê đã cam kết.",
        "en": "Part {place} is not what the manifest commits to.",
    },
    "entropy_changed": {
        "vi": "Số ngẫu nhiên công khai đã bị thay đổi: không đề nào bốc lại được.",
        "en": "The public entropy was changed: no paper can be derived again.",
    },
    "seed_check_changed": {
        "vi": "Giá trị kiểm tra hạt giống đã bị thay đổi; các đề vẫn đúng.",
        "en": "The seed check was changed; the papers are right.",
    },
    "not_drawable": {
        "vi": "Không bốc lại được đề từ dữ liệu trong tệp.",
        "en": "No paper can be derived from the inputs in the bundle.",
    },
    "paper_changed": {
        "vi": "Đề thi khác với đề bốc lại được: {place}.",
        "en": "A paper is not the one that was drawn: {place}.",
    },
    "not_among_papers": {
        "vi": "Đề này không nằm trong số các đề đã công bố khi bốc (gốc tính được: {place}).",
        "en": "This paper is not among those published with the draw (it leads to the root {place}).",
    },
    "late_changed": {
        "vi": "Chuỗi đề bổ sung đã bị thay đổi tại {place}.",
        "en": "The chain of late papers was changed at {place}.",
    },
    "late_not_as_published": {
        "vi": "Các đề bổ sung ({place}) không phải là những đề đã công bố: thiếu, thừa hoặc đổi đề.",
        "en": "The late papers ({place}) are not those that were published: one is missing, added or exchanged.",
    },
    "paper_missing": {
        "vi": "Thiếu hoặc thừa đề của thí sinh {place}.",
        "en": "The paper of candidate {place} is missing or one too many.",
    },
}
