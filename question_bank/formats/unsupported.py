"""What an item would lose in an exchange format, said before anything is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MESSAGES: dict[str, dict[str, str]] = {
    "type_not_supported": {
        "vi": "Định dạng này không chứa được loại câu hỏi {type}.",
        "en": "This format cannot hold items of type {type}.",
    },
    "too_many_options": {
        "vi": "Bảng tính có {limit} cột phương án; câu hỏi có {count}.",
        "en": "The spreadsheet has {limit} option columns; the item has {count}.",
    },
    "incomplete_options": {
        "vi": "Câu hỏi có phương án trống hoặc đáp án không thuộc phương án nào.",
        "en": "The item has an empty option, or a key that is no option.",
    },
    "scoring_not_expressible": {
        "vi": "Tệp dạng này không ghi được điểm của phương án đúng một phần và số phương án được chọn.",
        "en": "A file of this kind cannot hold partly right options or a limit of choices.",
    },
    "pinned_and_locked": {
        "vi": "Câu hỏi vừa khóa thứ tự vừa ghim từng phương án; bảng tính chỉ ghi được một trong hai.",
        "en": "The item is locked and has pinned options too; the spreadsheet can say only one of them.",
    },
    "text_too_long": {
        "vi": "Một ô dài hơn {limit} ký tự mà Excel cho phép.",
        "en": "A cell would be longer than the {limit} characters that Excel allows.",
    },
    "rule_not_supported": {
        "vi": "Định dạng này không ghi được cách chấm “tất cả hoặc không” của câu hỏi nhiều lựa chọn.",
        "en": "This format cannot say that a multiple-choice item is scored all or nothing.",
    },
    "setting_not_supported": {
        "vi": "Định dạng này không ghi được: {setting}.",
        "en": "This format cannot say: {setting}.",
    },
    "media_missing": {
        "vi": "Không tìm thấy tệp hình {name} của câu hỏi.",
        "en": "The image file {name} of the item was not found.",
    },
    "needs_one_key": {
        "vi": "Định dạng này chỉ chứa câu hỏi có đáp án đầy đủ.",
        "en": "This format holds only items that have their key.",
    },
    "metadata_not_supported": {
        "vi": "Định dạng này không chứa được: {fields}.",
        "en": "This format cannot hold: {fields}.",
    },
    "markup_not_supported": {
        "vi": "Định dạng này chỉ chứa văn bản một dòng, không có định dạng, bảng hay hình.",
        "en": "This format holds single lines of plain text only, without formatting, tables or images.",
    },
    "text_reads_differently": {
        "vi": "Nội dung câu hỏi có ký hiệu mà định dạng này hiểu theo nghĩa khác.",
        "en": "The text holds signs that this format would read in another way.",
    },
    "media_not_supported": {
        "vi": "Câu hỏi có hình; định dạng này chưa chứa được tệp hình.",
        "en": "The item has an image; image files cannot be put into this format yet.",
    },
    "incomplete_item": {
        "vi": "Câu hỏi chưa hoàn chỉnh (còn lỗi chặn duyệt) nên chưa ghi được ra định dạng này.",
        "en": "The item is not complete (something blocks its review), so it cannot be written in this format yet.",
    },
    "unit_not_supported": {
        "vi": "Định dạng này không nói được rằng người làm bài phải ghi đơn vị sau số.",
        "en": "This format cannot say that a unit must be typed behind the number.",
    },
    "citation_not_expressible": {
        "vi": "Căn cứ “{text}” không ghi lại được đúng như đã lưu.",
        "en": "The legal basis “{text}” could not be read back as it is stored.",
    },
}


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Why an item would lose something in this format; `code` and `params` name a sentence in `MESSAGES`."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def message(self, language: str = "vi") -> str:
        """Return the sentence in `vi` or `en`."""
        return MESSAGES[self.code][language].format(**self.params)


class UnsupportedItem(ValueError):
    """One of the items to write cannot be written without loss; nothing was written."""

    def __init__(self, index: int, reason: Unsupported) -> None:
        super().__init__(MESSAGES[reason.code]["en"].format(**reason.params))
        self.index = index
        self.code = reason.code
        self.params = reason.params
