"""The sentences of all findings, and the names of what one click does: code → language → text."""

from question_bank.types.messages import MESSAGES as PROBLEM_MESSAGES

MESSAGES: dict[str, dict[str, str]] = {
    **PROBLEM_MESSAGES,
    "combination_unsafe": {
        "vi": "Phương án {label} (“{text}”) nói về các phương án khác; trộn thứ tự sẽ làm sai nghĩa.",
        "en": "Option {label} (“{text}”) speaks of other options; shuffling would change its meaning.",
    },
    "combination_option": {
        "vi": "Phương án {label} (“{text}”) gộp các phương án khác; nên thay bằng một phương án độc lập.",
        "en": "Option {label} (“{text}”) combines other options; an independent option is better.",
    },
    "length_cue": {
        "vi": "Đáp án dài hơn hẳn các phương án nhiễu ({key_length} so với {longest} ký tự), dễ bị đoán.",
        "en": "The key is much longer than the distractors ({key_length} against {longest} characters).",
    },
    "vague_reference": {
        "vi": "“{text}” không nói rõ văn bản nào; hãy ghi số, ký hiệu và điều khoản.",
        "en": "“{text}” names no document; give its number and article.",
    },
    "double_negation": {
        "vi": "Phủ định hai lần (“{text}”); hãy hỏi theo cách khẳng định.",
        "en": "Two negations meet (“{text}”); ask the question positively.",
    },
    "missing_citation": {
        "vi": "Câu hỏi chưa có căn cứ pháp lý.",
        "en": "The item cites no legal basis.",
    },
    "citation_without_number": {
        "vi": "Căn cứ “{text}” chưa có số, ký hiệu văn bản.",
        "en": "The legal basis “{text}” has no document number.",
    },
    "date_like_option": {
        "vi": "Phương án {label} (“{text}”) giống một ngày do bảng tính tự đổi; hãy kiểm tra lại.",
        "en": "Option {label} (“{text}”) looks like a date made by a spreadsheet; check it.",
    },
    "missing_level": {"vi": "Câu hỏi chưa có mức độ nhận thức.", "en": "The item has no cognitive level."},
    "negative_stem": {
        "vi": "Câu hỏi phủ định (“{text}”); hãy hỏi khẳng định hoặc in đậm chữ phủ định.",
        "en": "The question is negative (“{text}”); ask positively or set the negation in bold.",
    },
    "absolute_word": {
        "vi": "Phương án {label} dùng chữ tuyệt đối (“{text}”) mà đáp án không có, dễ bị loại ngay.",
        "en": "Option {label} uses an absolute word (“{text}”) that the key does not; it is easily ruled out.",
    },
    "citation_without_date": {
        "vi": "Căn cứ “{text}” không rõ năm; hãy ghi năm trong số, ký hiệu hoặc ngày có hiệu lực.",
        "en": "The legal basis “{text}” has no year; give it in the number or as the day it came into force.",
    },
    "image_without_alternative": {
        "vi": "Hình chưa có mô tả bằng chữ (alt); người dùng trình đọc màn hình không biết hình vẽ gì.",
        "en": "An image has no alternative text; who uses a screen reader cannot know what it shows.",
    },
    "one_key_only": {
        "vi": "Câu nhiều lựa chọn chỉ có một đáp án; nên dùng loại Một lựa chọn.",
        "en": "A multiple-choice item with one key only; single choice fits better.",
    },
    "equal_answers": {
        "vi": "Câu trả lời “{text}” đã được câu “{other}” bao gồm khi so không kể hoa thường, dấu cách, vị trí dấu.",
        "en": "Answer “{text}” is already accepted as “{other}”: case, spaces and tone placement do not count.",
    },
    "wide_tolerance": {
        "vi": "Sai số {tolerance} lớn hơn cả giá trị {value}.",
        "en": "The tolerance {tolerance} is larger than the value {value} itself.",
    },
    "few_entries": {
        "vi": "Chỉ có {count} mục để sắp xếp, đoán cũng đúng một nửa; nên có từ ba mục.",
        "en": "Only {count} entries to order: half of all guesses are right. Use three or more.",
    },
    "key_position_bias": {
        "vi": "Trong {count} câu một lựa chọn, {share} % có đáp án ở phương án {label}; nên trải đều vị trí đáp án.",
        "en": "In {count} single-choice items, {share} % have their key at {label}; spread the keys evenly.",
    },
}

FIX_NAMES: dict[str, dict[str, str]] = {
    "pin_option": {"vi": "Giữ vị trí phương án", "en": "Keep the option in its place"},
    "lock_order": {"vi": "Không trộn phương án", "en": "Do not shuffle the options"},
    "write_weighted": {
        "vi": "Đổi thành nhiều lựa chọn có trọng số",
        "en": "Rewrite as weighted multiple choice",
    },
    "make_single": {"vi": "Đổi thành một lựa chọn", "en": "Make it single choice"},
    "embolden": {"vi": "In đậm chữ phủ định", "en": "Set the negation in bold"},
    "remove_answer": {"vi": "Bỏ câu trả lời thừa", "en": "Remove the redundant answer"},
    "remove_marker": {"vi": "Bỏ vị trí thừa trong phần dẫn", "en": "Remove the marker from the stem"},
    "add_marker": {"vi": "Chèn chỗ trống vào cuối phần dẫn", "en": "Insert the gap at the end of the stem"},
    "swap_word_limits": {"vi": "Đổi chỗ hai giới hạn", "en": "Exchange the two limits"},
    "fit_steps": {"vi": "Dùng thang điểm chuẩn", "en": "Use the usual scale"},
    "drop_key_share": {"vi": "Bỏ tỷ lệ ghi cho đáp án", "en": "Remove the share given to the key"},
}
"""What the button of each `FixKind` says."""
