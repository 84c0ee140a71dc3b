"""The sentences for what a spreadsheet import finds."""

from question_bank.formats.workbook import MESSAGES as WORKBOOK_MESSAGES
from question_bank.types.messages import MESSAGES as PROBLEM_MESSAGES

MESSAGES: dict[str, dict[str, str]] = {
    **WORKBOOK_MESSAGES,
    **PROBLEM_MESSAGES,
    "option_letters_removed": {
        "vi": "Chữ cái A, B, C … ghi lặp ở đầu phương án đã được bỏ.",
        "en": "The letters A, B, C … repeated before the options were removed.",
    },
    "option_letter_restored": {
        "vi": "Phương án {label} (“{text}”) mất chữ cái đầu dòng; đã được tách ra. Hãy kiểm tra.",
        "en": "Option {label} (“{text}”) had lost its letter and was told apart. Check it.",
    },
    "options_by_lines": {
        "vi": "Các phương án ở ô {cell} không có chữ cái; mỗi dòng được coi là một phương án ({count}).",
        "en": "The options in {cell} have no letters; each line was taken as one ({count}).",
    },
    "options_unclear": {
        "vi": "Không tách rõ được các phương án ở ô {cell}.",
        "en": "The options in {cell} could not be told apart.",
    },
    "options_in_stem": {
        "vi": "{count} phương án được tách ra từ ô câu hỏi {cell}.",
        "en": "{count} options were taken out of the question cell {cell}.",
    },
    "stem_number_removed": {
        "vi": "Số thứ tự “{text}” ở đầu câu hỏi đã được bỏ.",
        "en": "The number “{text}” before the question was removed.",
    },
    "broken_characters": {
        "vi": "Chữ của câu hỏi bị hỏng (“{text}”). Hãy lấy lại tệp gốc, hoặc gõ lại câu hỏi bằng nút Sửa.",
        "en": "The text of the question is damaged (“{text}”). Get the original, or type it again with Edit.",
    },
    "basis_in_option": {
        "vi": "Phương án {label} mang theo căn cứ pháp lý (“{text}”), làm lộ đáp án.",
        "en": "Option {label} carries the legal basis (“{text}”), which gives the key away.",
    },
    "columns_unknown": {
        "vi": "{text} Hãy chỉ ra từng cột chứa gì.",
        "en": "{text} Say what each column holds.",
    },
    "columns_remembered": {
        "vi": "Các cột của trang {sheet} được hiểu theo chỉ dẫn đã ghi nhớ.",
        "en": "The columns of {sheet} were read as somebody said they are to be.",
    },
    "sheet_skipped": {
        "vi": "Trang “{sheet}” không có dòng tiêu đề câu hỏi nên không được đọc.",
        "en": "The sheet “{sheet}” has no question header and was not read.",
    },
    "column_ignored": {
        "vi": "Cột “{heading}” ở ô {cell} không được nhận biết nên không được đọc.",
        "en": "The column “{heading}” at {cell} was not recognised and was not read.",
    },
    "date_cell": {
        "vi": "Ô {cell} bị bảng tính đổi thành ngày; gốc có thể là {readings}. Hãy nhập lại dạng văn bản.",
        "en": "Cell {cell} was turned into a date; it may have been {readings}. Enter it again as text.",
    },
    "time_cell": {
        "vi": "Ô {cell} bị bảng tính đổi thành giờ. Hãy nhập lại dạng văn bản.",
        "en": "Cell {cell} was turned into a time. Enter it again as text.",
    },
    "error_cell": {
        "vi": "Ô {cell} chứa giá trị lỗi của bảng tính.",
        "en": "Cell {cell} holds a spreadsheet error.",
    },
    "formula_value": {
        "vi": "Ô {cell} là công thức; chỉ đọc giá trị đã tính sẵn “{text}”.",
        "en": "Cell {cell} is a formula; only its stored value “{text}” was read.",
    },
    "formula_without_value": {
        "vi": "Ô {cell} là công thức chưa có giá trị. Hãy thay bằng giá trị.",
        "en": "Cell {cell} is a formula without a stored value. Replace it by its value.",
    },
    "number_rendered": {
        "vi": "Ô {cell} là số có định dạng hiển thị, được đọc là “{text}”. Hãy kiểm tra.",
        "en": "Cell {cell} is a number with a display format, read as “{text}”. Check it.",
    },
    "boolean_rendered": {
        "vi": "Ô {cell} là giá trị logic, được đọc là “{text}”. Hãy kiểm tra.",
        "en": "Cell {cell} is a logical value, read as “{text}”. Check it.",
    },
    "passage_joined": {
        "vi": "Đoạn dẫn ở ô {cell} được ghép vào đầu câu hỏi.",
        "en": "The passage in {cell} was put before the question.",
    },
    "missing_stem": {"vi": "Dòng không có nội dung câu hỏi.", "en": "The row has no question text."},
    "unknown_type": {
        "vi": "Không có loại câu hỏi “{text}”. Hãy dùng: {known}.",
        "en": "There is no item type “{text}”. Use: {known}.",
    },
    "type_inferred": {
        "vi": "Cột Loại để trống; câu hỏi được hiểu là “{type_name}”.",
        "en": "The type is empty; the item was taken as “{type_name}”.",
    },
    "option_gap": {
        "vi": "Ô phương án {cell} để trống giữa các phương án khác; câu hỏi còn {count} phương án.",
        "en": "The option cell {cell} is empty between others; {count} options remain.",
    },
    "option_missing": {
        "vi": "Câu hỏi có {count} phương án, ít hơn các câu khác của trang ({usual}); ô {cell} để trống.",
        "en": "The item has {count} options, fewer than others on the sheet ({usual}); {cell} is empty.",
    },
    "gap_shifts_letters": {
        "vi": "Phương án trống ở ô {cell} làm lệch các chữ cái mà một phương án khác nhắc tới.",
        "en": "The empty option in {cell} shifts the letters that another option refers to.",
    },
    "order_protected": {
        "vi": "Có phương án nói về phương án khác; thứ tự được giữ khi trộn đề.",
        "en": "An option speaks of others; its order is kept when forms are shuffled.",
    },
    "unreadable_key": {
        "vi": "Không hiểu đáp án “{text}” ở ô {cell}.",
        "en": "The key “{text}” in {cell} cannot be read.",
    },
    "ambiguous_key": {
        "vi": "Đáp án “{text}” ở ô {cell} vừa là số thứ tự vừa là nội dung phương án. Hãy ghi chữ cái.",
        "en": "The key “{text}” in {cell} is both a position and the text of another option. Use a letter.",
    },
    "key_without_option": {
        "vi": "Đáp án “{text}” ở ô {cell} trỏ tới một phương án để trống.",
        "en": "The key “{text}” in {cell} points at an empty option.",
    },
    "several_keys": {
        "vi": "Câu hỏi một lựa chọn có nhiều đáp án “{text}” ở ô {cell}.",
        "en": "A single-choice item has several keys “{text}” in {cell}.",
    },
    "true_false_with_options": {
        "vi": "Câu hỏi Đúng/Sai không có cột phương án; hãy để trống các ô phương án.",
        "en": "A true/false item has no options; leave the option cells empty.",
    },
    "unknown_pinning": {
        "vi": "Không hiểu “{text}” ở cột Giữ vị trí (ô {cell}); hệ thống tự xác định.",
        "en": "“{text}” in {cell} is no pinning; the positions were decided automatically.",
    },
    "unreadable_setting": {
        "vi": "Không hiểu “{text}” ở ô {cell}. Hãy ghi theo trang Hướng dẫn của tệp mẫu.",
        "en": "“{text}” in {cell} cannot be read. Write it as the template's instructions say.",
    },
    "case_of_rows": {
        "vi": "Tình huống gồm các dòng {rows} của bảng.",
        "en": "The case has the rows {rows} of the sheet.",
    },
    "part_without_case": {
        "vi": "Dòng ghi “thuộc tình huống” nhưng không đứng sau dòng tình huống nào; được nhập thành câu riêng.",
        "en": "The row says it belongs to a case but follows none; it becomes an item of its own.",
    },
    "citation_unreadable": {
        "vi": "Chưa tách được căn cứ “{text}” ở ô {cell}; nội dung được giữ nguyên văn.",
        "en": "The legal basis “{text}” in {cell} was not understood and is kept as written.",
    },
    "unreadable_date": {
        "vi": "Ngày “{text}” ở ô {cell} không đọc được. Hãy ghi dạng 01/07/2025.",
        "en": "The date “{text}” in {cell} cannot be read. Write it as 01/07/2025.",
    },
    "dates_without_basis": {
        "vi": "Có ngày hiệu lực nhưng không có căn cứ nên ngày ở ô {cell} không được dùng.",
        "en": "There is a date in force but no legal basis, so the date in {cell} was not used.",
    },
    "invalid_dates": {
        "vi": "Ngày hết hiệu lực ở ô {cell} không sau ngày có hiệu lực nên không được dùng.",
        "en": "The end in {cell} is not after the beginning and was not used.",
    },
    "unknown_level": {
        "vi": "Không có mức độ “{text}” (ô {cell}). Hãy dùng: Nhận biết, Thông hiểu, Vận dụng, Vận dụng cao.",
        "en": "There is no level “{text}” ({cell}). Use the four level names of the template.",
    },
    "unknown_rating": {
        "vi": "Không có độ khó “{text}” (ô {cell}). Hãy dùng: Rất dễ, Dễ, Trung bình, Khó, Rất khó.",
        "en": "There is no difficulty “{text}” ({cell}). Use the five names of the template.",
    },
    "invalid_competency_code": {
        "vi": "Mã năng lực “{text}” ở ô {cell} không hợp lệ.",
        "en": "The competency code “{text}” in {cell} is not valid.",
    },
    "invalid_time": {
        "vi": "Thời gian “{text}” ở ô {cell} phải là số giây từ 5 đến 7200.",
        "en": "The time “{text}” in {cell} must be 5 to 7200 seconds.",
    },
    "invalid_value": {
        "vi": "Giá trị ở ô {cell} vượt giới hạn cho phép ({field}).",
        "en": "The value in {cell} exceeds what is allowed ({field}).",
    },
    "duplicate_item": {
        "vi": "Trùng phần dẫn và đáp án với dòng {other}.",
        "en": "Stem and key are the same as in row {other}.",
    },
    "conflicting_keys": {
        "vi": "Trùng phần dẫn nhưng khác đáp án với dòng {other}. Cần người quyết định.",
        "en": "The stem is the same as in row {other} but the keys differ. Someone has to decide.",
    },
    "duplicate_source_id": {
        "vi": "Mã câu hỏi “{text}” cũng có ở dòng {other}.",
        "en": "The item code “{text}” is also used in row {other}.",
    },
}
