"""Login codes as slips to cut out, on paper: the only time they can be read."""

from collections.abc import Sequence

from exam_service.attempts.codes import IssuedCode
from exam_service.official.pdf import write_pdf
from exam_service.official.sheet import Sheet, Slips, moment_in_words
from exam_service.periods.models import Sitting


def slips_file(sitting: Sitting, issued: Sequence[IssuedCode], *, organisation: str) -> bytes:
    """A PDF with one slip per candidate, two in a row."""
    slips = tuple(
        (
            one.full_name,
            (
                ("Số báo danh", one.number),
                ("Mã dự thi", one.code),
                ("Đơn vị", one.unit_name),
                ("Ca thi, phòng thi", f"{sitting.name}, {sitting.room}"),
                ("Bắt đầu", moment_in_words(sitting.starts_at)),
            ),
        )
        for one in issued
    )
    sheet = Sheet(
        organisation=organisation,
        body="",
        symbol="",
        place="",
        type_name="PHIẾU",
        subject=f"Mã dự thi {sitting.name}, {sitting.room}",
        blocks=(Slips(slips=slips),),
    )
    return write_pdf(sheet, note="Giữ kín mã dự thi. Cấp mã mới thì phiếu này không dùng được nữa.")[0]
