"""Why a file may not be an image of a question."""

from collections.abc import Mapping

MESSAGES: dict[str, dict[str, str]] = {
    "image_too_large": {
        "vi": "Hình lớn hơn {limit_mb} MB. Hãy thu nhỏ hoặc cắt bớt rồi chèn lại.",
        "en": "The image is larger than {limit_mb} MB. Scale it down or crop it and insert it again.",
    },
    "image_dimensions": {
        "vi": "Hình rộng {width} × cao {height} điểm ảnh, vượt mức {side} điểm mỗi cạnh hoặc {megapixels} triệu điểm "
        "ảnh. Hãy thu nhỏ rồi chèn lại.",
        "en": "The image has {width} × {height} pixels; at most {side} per side and {megapixels} million in all are "
        "accepted. Scale it down and insert it again.",
    },
    "image_type_unsupported": {
        "vi": "Không nhận hình kiểu {type}. Hãy lưu lại thành PNG, JPEG hoặc SVG rồi chèn lại.",
        "en": "Images of type {type} are not accepted. Save it as PNG, JPEG or SVG and insert it again.",
    },
    "image_unknown": {
        "vi": "Tệp này không phải là hình PNG, JPEG, GIF, WebP, BMP hay SVG.",
        "en": "This file is not a PNG, JPEG, GIF, WebP, BMP or SVG image.",
    },
    "image_animated": {
        "vi": "Hình động không in được và làm người làm bài mất tập trung. Hãy chèn một hình tĩnh.",
        "en": "A moving image cannot be printed and distracts from the test. Insert a still image.",
    },
    "image_unreadable": {
        "vi": "Hình bị hỏng hoặc bị cắt giữa chừng. Hãy mở hình, lưu lại rồi chèn lại.",
        "en": "The image is broken or cut off. Open it, save it again and insert it again.",
    },
    "svg_unsafe": {
        "vi": "Hình SVG này không phải là hình vẽ đơn thuần ({reason}). Hãy xuất hình thành PNG rồi chèn lại.",
        "en": "This SVG is not a plain drawing ({reason}). Export it as PNG and insert it again.",
    },
}
"""What to say for each code, in Vietnamese and English."""


class MediaRefused(ValueError):
    """A file that is not stored as an image; `code` and `params` name the sentence in `MESSAGES`."""

    def __init__(self, code: str, params: Mapping[str, str | int] | None = None) -> None:
        self.code = code
        self.params = dict(params or {})
        super().__init__(self.message("en"))

    def message(self, language: str = "vi") -> str:
        """Return the sentence in `vi` or `en`."""
        return MESSAGES[self.code][language].format(**self.params)
