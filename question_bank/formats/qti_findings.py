"""The sentences for what reading QTI finds."""

MESSAGES: dict[str, dict[str, str]] = {
    "not_qti": {
        "vi": "Đây không phải tệp QTI 2.0–3.0: phần tử gốc là <{text}>.",
        "en": "This is no QTI 2.0 to 3.0: the root element is <{text}>.",
    },
    "qti12_unsupported": {
        "vi": "Tệp theo chuẩn cũ QTI 1.2 (“{text}”) chưa nhập được. Hãy xuất lại ở QTI 2.1 trở lên.",
        "en": "The file is in the old QTI 1.2 (“{text}”) and is not read. Export it again as QTI 2.1 or later.",
    },
    "qti_result": {
        "vi": "Đây là tệp kết quả làm bài (assessmentResult), không chứa câu hỏi.",
        "en": "This is a file of results (assessmentResult); it holds no questions.",
    },
    "qti_test_alone": {
        "vi": "Đề “{text}” tham chiếu {count} câu hỏi không có trong tệp. Hãy nhập cả gói (.zip).",
        "en": "The test “{text}” refers to {count} items that the file does not hold. Import the whole package (.zip).",
    },
    "qti_item_unreadable": {
        "vi": "Không hiểu khai báo biến của câu hỏi (“{text}”).",
        "en": "A declaration of the item cannot be read (“{text}”).",
    },
    "qti_file_unreadable": {
        "vi": "Không đọc được tệp {name}: {why}",
        "en": "The file {name} cannot be read: {why}",
    },
    "qti_no_interaction": {
        "vi": "Trang này chỉ có nội dung để đọc, không hỏi gì.",
        "en": "This page is only to be read; it asks nothing.",
    },
    "qti_interaction_unsupported": {
        "vi": "Chưa có loại câu hỏi tương ứng với {name}; bản gốc được giữ nguyên.",
        "en": "There is no item type for {name}; the original is kept.",
    },
    "qti_custom_interaction": {
        "vi": "Câu hỏi chạy chương trình riêng ({name}); chương trình của gói không được chạy, bản gốc được giữ.",
        "en": "The item runs a program of its own ({name}); programs of packages are never run, the original is kept.",
    },
    "qti_templated": {
        "vi": "Câu hỏi sinh nội dung từ mẫu (template) dùng {name}, chưa tính được; bản gốc được giữ nguyên.",
        "en": "The item makes its content from a template with {name}, which is not evaluated; the original is kept.",
    },
    "qti_operator_unsupported": {
        "vi": "Cách chấm của câu hỏi dùng {name}, chưa tính được; bản gốc được giữ nguyên.",
        "en": "The item's scoring uses {name}, which is not evaluated here; the original is kept.",
    },
    "qti_processing_too_long": {
        "vi": "Cách chấm của câu hỏi quá dài để kiểm tra; bản gốc được giữ nguyên.",
        "en": "The item's scoring is too long to check; the original is kept.",
    },
    "qti_processing_differs": {
        "vi": "Cách chấm riêng của câu hỏi không trùng với cách chấm nào ở đây; bản gốc được giữ nguyên.",
        "en": "The item's own scoring is that of no scoring rule here; the original is kept.",
    },
    "qti_negative_scores": {
        "vi": "Câu hỏi trừ điểm xuống dưới 0; ở đây điểm âm được tính là 0. Cần người quyết định.",
        "en": "The item takes points below 0; here what is below 0 counts as 0. Someone has to decide.",
    },
    "qti_scores_for_nothing": {
        "vi": "Câu hỏi cho điểm cả khi bỏ trống; bản gốc được giữ nguyên.",
        "en": "The item gives points for an empty response; the original is kept.",
    },
    "qti_not_two_sides": {
        "vi": "Các cặp đúng không chia được thành hai cột để ghép; bản gốc được giữ nguyên.",
        "en": "The right pairs cannot be divided into two columns; the original is kept.",
    },
    "qti_nested": {
        "vi": "Các phần trả lời lồng vào nhau theo cách chưa đọc được; bản gốc được giữ nguyên.",
        "en": "Interactions are nested in a way that is not read; the original is kept.",
    },
    "qti_shown_later": {
        "vi": "Có phần trả lời chỉ hiện ra sau câu trả lời trước (adaptive); bản gốc được giữ nguyên.",
        "en": "A part is shown only after an earlier response (adaptive); the original is kept.",
    },
    "qti_title_as_stem": {
        "vi": "Câu hỏi không có phần dẫn; tên câu hỏi được dùng làm phần dẫn.",
        "en": "The item has no stem; its title became the stem.",
    },
    "qti_template_variant": {
        "vi": "Câu hỏi sinh số liệu ngẫu nhiên từ mẫu; đã nhập một biến thể cố định.",
        "en": "The item makes its data at random from a template; one fixed variant was imported.",
    },
    "qti_no_processing": {
        "vi": "Tệp không ghi cách chấm (SCORE); đáp án lấy theo phần khai báo. Hãy kiểm tra.",
        "en": "The file does not say how to score (SCORE); the key is the declared one. Check it.",
    },
    "qti_key_scores_nothing": {
        "vi": "Theo cách chấm ghi trong tệp, chính đáp án đã khai báo cũng không được điểm. Hãy kiểm tra đáp án.",
        "en": "By the file's own scoring the declared key earns nothing. Check the key.",
    },
    "qti_key_scores_less": {
        "vi": "Đáp án khai báo được {score} trong {whole} điểm; đáp án ở đây theo cách chấm của tệp. Hãy kiểm tra.",
        "en": "The declared key earns {score} of {whole}; the key here follows the file's scoring. Check it.",
    },
    "qti_adaptive": {
        "vi": "Câu hỏi nhiều lượt (adaptive); chỉ lượt đầu được giữ.",
        "en": "The item is adaptive; only its first attempt is kept.",
    },
    "qti_hint_dropped": {
        "vi": "Đã bỏ nút gợi ý hoặc kết thúc lượt ({name}).",
        "en": "A button for a hint or the end of an attempt was left out ({name}).",
    },
    "qti_associate_as_matching": {
        "vi": "Câu ghép cặp trong một danh sách được chuyển thành ghép hai cột, nên dễ hơn bản gốc.",
        "en": "Pairs within one list became a matching of two columns, which is easier than the original.",
    },
    "qti_needs_marker": {
        "vi": "Câu tự luận; người chấm cho điểm.",
        "en": "An essay; a person marks it.",
    },
    "qti_rubric_made": {
        "vi": "Tệp không có thang chấm; đã lập một tiêu chí với {count} mức. Hãy sửa cho phù hợp.",
        "en": "The file has no rubric; one criterion with {count} levels was made. Edit it to fit.",
    },
    "qti_feedback_kept": {
        "vi": "Phản hồi theo câu trả lời ({count}) được gộp vào phần giải thích.",
        "en": "The feedback on responses ({count}) was put into the rationale.",
    },
    "qti_notes_kept": {
        "vi": "Ghi chú cho người chấm hoặc tác giả được gộp vào phần giải thích.",
        "en": "Notes for markers or authors were put into the rationale.",
    },
    "qti_parts_dropped": {
        "vi": "Không giữ: {text}.",
        "en": "Not kept: {text}.",
    },
    "qti_media_dropped": {
        "vi": "Âm thanh, phim hoặc đối tượng “{name}” chưa nhập được; có ghi chú tại chỗ.",
        "en": "Sound, film or object “{name}” cannot be imported; a note stands in its place.",
    },
    "qti_image_remote": {
        "vi": "Hình “{name}” nằm ở máy khác; hệ thống không tải từ mạng. Hãy chèn lại hình.",
        "en": "The image “{name}” is on another machine; nothing is fetched from the network. Insert it again.",
    },
    "qti_path_outside": {
        "vi": "Đường dẫn “{name}” trỏ ra ngoài gói nên không được đọc.",
        "en": "The path “{name}” leads out of the package and was not read.",
    },
    "qti_file_missing": {
        "vi": "Gói không có tệp “{name}”.",
        "en": "The package does not hold the file “{name}”.",
    },
    "qti_image_refused": {
        "vi": "Không nhận hình “{name}”: {why}",
        "en": "The image “{name}” is not accepted: {why}",
    },
    "qti_include_refused": {
        "vi": "Phần nội dung gọi từ tệp khác (XInclude) không được đọc.",
        "en": "Content from another file (XInclude) was not read.",
    },
    "qti_stimulus_missing": {
        "vi": "Gói không có ngữ liệu “{name}” mà câu hỏi dùng.",
        "en": "The package does not hold the stimulus “{name}” that the item uses.",
    },
    "qti_case_made": {
        "vi": "{count} câu dùng chung một ngữ liệu được gộp thành một tình huống ({text}).",
        "en": "{count} items that share a text became one case ({text}).",
    },
    "qti_identifier_repeated": {
        "vi": "Mã câu hỏi “{text}” có trong {count} tệp của gói; mã được ghi kèm tên tệp.",
        "en": "The identifier “{text}” stands in {count} files of the package; the file's name was added to it.",
    },
    "qti_choice_repeated": {
        "vi": "Mã phương án “{text}” bị lặp trong câu hỏi; bản gốc được giữ nguyên.",
        "en": "The choice identifier “{text}” is repeated in the item; the original is kept.",
    },
    "qti_key_not_a_choice": {
        "vi": "Đáp án khai báo “{text}” không phải phương án nào của câu hỏi.",
        "en": "The declared key “{text}” is no choice of the item.",
    },
    "qti_key_crowds_gap": {
        "vi": "Đáp án khai báo điền nhiều mục vào một chỗ trống ({text}); ở đây mỗi chỗ chỉ nhận một. Hãy kiểm tra.",
        "en": "The declared key puts several entries into one gap ({text}); here a gap takes one. Check it.",
    },
    "qti_copy_changed": {
        "vi": "Bản gốc kèm {name} không còn khớp (câu hỏi đã bị sửa ở nơi khác); câu hỏi được đọc như trong tệp.",
        "en": "The copy beside {name} no longer fits it (another program changed it); the item was read as it stands.",
    },
    "qti_manifest_missing": {
        "vi": "Gói không có imsmanifest.xml; đã đọc mọi câu hỏi tìm thấy trong gói.",
        "en": "The package has no imsmanifest.xml; every item found in it was read.",
    },
    "qti_manifest_broken": {
        "vi": "imsmanifest.xml bị lỗi ({why}); đã đọc mọi câu hỏi tìm thấy trong gói.",
        "en": "imsmanifest.xml is broken ({why}); every item found in the package was read.",
    },
    "qti_resource_missing": {
        "vi": "Manifest ghi tệp “{name}” nhưng gói không có.",
        "en": "The manifest names the file “{name}”, which the package does not hold.",
    },
    "qti_resource_outside": {
        "vi": "Manifest trỏ tới “{name}” ở ngoài gói; không đọc.",
        "en": "The manifest points at “{name}” outside the package; it was not read.",
    },
    "qti_package_empty": {
        "vi": "Không tìm thấy câu hỏi nào trong gói. {why}",
        "en": "No item was found in the package. {why}",
    },
    "qti_stray_text": {
        "vi": "Chữ “{text}” đứng giữa hoặc sau các phương án; đã được đưa vào phần dẫn.",
        "en": "The text “{text}” stands among or behind the choices; it was put into the stem.",
    },
    "qti_nested_archive": {
        "vi": "Gói chứa gói khác ({name}); gói bên trong không được mở.",
        "en": "The package holds another archive ({name}); it was not opened.",
    },
    "qti_test_outline": {
        "vi": "Đề “{title}”: {sections} phần, {items} câu{limits}. Có thể dùng làm gợi ý cho ma trận đề.",
        "en": "Test “{title}”: {sections} sections, {items} items{limits}. It can serve as a proposal for a blueprint.",
    },
    "qti_test_part_dropped": {
        "vi": "Đề “{title}”: không giữ {text}.",
        "en": "Test “{title}”: not kept: {text}.",
    },
    "zip_damaged": {
        "vi": "Tệp .zip bị hỏng hoặc không phải .zip. Hãy nén lại rồi gửi lại.",
        "en": "The .zip is damaged or none at all. Pack it again and send it.",
    },
    "zip_encrypted": {
        "vi": "Tệp .zip có mật khẩu. Hãy nén lại không mật khẩu.",
        "en": "The .zip is protected by a password. Pack it again without.",
    },
    "zip_unsafe_path": {
        "vi": "Gói có đường dẫn trỏ ra ngoài (“{name}”) nên bị từ chối cả gói.",
        "en": "The package has an entry that leads out of it (“{name}”); the whole package is refused.",
    },
    "zip_link": {
        "vi": "Gói có liên kết tượng trưng (“{name}”) nên bị từ chối cả gói.",
        "en": "The package has a symbolic link (“{name}”); the whole package is refused.",
    },
    "zip_duplicate": {
        "vi": "Gói có hai tệp cùng tên (“{name}”) nên bị từ chối cả gói.",
        "en": "The package has two entries of one name (“{name}”); the whole package is refused.",
    },
    "zip_too_many": {
        "vi": "Gói có hơn {limit} tệp. Hãy tách gói.",
        "en": "The package has more than {limit} entries. Split it.",
    },
    "zip_too_large": {
        "vi": "Gói bung ra quá lớn (hơn {limit_mb} MB, hoặc hơn {ratio} lần cỡ nén) nên không được đọc.",
        "en": "The package unpacks to more than {limit_mb} MB, or {ratio} times its size, and was not read.",
    },
}
