"""The candidate's calculator: what it makes of a line, said as it was understood."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SHOWN = {
    "1.500,5*2": "1.500,5 × 2 = 3.001",
    "0.5 + 0,25": "0,5 + 0,25 = 0,75",
    "-3 : 4": "− 3 ÷ 4 = -0,75",
    "2 − 3 − 4": "2 − 3 − 4 = -5",
    "2 + 3 x 4": "2 + 3 × 4 = 14",
    "8 ÷ 4 ÷ 2": "8 ÷ 4 ÷ 2 = 1",
    "0,1 + 0,2": "0,1 + 0,2 = 0,3",
    "12 % %": "12 % % = 0,0012",
    "((7))": "( ( 7 ) ) = 7",
}
REFUSED = ["1 ÷ 0", "(2 + 3", "2 3", "1.2.3", "1,2,3", "2 +", "alert(1)", "9" * 400, "()", ""]


def test_the_calculator_says_how_it_understood_a_sum(page: Page) -> None:
    page.evaluate("async () => { window.calculator = await import('/player/calculator.js'); }")
    typed = [*SHOWN, *REFUSED]
    found = page.evaluate("(lines) => lines.map((line) => calculator.calculate(line))", typed)
    assert dict(zip(typed, found, strict=True)) == SHOWN | dict.fromkeys(REFUSED)
