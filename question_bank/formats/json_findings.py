"""The sentences for what reading questions written as data (JSON, JSON lines, JavaScript) finds."""

MESSAGES: dict[str, dict[str, str]] = {
    "data_malformed": {
        "vi": "Tệp dữ liệu sai cú pháp gần dòng {line}. Hãy xuất lại tệp hoặc sửa dòng đó.",
        "en": "The data file breaks its syntax near line {line}. Export it again or mend that line.",
    },
    "data_line_malformed": {
        "vi": "Dòng này không đọc được (sai cú pháp).",
        "en": "This line cannot be read (broken syntax).",
    },
    "data_not_a_question": {
        "vi": "Mục này không có hình dạng của một câu hỏi như các mục khác.",
        "en": "This entry does not have the shape of a question as the others have.",
    },
    "data_without_questions": {
        "vi": "Tệp dữ liệu không có danh sách nào trông như câu hỏi (câu hỏi, phương án, đáp án).",
        "en": "The data file holds no list that looks like questions (question, options, key).",
    },
    "key_number_ambiguous": {
        "vi": "Đáp án ghi bằng số {text}; tệp không cho biết đếm từ 0 hay từ 1. Hãy chọn đáp án.",
        "en": "The key is the number {text}; the file does not tell if it counts from 0 or from 1. Choose the key.",
    },
}
