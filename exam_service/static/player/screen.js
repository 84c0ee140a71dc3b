// Owns the middle of the page: which screen stands there, how long what it listens to lives, and drawing it again in
// another language, in its place. Calls no endpoint.
import { focusOn } from "./dom.js";
import { messageScreen } from "./ending.js";
import { t } from "./i18n.js";

const SCROLLING = ".stage, .review > .page, .navigator";

export class Screen {
  #root = document.getElementById("screen");
  #page = new AbortController();
  #drawing = new AbortController();
  #draw = null;
  #message = "";

  /**
   * End the present screen and show what `draw(signal)` returns; it is called again when the language changes, and `signal`
   * ends with that drawing. `layout` "window" fills the window and scrolls inside, "page" scrolls. Returns the signal that
   * ends with the screen.
   */
  open(draw, { layout = "page", movesFocus = true } = {}) {
    document.body.dataset.layout = layout;
    this.#message = "";
    this.#page.abort();
    this.#page = new AbortController();
    this.#draw = draw;
    this.#paint();
    if (movesFocus) {
      scrollTo(0, 0);
      focusOn(this.#root.querySelector("h1"));
    }
    return this.#page.signal;
  }

  /** A plain message; one that is already on the screen is left alone, so that nothing is read out twice. */
  tell(title, text) {
    if (this.#message === title) return;
    this.open(() => messageScreen({ title: t(title), text: t(text) }));
    this.#message = title;
  }

  /** The same screen in the present language, scrolled as it was. */
  redraw() {
    if (!this.#draw) return;
    const before = [scrollY, ...[...this.#root.querySelectorAll(SCROLLING)].map((element) => element.scrollTop)];
    this.#paint();
    const [top, ...inside] = before;
    scrollTo(0, top);
    for (const [index, element] of [...this.#root.querySelectorAll(SCROLLING)].entries()) element.scrollTop = inside[index] ?? 0;
  }

  #paint() {
    this.#drawing.abort();
    this.#drawing = new AbortController();
    this.#root.replaceChildren(this.#draw(this.#drawing.signal));
  }
}
