"""The sheet that tells how the house template is filled in, in both languages."""

from typing import Any

_INSTRUCTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "Nội dung câu hỏi",
        "Bắt buộc. Xuống dòng trong ô bằng Alt+Enter.",
        "Required. Alt+Enter breaks a line.",
    ),
    ("A … H", "Từ hai phương án trở lên, không để trống ở giữa.", "Two options or more, no gap between."),
    (
        "Đáp án",
        "Chữ cái: B; nhiều đáp án: A, C; câu Đúng/Sai: Đúng.",
        "Letters: B; A, C; Đúng or Sai.",
    ),
    ("Loại", "Để trống là một lựa chọn. Chọn trong danh sách.", "Empty means single choice."),
    (
        "Chùm đúng/sai",
        "Mỗi ý ở một cột A, B …; đáp án ghi Đ, S, S, Đ.",
        "A statement in each of A, B …; the key is Đ (true) or S (false) for each.",
    ),
    (
        "Trả lời ngắn",
        "Đáp án ghi các cách trả lời được nhận, cách nhau bằng |; cách được nửa điểm: Hà Nội [1/2].",
        "The key holds accepted answers, divided by |; with half the points: Hà Nội [1/2].",
    ),
    (
        "Điền chỗ trống",
        (
            "Gõ đáp án ngay trong câu: {1:SHORTANSWER:=Hà Nội~%50%Thăng Long}; số: {1:NUMERICAL:=3.5:0.1}; "
            "chọn: {1:MULTICHOICE:=Đúng~Sai}. Số đầu là trọng số; cột đáp án để trống."
        ),
        "Gaps in the text, in Moodle's notation; the first number is the weight, the key column stays empty.",
    ),
    ("Điền số", "Đáp án ghi 3,5 ± 0,1; đơn vị ghi ở cột Thiết lập.", "3,5 ± 0,1; the unit goes to settings."),
    (
        "Ghép đôi",
        "Vế phải ở các cột A, B …; đáp án mỗi dòng một cặp: vế trái = B. Không có cột thì ghi vế trái = vế phải.",
        "Targets in A, B …; the key has a pair per line: prompt = B, or prompt = target without columns.",
    ),
    (
        "Sắp xếp",
        "Các bước ở A, B …; đáp án là thứ tự đúng: C, A, B.",
        "Entries in A, B …; the key is their order.",
    ),
    (
        "Xếp hạng theo chuyên gia",
        "Đáp án là thứ hạng trung bình: A = 1,2; B = 2,6.",
        "The key is the mean rank of each: A = 1,2; B = 2,6.",
    ),
    (
        "Tự luận",
        "Đáp án là hướng dẫn chấm. Tiêu chí chấm: Nội dung (2): mô tả; dòng dưới - 1/2: mô tả mức.",
        "The key is guidance for markers. Rubric lines: name (weight): text, below them - share: text.",
    ),
    (
        "Tình huống",
        "Dòng tình huống, rồi các câu hỏi bên dưới, mỗi câu ghi x ở cột Thuộc tình huống.",
        "The row of the case, then its questions below, each with x in the last column.",
    ),
    (
        "Thiết lập",
        "Mỗi dòng một mục, ví dụ: số từ nhiều nhất: 300; đơn vị: km; trọng số: 2.",
        "A line each, such as số từ nhiều nhất: 300 (most words), đơn vị: km (unit), trọng số: 2 (weight).",
    ),
    ("Căn cứ", "Khoản 2 Điều 10 Luật số 80/2025/QH15; mỗi dòng một căn cứ.", "One legal basis per line."),
    ("Hiệu lực từ", "Ngày có hiệu lực của căn cứ, dạng 01/07/2025.", "First day in force."),
    ("Hết hiệu lực", "Ngày đầu tiên không còn hiệu lực; để trống nếu còn.", "First day no longer in force."),
    ("Năng lực", "Mã trong cây năng lực, ví dụ KTC.01.", "Code in the competency tree."),
    ("Mức độ", "Nhận biết, Thông hiểu, Vận dụng, Vận dụng cao.", "Cognitive level."),
    (
        "Độ khó ước lượng",
        "Rất dễ, Dễ, Trung bình, Khó, Rất khó; để trống nếu không rõ. Dùng để cân bằng đề khi câu hỏi chưa có số liệu.",
        "The author's guess of the difficulty; papers are balanced by it until there are answers.",
    ),
    ("Từ khóa", "Cách nhau bằng dấu phẩy.", "Separated by commas."),
    (
        "Giữ vị trí",
        "Để trống: hệ thống tự giữ “Tất cả các ý trên” … Hoặc ghi chữ cái, “Tất cả”, “Không”.",
        "Empty: decided automatically. Or letters to keep in place, Tất cả (all), Không (none).",
    ),
    (
        "Định dạng",
        "HTML nếu các ô của dòng chứa thẻ như <b>; để trống là văn bản.",
        "HTML if cells hold tags.",
    ),
    (
        "Số, phân số, ngày",
        "Định dạng ô là Văn bản trước khi gõ 1/3 hay 01/7/2020, nếu không bảng tính sẽ tự đổi.",
        "Format cells as text before typing fractions or dates.",
    ),
)


def write_instructions(book: Any) -> None:
    """Add the sheet of instructions to a workbook that is being written (xlsxwriter)."""
    sheet = book.add_worksheet("Hướng dẫn")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 2, 70)
    for column, title in enumerate(("Cột", "Cách ghi", "In English")):
        sheet.write_string(0, column, title, bold)
    for row, (column_name, vietnamese, english) in enumerate(_INSTRUCTIONS, start=1):
        sheet.write_string(row, 0, column_name, bold)
        sheet.write_string(row, 1, vietnamese, wrap)
        sheet.write_string(row, 2, english, wrap)
