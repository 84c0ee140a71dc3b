"""The sentences for what reading a package of the native format finds."""

MESSAGES: dict[str, dict[str, str]] = {
    "package_too_large": {
        "vi": "Gói lớn hơn {limit_mb} MB, tính cả khi bung ra, nên không được đọc.",
        "en": "The package is larger than {limit_mb} MB, or unpacks to more, and was not read.",
    },
    "not_a_package": {
        "vi": "Đây không phải gói ngân hàng câu hỏi, hoặc gói đã hỏng. Hãy xuất lại.",
        "en": "This is no package of a question bank, or it is damaged. Export it again.",
    },
    "package_version": {
        "vi": "Gói có phiên bản định dạng {version}; hệ thống này đọc phiên bản {known}.",
        "en": "The package is of format version {version}; this system reads version {known}.",
    },
    "manifest_changed": {
        "vi": "Bảng kê trong gói không khớp mã băm của chính nó: gói đã bị sửa hoặc hỏng. Hãy xuất lại.",
        "en": "The manifest does not match its own hash: the package was changed or is damaged. Export it again.",
    },
    "entry_changed": {
        "vi": "Tệp {cell} trong gói không khớp mã băm ở bảng kê nên không được nhập.",
        "en": "The entry {cell} does not match its hash in the manifest and is not imported.",
    },
    "entry_missing": {
        "vi": "Gói thiếu tệp {cell} có trong bảng kê.",
        "en": "The entry {cell} of the manifest is missing from the package.",
    },
    "entry_not_listed": {
        "vi": "Tệp {cell} không có trong bảng kê nên không được đọc.",
        "en": "The entry {cell} is not in the manifest and was not read.",
    },
    "version_changed": {
        "vi": "Phiên bản {number} trong lịch sử không khớp mã băm của nó.",
        "en": "Version {number} of the history does not match its hash.",
    },
    "image_missing": {
        "vi": "Gói thiếu hình {name} của câu hỏi.",
        "en": "The image {name} of the item is missing from the package.",
    },
    "history_is_a_record": {
        "vi": "{count} phiên bản ở nơi khác được lưu làm hồ sơ; câu hỏi vẫn phải thẩm định lại ở đây.",
        "en": "{count} versions from elsewhere are kept as a record; the item is reviewed here all the same.",
    },
}
