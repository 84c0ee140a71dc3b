"""How the tests look into the panel of the permitted documents and work it."""

from playwright.sync_api import Page, expect

KEPT = "async () => (await (await caches.open('sat-hach-statutes')).keys()).length === 4"
PANEL_KEPT = """async () => Boolean(await caches.match(document.body.dataset.statutesScript)) &&
    Boolean(await caches.match(document.body.dataset.statutesSheet))"""
FOCUSED = (
    "() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
)
AT_TOP = """(said) => { const { left, top } = document.querySelector('.statutes-text').getBoundingClientRect();
    return document.elementFromPoint(left + 60, top + 30)?.closest('.statute-part')?.textContent.startsWith(said); }"""

# The paragraph whose gap to the one before is put where the place is looked for.
BETWEEN = """() => {
    const text = document.querySelector('.statutes-text');
    const point = [...text.querySelectorAll('p')].find((each) => each.textContent === 'a) điểm a của Điều 33;');
    text.scrollTop += point.getBoundingClientRect().top - text.getBoundingClientRect().top - 15;
    const { left, top, width } = text.getBoundingClientRect();
    const isGap = document.elementFromPoint(left + width / 3, top + 12).matches('.statute-part');
    return isGap ? point.textContent : 'no gap';
}"""
PARAGRAPH_AT_TOP = """(said) => {
    const { left, top, width } = document.querySelector('.statutes-text').getBoundingClientRect();
    return document.elementFromPoint(left + width / 3, top + 12).textContent === said;
}"""
TWO_FRAMES = """() => new Promise((resolve) => {
    requestAnimationFrame(() => { requestAnimationFrame(resolve); });
})"""
OUTLINE = """() => { const { outlineStyle, outlineOffset } = getComputedStyle(document.activeElement);
    return [outlineStyle, outlineOffset]; }"""
SAID = """(sentence) => {
    window.said = 0;
    const region = document.getElementById('announcements');
    const look = () => { if (region.textContent.includes(sentence)) said += 1; };
    new MutationObserver(look).observe(region, { childList: true, characterData: true, subtree: true });
}"""


def opened(page: Page) -> Page:
    page.wait_for_selector(".tool-statutes")
    page.keyboard.press("v")
    page.wait_for_selector(".statute-part")
    return page


def choose(page: Page, title: str) -> None:
    page.select_option("#statutes-choice", label=title)
    expect(page.locator(".statute-name")).to_have_text(title)
