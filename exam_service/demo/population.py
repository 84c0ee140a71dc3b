"""The demo's people: invented officials in the composition of the scheme (866 cadres, 831 civil servants)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from random import Random

CADRES = 866
CIVIL_SERVANTS = 831
SECOND_OFFICE_EVERY = 25  # one cadre in so many holds a second office (kiêm nhiệm)
APPOINTED = date(2025, 7, 1)
PROVINCES = ("092", "093", "094")  # Cần Thơ, Hậu Giang, Sóc Trăng in numbers of the time before July 2025

FAMILY = (
    "Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Lê Phạm Huỳnh Huỳnh Phan Võ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trương "
    "Châu Thạch Sơn Kim Danh Lâm Mai Cao Đinh Tô Quách Tăng Lưu Trịnh Đoàn Thái Hà Diệp"
).split()
MIDDLE_MALE = "Văn Văn Hữu Đức Minh Quốc Thanh Hoàng Công Chí Trung Tấn Nhựt Phước Bá Duy Trọng Hải".split()
MIDDLE_FEMALE = "Thị Thị Thị Thị Ngọc Kim Hồng Mỹ Bảo Diễm Thanh".split()
GIVEN_MALE = (
    "An Bình Cường Dũng Đạt Đông Giang Hải Hiếu Hòa Hùng Huy Khánh Khoa Kiệt Lâm Lộc Long Luân Mẫn Nam Nghĩa Nhân "
    "Phong Phúc Quân Quang Sang Sơn Tài Tâm Tân Thắng Thành Thịnh Tiến Toàn Trí Tuấn Tùng Vinh Vũ Ẩn Út"
).split()
GIVEN_FEMALE = (
    "Ánh Ái Bích Châu Chi Diễm Diệu Dung Duyên Đào Giang Hà Hạnh Hằng Hiền Hoa Hồng Huệ Hương Khánh Lan Liên Linh Loan "
    "Mai My Nga Ngân Ngọc Nhi Như Oanh Phượng Quyên Sương Thảo Thi Thơ Thu Thủy Trang Trâm Tuyết Uyên Vân Xuân Yến"
).split()
TWO_WORDS = (
    ("Thị Ngọc", 5),
    ("Thị Kim", 4),
    ("Thị Thanh", 3),
    ("Thị Mỹ", 3),
    ("Thị Bích", 2),
    ("Thị Cẩm", 2),
)


@dataclass(frozen=True)
class Official:
    """An invented person and the positions held, the first of them main; `unit` is an index into the units given."""

    staff_code: str
    family_names: str
    given_name: str
    sex: str
    birth_date: date
    cccd: str
    unit: int
    positions: tuple[str, ...]


def make_officials(
    units: int, *, cadre: Sequence[str], civil_servant: Sequence[str], seed: int = 2030
) -> Iterator[Official]:
    """The 1,697 officials, spread evenly over the units; the same for the same seed."""
    random = Random(seed)  # noqa: S311 - invented people need no secret randomness
    number = 0
    for group, total, titles in (("cadre", CADRES, cadre), ("civil_servant", CIVIL_SERVANTS, civil_servant)):
        turn = cycle(titles)
        for place in range(total):
            number += 1
            main = next(turn)
            positions: tuple[str, ...] = (main,)
            if group == "cadre" and place % SECOND_OFFICE_EVERY == 0:
                positions = (main, titles[(titles.index(main) + 1) % len(titles)])
            # Neighbouring titles go to one unit, so that every unit has most of them.
            yield _official(random, number, place * units // total, positions)


def _official(random: Random, number: int, unit: int, positions: tuple[str, ...]) -> Official:
    sex = "female" if random.random() < 0.38 else "male"
    born = date(1966, 1, 1) + timedelta(days=int(random.triangular(0, 12_400, 4_600)))
    return Official(
        staff_code=f"CT{number:05d}",
        family_names=f"{random.choice(FAMILY)} {_middle(random, sex)}",
        given_name=random.choice(GIVEN_FEMALE if sex == "female" else GIVEN_MALE),
        sex=sex,
        birth_date=born,
        cccd=f"{random.choice(PROVINCES)}{_century_digit(born, sex)}{born:%y}{number:06d}",
        unit=unit,
        positions=positions,
    )


def _middle(random: Random, sex: str) -> str:
    if sex == "male":
        return random.choice(MIDDLE_MALE)
    if random.random() < 0.45:
        words, weights = zip(*TWO_WORDS, strict=True)
        return str(random.choices(words, weights)[0])
    return random.choice(MIDDLE_FEMALE)


def _century_digit(born: date, sex: str) -> int:
    """The fourth digit of a CCCD: 0 and 1 for men and women born 19xx, 2 and 3 for those born 20xx."""
    return (born.year // 100 - 19) * 2 + (sex == "female")
