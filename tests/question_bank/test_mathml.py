"""Formulas in rich text, and markup that hides behind them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.text import ALLOWED_TAGS, images_without_alternative, media_names, plain, sanitise

FRACTION = "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac></math>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (FRACTION, "(a+1)/b"),
        (
            "<math><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><msub><mi>x</mi><mn>1</mn></msub></math>",
            "x^2+x_1",
        ),
        ("<math><msqrt><mi>x</mi><mo>&lt;</mo><mn>3</mn></msqrt></math>", "√(x<3)"),
        ("<math><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover></math>", "(∑)_i^n"),
        ("<math><mi>x</mi><mtext>khi</mtext><mi>y</mi></math>", "x khi y"),
        ("<math>\n  <mn>2</mn>\n  <mo>&#x2062;</mo>\n  <mi>x</mi>\n</math>", "2x"),
        ("<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable></math>", "[1, 2]"),
    ],
)
def test_a_formula_reads_as_text(formula: str, text: str) -> None:
    assert plain(sanitise(formula)) == text


def test_a_formula_is_kept_as_it_is() -> None:
    assert sanitise(f"<p>Tính {FRACTION}?</p>") == f"<p>Tính {FRACTION}?</p>"


def test_a_formula_with_a_prefix_or_its_source_beside_it_is_the_same_formula() -> None:
    prefixed = re.sub(r"<(/?)", r"<\1m:", FRACTION).replace(
        "<m:math", '<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"'
    )
    assert sanitise(prefixed) == FRACTION
    beside = FRACTION.replace("<math>", "<math><semantics>").replace(
        "</math>", '<annotation encoding="application/x-tex">a+1 \\over b</annotation></semantics></math>'
    )
    assert sanitise(beside) == FRACTION


def test_fences_that_browsers_do_not_draw_are_written_out() -> None:
    fenced = (
        '<math><mfenced open="["><mi>a</mi><mfenced separators=""><mi>b</mi><mi>c</mi></mfenced></mfenced>'
    )
    fenced += "<mn>2</mn></math>"
    assert plain(sanitise(fenced)) == "[a,(bc))2"


@pytest.mark.parametrize("text", ["nếu <mi> trống", "a<mn và b>mo", "<none>"])
def test_names_of_formula_parts_outside_of_a_formula_are_text(text: str) -> None:
    assert plain(sanitise(text)) == text


def test_space_that_moves_a_formula_over_other_text_is_not_kept() -> None:
    assert "900" not in sanitise('<math><mspace width="-900em"/><mi>x</mi></math>')
    assert 'width="1em"' in sanitise('<math><mspace width="1em"/><mi>x</mi></math>')


SMUGGLED = [
    "<math><mtext><table><mglyph><style><!--</style><b title='--><img onerror=alert(1)>'></mglyph></table></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><mtext><option><FAKE><mglyph><svg><mtext><style><a title='</style><img src onerror=alert(1)>'>",
    "<math><annotation-xml encoding='text/html'><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<svg><p><style><g title='</style><img src=x onerror=alert(1)>'></g></style></p></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><maction actiontype='statusline#http://evil' xlink:href='javascript:alert(1)'><mi>x</mi></maction></math>",
    "<math><mi style='background:url(//evil)' class='x' id='y' onclick='alert(1)'>x</mi></math>",
    "<math><mstyle background='url(//evil)' mathbackground='red'><mi>x</mi></mstyle></math>",
    "<math><mtext></p><script>alert(1)</script></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<table><caption><svg><title><style><img src=x onerror=alert(1)></style></title></svg></caption></table>",
    "<img src=media:a alt='x' onerror=alert(1) srcset='//evil 2x' style='x'>",
    "<math><mfenced open='<img src=x onerror=alert(1)>' close='\"><script>'><mi>x</mi></mfenced></math>",
    "<p style='@import url(//evil)'><a href='JaVaScRiPt:alert(1)'>x</a></p>",
]
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)>")


def assert_harmless(cleaned: str) -> None:
    for _closing, name, attributes in _TAG.findall(cleaned):
        assert name in ALLOWED_TAGS
        assert not re.search(r"\son|style=|href|srcset|javascript|//", attributes)
    # Nothing but tags may hold an angle bracket, so no attribute can end early in another parser.
    assert "<" not in _TAG.sub("", cleaned)


@pytest.mark.parametrize("text", SMUGGLED)
def test_what_hides_in_markup_of_another_language_does_not_come_through(text: str) -> None:
    cleaned = sanitise(text)
    assert_harmless(cleaned)
    assert sanitise(cleaned) == cleaned


PIECES = """<math> </math> <mtext> </mtext> <mi> </mi> <mglyph> <style> </style> <svg> </svg> <table> </table> <td>
<p> </p> <annotation-xml> <b> </b> <img/src=x> <form> </form> <mfenced> </mfenced>
<!-- --> <title> <textarea> x &lt; <mo> </mo> <br>""".split()


@given(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join))
def test_no_mixture_of_languages_changes_when_it_is_read_again(text: str) -> None:
    cleaned = sanitise(text)
    assert_harmless(cleaned)
    assert sanitise(cleaned) == cleaned


def test_images_are_found_by_name_in_text_and_in_json() -> None:
    assert media_names('<p><img src="media:ab.png" alt="x"></p>') == {"ab.png"}
    assert media_names('{"stem": "<img alt=\\"x\\" src=\\"media:cd.svg\\">"}') == {"cd.svg"}
    assert media_names("gõ media:ab.png trong câu") == frozenset()


def test_images_without_an_alternative_are_counted() -> None:
    rich = sanitise("<img src='media:a'><img src='media:b' alt=' '><img src='media:c' alt='Biểu đồ'>")
    assert images_without_alternative(rich) == 2
