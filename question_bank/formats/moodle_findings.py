"""The sentences for what reading questions of Moodle's formats finds, beyond those of every text format."""

MESSAGES: dict[str, dict[str, str]] = {
    "weights_do_not_sum": {
        "vi": "Tỷ lệ điểm của các phương án đúng cộng lại không bằng 100 % ({weights}). Cần người quyết định.",
        "en": "The weights of the right options do not add up to 100 % ({weights}). Someone has to decide.",
    },
    "grading_not_expressible": {
        "vi": "Ở đây không có cách chấm “{text}”. Bản gốc được giữ lại để soạn lại.",
        "en": "There is no scoring rule “{text}” here. The original is kept so that it can be written anew.",
    },
    "labels_not_kept": {
        "vi": "Hai lựa chọn “{text}” được hiểu là Đúng / Sai. Hãy kiểm tra.",
        "en": "The two choices “{text}” were taken as true / false. Check that.",
    },
    "number_unreadable": {
        "vi": "Không đọc được số “{text}” trong đáp án.",
        "en": "The number “{text}” of the key cannot be read.",
    },
    "answer_order_not_kept": {
        "vi": "Một câu trả lời ít điểm đứng trước câu nhiều điểm hơn mà cùng khớp; Moodle lấy câu đầu, ở đây lấy câu "
        "nhiều điểm nhất. Cần người quyết định.",
        "en": "An answer of fewer points stands before a better one that fits too; Moodle takes the first, this "
        "system the best. Someone has to decide.",
    },
    "units_not_kept": {
        "vi": "Đơn vị có hệ số quy đổi hoặc trừ điểm một phần ({text}) chưa giữ được. Cần người quyết định.",
        "en": "Units that are converted, or cost part of the points ({text}), are not kept. Someone has to decide.",
    },
    "multiresponse_gap": {
        "vi": "Chỗ trống cho đánh dấu nhiều ô chưa nhập được. Bản gốc được giữ lại để soạn lại.",
        "en": "A gap in which several boxes are ticked cannot be imported. The original is kept to be written anew.",
    },
    "gap_without_choice": {
        "vi": "Chỗ trống {text} trỏ tới một từ không có trong câu hỏi. Bản gốc được giữ lại để soạn lại.",
        "en": "The gap {text} names a word that is not there. The original is kept so that it can be written anew.",
    },
    "gap_not_closed": {
        "vi": "Chỗ trống “{text}” không khép dấu ngoặc nhọn.",
        "en": "The gap “{text}” lacks its closing brace.",
    },
    "gap_in_braces": {
        "vi": "Câu có chỗ trống kiểu cloze trong tệp GIFT; được hiểu là câu điền chỗ trống.",
        "en": "The question has cloze gaps inside a GIFT file; it was taken as a cloze question.",
    },
    "attachments_not_kept": {
        "vi": "Câu tự luận đòi nộp tệp đính kèm; ở đây thí sinh chỉ gõ bài làm. Cần người quyết định.",
        "en": "The essay asks for an attached file; here candidates only type. Someone has to decide.",
    },
    "category_as_competency": {
        "vi": "Thư mục “{text}” được hiểu là năng lực {competency}.",
        "en": "The category “{text}” was taken as the competency {competency}.",
    },
    "foreign_format": {
        "vi": "Tệp này ở định dạng {name}, chưa đọc được. Hãy xuất lại thành Moodle XML, GIFT hoặc QTI.",
        "en": "The file is in the format {name}, which is not read. Export it again as Moodle XML, GIFT or QTI.",
    },
    "missing_word_without_answers": {
        "vi": "Câu điền từ thiếu phần trả lời trong dấu ngoặc nhọn.",
        "en": "The missing-word question lacks its answers in braces.",
    },
}
