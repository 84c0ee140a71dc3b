"""What blocks an item and what is wrong with a response, as sentences: code → language → text."""

MESSAGES: dict[str, dict[str, str]] = {
    "empty_stem": {"vi": "Câu hỏi chưa có phần dẫn.", "en": "The item has no stem."},
    "too_few_options": {
        "vi": "Câu hỏi cần ít nhất hai phương án; hiện có {count}.",
        "en": "An item needs at least two options; there are {count}.",
    },
    "too_many_options": {
        "vi": "Câu hỏi có {count} phương án; tối đa là {limit}.",
        "en": "The item has {count} options; the limit is {limit}.",
    },
    "empty_option": {"vi": "Phương án {label} chưa có nội dung.", "en": "Option {label} is empty."},
    "equal_options": {
        "vi": "Phương án {label} và {other_label} giống nhau.",
        "en": "Options {label} and {other_label} are the same.",
    },
    "repeated_option_id": {
        "vi": "Hai phương án mang cùng một mã nội bộ; hãy nhập lại phương án {label}.",
        "en": "Two options carry the same internal id; enter option {label} again.",
    },
    "no_key": {"vi": "Câu hỏi chưa có đáp án.", "en": "The item has no key."},
    "key_not_an_option": {
        "vi": "Đáp án trỏ tới một phương án không có trong câu hỏi.",
        "en": "The key points at an option that the item does not have.",
    },
    "all_options_keyed": {
        "vi": "Mọi phương án đều là đáp án; câu hỏi nhiều lựa chọn cần ít nhất một phương án nhiễu.",
        "en": "Every option is keyed; a multiple-choice item needs at least one distractor.",
    },
    "malformed_response": {
        "vi": "Câu trả lời gửi lên không đúng dạng của loại câu hỏi này.",
        "en": "The response does not have the form of this item type.",
    },
    "unknown_option": {
        "vi": "Câu trả lời chọn một phương án không có trong câu hỏi này.",
        "en": "The response chooses an option that this item does not have.",
    },
    "repeated_option": {
        "vi": "Câu trả lời chọn một phương án hai lần.",
        "en": "The response chooses an option twice.",
    },
    "invalid_option_order": {
        "vi": "Thứ tự phương án không gồm đúng các phương án của câu hỏi.",
        "en": "The option order does not consist of exactly the item's options.",
    },
    "too_many_choices": {
        "vi": "Câu trả lời chọn nhiều hơn số được phép.",
        "en": "The response chooses more than is allowed.",
    },
    "incomplete_order": {
        "vi": "Câu trả lời chưa sắp xếp đủ các mục.",
        "en": "The response does not order every entry.",
    },
    "text_too_long": {
        "vi": "Câu trả lời dài hơn mức cho phép.",
        "en": "The response is longer than allowed.",
    },
    "repeated_id": {
        "vi": "Hai thành phần của câu hỏi mang cùng một mã nội bộ ({id}); hãy nhập lại một trong hai.",
        "en": "Two parts of the item carry the same internal id ({id}); enter one of them again.",
    },
    "share_out_of_range": {
        "vi": "Tỷ lệ điểm {share} không hợp lệ; hãy ghi từ {least} đến {most}.",
        "en": "The share {share} is not allowed; it lies from {least} to {most}.",
    },
    "share_of_unknown_option": {
        "vi": "Tỷ lệ điểm được ghi cho một phương án không có trong câu hỏi.",
        "en": "A share is given to an option that the item does not have.",
    },
    "key_has_partial_share": {
        "vi": "Đáp án luôn được trọn điểm; hãy bỏ tỷ lệ điểm ghi cho đáp án.",
        "en": "The key always gains all points; remove the share given to it.",
    },
    "weights_below_full": {
        "vi": "Chọn hết các đáp án chỉ được {share} số điểm; tổng tỷ lệ của các đáp án phải đạt 1.",
        "en": "Choosing every key gains only {share} of the points; the keys' weights must reach 1.",
    },
    "more_keys_than_choices": {
        "vi": "Câu hỏi có {count} đáp án nhưng chỉ cho chọn {limit}.",
        "en": "There are {count} keys, but only {limit} may be chosen.",
    },
    "statement_count": {
        "vi": "Chùm đúng/sai cần từ {least} đến {most} ý; hiện có {count}.",
        "en": "A true/false cluster needs {least} to {most} statements; there are {count}.",
    },
    "empty_statement": {"vi": "Ý {label} chưa có nội dung.", "en": "Statement {label} is empty."},
    "equal_statements": {
        "vi": "Ý {label} và {other_label} giống nhau.",
        "en": "Statements {label} and {other_label} are the same.",
    },
    "statement_without_key": {
        "vi": "Ý {label} chưa ghi đúng hay sai.",
        "en": "Statement {label} is marked neither true nor false.",
    },
    "steps_do_not_fit": {
        "vi": "Thang điểm phải có {count} bậc (từ 0 đến {last} ý đúng), không giảm, từ 0 đến 1.",
        "en": "The scale needs {count} steps (0 to {last} right), never falling, from 0 to 1.",
    },
    "no_answer": {
        "vi": "Câu hỏi chưa có câu trả lời được chấp nhận.",
        "en": "The item has no accepted answer.",
    },
    "empty_answer": {
        "vi": "Câu trả lời được chấp nhận số {number} không có chữ hay số nào.",
        "en": "Accepted answer {number} has no letter or digit.",
    },
    "no_full_answer": {
        "vi": "Không câu trả lời nào được trọn điểm; cần ít nhất một câu trả lời có tỷ lệ 1.",
        "en": "No answer gains all points; at least one needs the share 1.",
    },
    "negative_tolerance": {
        "vi": "Sai số cho phép không được âm.",
        "en": "The tolerance must not be negative.",
    },
    "unit_missing": {
        "vi": "Câu hỏi yêu cầu ghi đơn vị nhưng chưa có đơn vị đúng.",
        "en": "The unit is required, but the item does not name it.",
    },
    "no_gap": {"vi": "Câu điền khuyết chưa có chỗ trống.", "en": "The cloze item has no gap."},
    "gap_without_marker": {
        "vi": "Chỗ trống {number} không có vị trí trong phần dẫn; hãy chèn [[gap:{id}]].",
        "en": "Gap {number} has no place in the stem; insert [[gap:{id}]].",
    },
    "marker_without_gap": {
        "vi": "Phần dẫn có vị trí [[gap:{id}]] nhưng chưa có chỗ trống này.",
        "en": "The stem has the marker [[gap:{id}]], but there is no such gap.",
    },
    "repeated_marker": {
        "vi": "Vị trí [[gap:{id}]] xuất hiện hai lần trong phần dẫn.",
        "en": "The marker [[gap:{id}]] stands in the stem twice.",
    },
    "weight_below_one": {
        "vi": "Trọng số phải là số nguyên từ 1 trở lên.",
        "en": "A weight is a whole number of at least 1.",
    },
    "too_few_prompts": {"vi": "Câu ghép nối chưa có vế trái.", "en": "There is nothing to match."},
    "too_few_targets": {
        "vi": "Câu ghép nối cần ít nhất hai vế phải; hiện có {count}.",
        "en": "Matching needs at least two targets; there are {count}.",
    },
    "empty_prompt": {"vi": "Vế trái {label} chưa có nội dung.", "en": "Prompt {label} is empty."},
    "equal_prompts": {
        "vi": "Vế trái {label} và {other_label} giống nhau.",
        "en": "Prompts {label} and {other_label} are the same.",
    },
    "empty_target": {"vi": "Vế phải {label} chưa có nội dung.", "en": "Target {label} is empty."},
    "equal_targets": {
        "vi": "Vế phải {label} và {other_label} giống nhau.",
        "en": "Targets {label} and {other_label} are the same.",
    },
    "pair_of_unknown": {
        "vi": "Một cặp ghép trỏ tới vế không có trong câu hỏi.",
        "en": "A pair points at a prompt or target that the item does not have.",
    },
    "repeated_pair": {"vi": "Một cặp ghép được ghi hai lần.", "en": "A pair is keyed twice."},
    "pairs_below_full": {
        "vi": "Ghép đúng hết chỉ được {share} số điểm; tổng tỷ lệ của các cặp đúng phải đạt 1.",
        "en": "Matching everything right gains only {share} of the points; it must reach 1.",
    },
    "target_keyed_twice": {
        "vi": "Mỗi vế phải chỉ được dùng một lần nhưng đáp án dùng một vế hai lần.",
        "en": "A target may be used once, but the key uses one twice.",
    },
    "order_not_complete": {
        "vi": "Đáp án phải xếp thứ tự đúng tất cả các mục, mỗi mục một lần.",
        "en": "The key must order every entry exactly once.",
    },
    "consensus_not_complete": {
        "vi": "Mỗi phương án cần thứ hạng trung bình của nhóm chuyên gia, từ 1 đến {count}.",
        "en": "Every option needs the experts' mean rank, from 1 to {count}.",
    },
    "consensus_all_equal": {
        "vi": "Theo thứ hạng của chuyên gia, mọi cách xếp đều xa như nhau nên không thể chấm điểm.",
        "en": "By the experts' ranks every ranking is equally far, so nothing can be scored.",
    },
    "no_judges": {
        "vi": "Chưa ghi số chuyên gia đã xếp hạng.",
        "en": "The number of experts who ranked is missing.",
    },
    "word_limits": {
        "vi": "Số từ tối thiểu ({least}) lớn hơn số từ tối đa ({most}).",
        "en": "The least number of words ({least}) exceeds the most ({most}).",
    },
    "no_rubric": {
        "vi": "Câu tự luận chưa có tiêu chí chấm.",
        "en": "The essay has no marking criteria.",
    },
    "empty_criterion": {
        "vi": "Tiêu chí {number} chưa có tên.",
        "en": "Criterion {number} has no name.",
    },
    "too_few_levels": {
        "vi": "Tiêu chí {number} cần ít nhất hai mức.",
        "en": "Criterion {number} needs at least two levels.",
    },
    "rubric_below_full": {
        "vi": "Mức cao nhất của tiêu chí {number} chỉ được {share} số điểm; phải là 1.",
        "en": "The best level of criterion {number} gains only {share} of its points; it must be 1.",
    },
    "part_count": {
        "vi": "Tình huống cần từ 1 đến {most} câu hỏi; hiện có {count}.",
        "en": "A case needs 1 to {most} questions; there are {count}.",
    },
    "unsupported_type": {
        "vi": "Dạng câu hỏi này chưa được hỗ trợ ({reason}); nguyên văn được giữ để soạn lại.",
        "en": "This kind of question is not supported ({reason}); its source is kept for rewriting.",
    },
    "needs_marker": {
        "vi": "Bài tự luận phải do người chấm, không chấm tự động được.",
        "en": "A written answer is marked by a person, not by rule.",
    },
    "incomplete_marking": {
        "vi": "Chưa chọn mức cho mọi tiêu chí, hoặc mức không thuộc tiêu chí.",
        "en": "A criterion has no level chosen, or one that is not its own.",
    },
}
