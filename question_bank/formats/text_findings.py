"""The sentences for what reading a text, GIFT, Aiken, Moodle XML or Word file finds."""

MESSAGES: dict[str, dict[str, str]] = {
    "file_refused": {"vi": "{text}", "en": "{text}"},
    "file_too_large": {
        "vi": "Tệp lớn hơn {limit_mb} MB. Hãy tách thành nhiều tệp.",
        "en": "The file is larger than {limit_mb} MB. Split it.",
    },
    "truncated_utf8": {
        "vi": "Tệp bị cắt giữa một chữ ở dòng {line}; phần sau đã mất. Hãy lấy lại tệp gốc.",
        "en": "The file ends in the middle of a character on line {line}; the rest is missing. Get the original.",
    },
    "broken_text": {
        "vi": "Dòng {line} có ký tự hỏng không đọc được. Hãy lấy lại tệp gốc hoặc lưu lại dạng UTF-8.",
        "en": "Line {line} has damaged characters. Get the original, or save it again as UTF-8.",
    },
    "binary_file": {
        "vi": "Tệp này không phải văn bản.",
        "en": "This file is not text.",
    },
    "wrong_encoding": {
        "vi": "Tệp không đọc được theo bảng mã {encoding}. Hãy chọn bảng mã khác.",
        "en": "The file cannot be read as {encoding}. Choose another encoding.",
    },
    "no_questions": {
        "vi": "Không tìm thấy câu hỏi nào trong tệp. Hãy kiểm tra định dạng của tệp.",
        "en": "No question was found in the file. Check its format.",
    },
    "too_many_questions": {
        "vi": "Tệp có hơn {limit} câu hỏi. Hãy tách tệp.",
        "en": "The file holds more than {limit} questions. Split it.",
    },
    "encoding_converted": {
        "vi": "Tệp dùng bảng mã {encoding}, đã chuyển sang Unicode: “{text}”. Hãy kiểm tra chữ có đúng không.",
        "en": "The file is in {encoding} and was converted to Unicode: “{text}”. Check that it reads right.",
    },
    "legacy_encoding": {
        "vi": "Tệp có vẻ dùng bảng mã {encoding}; sau khi chuyển đọc là “{text}”. Hãy xác nhận trước khi nhập.",
        "en": "The file seems to be in {encoding}; converted it reads “{text}”. Confirm it before importing.",
    },
    "double_encoded": {
        "vi": "Chữ trong tệp bị lỗi do lưu sai bảng mã; sửa lại đọc là “{text}”. Hãy xác nhận trước khi nhập.",
        "en": "The text was garbled by a wrong encoding; repaired it reads “{text}”. Confirm it before importing.",
    },
    "xml_encoding_untrue": {
        "vi": "Tệp tự khai bảng mã {declared} nhưng thật ra là {encoding}; đã đọc theo {encoding}.",
        "en": "The file declares {declared} but is {encoding}; it was read as {encoding}.",
    },
    "value_refused": {
        "vi": "Nội dung vượt giới hạn cho phép ({field}).",
        "en": "The content exceeds what is allowed ({field}).",
    },
    "type_not_imported": {
        "vi": "Chưa nhập được loại câu hỏi: {type_name}.",
        "en": "This type of question cannot be imported yet: {type_name}.",
    },
    "weights_not_kept": {
        "vi": "Câu hỏi cho điểm từng phương án ({weights}), khác với các cách chấm hiện có. Cần người quyết định.",
        "en": "The item weighs its options ({weights}) as no scoring rule here does. Someone has to decide.",
    },
    "single_with_keys": {
        "vi": "Câu hỏi một lựa chọn có nhiều đáp án ({text}).",
        "en": "A single-choice item has several keys ({text}).",
    },
    "keys_conflict": {
        "vi": "Các dấu hiệu đáp án không thống nhất ({text}). Cần người quyết định.",
        "en": "The marks of the key contradict each other ({text}). Someone has to decide.",
    },
    "key_unreadable": {
        "vi": "Không hiểu đáp án “{text}”.",
        "en": "The key “{text}” cannot be read.",
    },
    "key_not_found": {
        "vi": "Đáp án “{text}” không trỏ tới phương án nào của câu hỏi.",
        "en": "The key “{text}” points at no option of the item.",
    },
    "fraction_refused": {
        "vi": "Tỷ lệ điểm “{text}” không hợp lệ; phải là số từ -100 đến 100.",
        "en": "The weight “{text}” is not valid; it must be a number from -100 to 100.",
    },
    "braces_unbalanced": {
        "vi": "Dấu ngoặc nhọn {{ }} của phần trả lời không khép; có thể có dòng trống ở giữa câu.",
        "en": "The braces {{ }} of the answers do not match; a blank line may stand inside the question.",
    },
    "too_few_answers": {
        "vi": "Câu hỏi chỉ có {count} phương án trả lời.",
        "en": "The question has only {count} answers.",
    },
    "pair_without_arrow": {
        "vi": "Cặp “{text}” thiếu dấu ->.",
        "en": "The pair “{text}” lacks the sign ->.",
    },
    "text_after_category": {
        "vi": "Sau dòng $CATEGORY phải có dòng trống; chưa đọc được “{text}”.",
        "en": "A blank line must follow $CATEGORY; “{text}” was not read.",
    },
    "category_as_tag": {
        "vi": "Thư mục “{text}” được ghi thành từ khóa “{tag}”.",
        "en": "The category “{text}” became the tag “{tag}”.",
    },
    "tag_changed": {
        "vi": "Từ khóa “{text}” được sửa cho hợp lệ.",
        "en": "The tag “{text}” was changed to be valid.",
    },
    "title_not_kept": {
        "vi": "Tên câu hỏi “{text}” không được lưu.",
        "en": "The question's name “{text}” is not kept.",
    },
    "setting_not_kept": {
        "vi": "Thiết lập {text} không được lưu.",
        "en": "The setting {text} is not kept.",
    },
    "media_not_kept": {
        "vi": "Câu hỏi có hình, âm thanh hoặc công thức ({tags}) chưa nhập được. Hãy bổ sung trước khi dùng.",
        "en": "The item has media or formulas ({tags}) that cannot be imported yet. Add them before use.",
    },
    "vector_not_kept": {
        "vi": "Câu hỏi có hình dạng EMF/WMF (thường là công thức cũ) không hiển thị được. Hãy chụp thành PNG.",
        "en": "The item has an EMF/WMF drawing (often an old formula), which no browser shows. Make it a PNG.",
    },
    "taken_as_cluster": {
        "vi": "Các ý được đánh dấu Đúng/Sai nên được hiểu là chùm đúng/sai.",
        "en": "The statements are marked true or false, so it was taken as a cluster of them.",
    },
    "taken_as_short_text": {
        "vi": "Câu không có phương án, đáp án ngắn “{text}” nên được hiểu là câu trả lời ngắn.",
        "en": "There are no options and a short key “{text}”, so it was taken as short text.",
    },
    "taken_as_essay": {
        "vi": "Câu không có phương án, có đáp án dài nên được hiểu là câu tự luận; đáp án thành hướng dẫn chấm.",
        "en": "There are no options and a long answer, so it was taken as an essay with guidance for markers.",
    },
    "passage_as_case": {
        "vi": "Tình huống ở dòng {line} gồm {count} câu hỏi, được nhập thành một câu tình huống.",
        "en": "The passage on line {line} has {count} questions and became one case.",
    },
    "passage_range_guessed": {
        "vi": "Tình huống ở dòng {line} không nói gồm những câu nào; đã lấy {count} câu theo sau. Hãy kiểm tra.",
        "en": "The passage on line {line} does not say which questions it has; {count} that follow were taken. Check.",
    },
    "passage_without_questions": {
        "vi": "Tình huống ở dòng {line} không có câu hỏi nào đọc được theo sau.",
        "en": "No readable question follows the passage on line {line}.",
    },
    "markup_removed": {
        "vi": "Đã bỏ các thẻ {tags}; chữ bên trong được giữ nếu an toàn.",
        "en": "The tags {tags} were removed; their text is kept where that is safe.",
    },
    "tex_kept_as_text": {
        "vi": "Công thức TeX được giữ nguyên dạng chữ.",
        "en": "TeX formulas are kept as typed.",
    },
    "feedback_joined": {
        "vi": "Nhận xét cho từng phương án được gộp vào phần giải thích.",
        "en": "The feedback of single options was put into the rationale.",
    },
    "wrapped_line": {
        "vi": "Dòng {line} không có chữ cái phương án nên được nối vào phương án trước.",
        "en": "Line {line} has no option letter and was joined to the option before.",
    },
    "answer_line_missing": {
        "vi": "Câu hỏi không có dòng ANSWER.",
        "en": "The question has no ANSWER line.",
    },
    "answer_rest_ignored": {
        "vi": "Dòng đáp án ghi “{text}”; chỉ dùng chữ cái đầu {used}.",
        "en": "The answer line says “{text}”; only its first letter {used} counts.",
    },
    "doctype_refused": {
        "vi": "Tệp XML có khai báo DOCTYPE hoặc thực thể (entity), không được phép. Hãy xuất lại không có phần này.",
        "en": "The XML declares a DOCTYPE; entities are not allowed. Export it again without.",
    },
    "xml_malformed": {
        "vi": "Tệp XML bị lỗi ở dòng {line}: {text}.",
        "en": "The XML is malformed on line {line}: {text}.",
    },
    "xml_too_deep": {
        "vi": "Tệp XML lồng nhau quá {limit} tầng nên không được đọc.",
        "en": "The XML is nested deeper than {limit} levels and was not read.",
    },
    "xml_too_many_elements": {
        "vi": "Tệp XML có hơn {limit} phần tử. Hãy tách tệp.",
        "en": "The XML has more than {limit} elements. Split it.",
    },
    "not_moodle_xml": {
        "vi": "Đây không phải tệp Moodle XML: phần tử gốc là <{text}>, không phải <quiz>.",
        "en": "This is no Moodle XML: the root element is <{text}>, not <quiz>.",
    },
    "file_not_kept": {
        "vi": "Tệp đính kèm “{name}” ({size_kb} KB) chưa nhập được. Hãy bổ sung trước khi dùng.",
        "en": "The attached file “{name}” ({size_kb} KB) cannot be imported yet. Add it before use.",
    },
    "tag_kept_as_text": {
        "vi": "Phương án chỉ gồm thẻ “{text}” nên được hiểu là chữ.",
        "en": "An option is nothing but the tag “{text}” and was taken as text.",
    },
    "text_too_long": {
        "vi": "Tệp có quá {limit} dòng hoặc một dòng quá {chars} ký tự. Hãy tách tệp.",
        "en": "The file has more than {limit} lines, or a line of more than {chars} characters. Split it.",
    },
    "line_ignored": {
        "vi": "Dòng {line} không thuộc câu hỏi nào nên không được đọc: “{text}”.",
        "en": "Line {line} belongs to no question and was not read: “{text}”.",
    },
    "key_table_ambiguous": {
        "vi": "Bảng đáp án có số câu trùng nhau nên không được dùng. Hãy tách tệp theo từng phần.",
        "en": "The key table counts some numbers twice and was not used. Split the file by its parts.",
    },
    "key_table_unused": {
        "vi": "Bảng đáp án có các câu không thấy trong tệp: {text}.",
        "en": "The key table names questions that are not in the file: {text}.",
    },
    "option_label_missing": {
        "vi": "Không tìm thấy phương án {text}; có thể mất chữ cái đầu dòng.",
        "en": "The option {text} was not found; its letter may be lost.",
    },
    "taken_as_multiple": {
        "vi": "Có nhiều đáp án ({text}) nên được hiểu là câu hỏi nhiều lựa chọn.",
        "en": "There are several keys ({text}), so it was taken as multiple choice.",
    },
    "key_from_marks": {
        "vi": "Đáp án được nhận ra từ cách đánh dấu phương án (sao, chữ đậm, gạch chân, màu).",
        "en": "The key was recognised by how an option is marked (star, bold, underline, colour).",
    },
    "basis_kept_as_text": {
        "vi": "Chưa tách được căn cứ “{text}”; nội dung được giữ nguyên văn.",
        "en": "The legal basis “{text}” was not understood and is kept as written.",
    },
    "level_unknown": {
        "vi": "Không có mức độ “{text}”. Hãy dùng: Nhận biết, Thông hiểu, Vận dụng, Vận dụng cao.",
        "en": "There is no level “{text}”. Use the four level names.",
    },
    "level_mark_as_tag": {
        "vi": "Ký hiệu [{number}] đầu câu được ghi thành từ khóa “mức {number}”.",
        "en": "The mark [{number}] before the question became the tag “mức {number}”.",
    },
    "formula_as_text": {
        "vi": "Công thức được ghi thành chữ một dòng. Hãy kiểm tra.",
        "en": "A formula was written as a line of text. Check it.",
    },
    "tracked_changes_accepted": {
        "vi": "Tài liệu có theo dõi thay đổi; phần đã xóa không được đọc.",
        "en": "The document has tracked changes; deleted text was not read.",
    },
    "program_text": {
        "vi": "Tệp này là mã chương trình hoặc dữ liệu (JavaScript, JSON), không phải văn bản câu hỏi.",
        "en": "This file is a program or data (JavaScript, JSON), not a text of questions.",
    },
    "not_a_document": {
        "vi": "Tệp này không phải tài liệu Word (.docx).",
        "en": "This file is not a Word document (.docx).",
    },
    "legacy_doc": {
        "vi": "Tệp ở định dạng Word cũ (.doc). Hãy mở bằng Word và lưu lại thành .docx.",
        "en": "The file is in the old Word format (.doc). Save it again as .docx.",
    },
    "encrypted_document": {
        "vi": "Tệp có mật khẩu. Hãy bỏ mật khẩu rồi gửi lại.",
        "en": "The file is protected by a password. Remove it and send the file again.",
    },
    "document_too_large": {
        "vi": "Tệp bung ra quá lớn so với giới hạn {limit_mb} MB nên không được đọc.",
        "en": "The file unpacks to more than the limit of {limit_mb} MB and was not read.",
    },
    "document_malformed": {
        "vi": "Tệp Word bị hỏng. Hãy mở bằng Word, lưu lại rồi gửi lại.",
        "en": "The document is damaged. Open it in Word, save it and send it again.",
    },
    "document_macros_refused": {
        "vi": "Tệp có chương trình macro nên không được nhận. Hãy lưu lại dạng Word thường (.docx) rồi gửi lại.",
        "en": "The file carries macros and was refused. Save it as an ordinary document (.docx) and send it again.",
    },
    "document_objects_refused": {
        "vi": "Tệp có đối tượng nhúng (OLE, ActiveX) nên không được nhận. Hãy xóa đối tượng hoặc chép sang tệp mới.",
        "en": "The file carries embedded objects (OLE, ActiveX) and was refused. Remove them or copy to a new file.",
    },
    "too_many_answers": {
        "vi": "Câu hỏi có {count} dòng hoặc phương án trả lời, quá giới hạn {limit}; có thể thiếu dấu ngăn cách câu.",
        "en": "The question has {count} lines or answers, above the limit of {limit}; a separator may be missing.",
    },
}
