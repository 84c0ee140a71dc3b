// Owns the panel of the permitted documents beside the question: choosing one, its contents, going to an article, searching.
// What it needs of the player is handed to it, so that it can come later than the player. Calls no endpoint.
import { DocumentView } from "./document_view.js";
import { articleIn, foldQuery } from "./folding.js";
import { sentencesIn } from "./sentences.js";

const TYPING_MS = 200;
const SCROLLED_MS = 150;
const BESIDE_REM = 70; // from this width on question and document stand side by side

/**
 * The panel over `shelf` (shelf.js: list, stateOf, read, "changed"). `page` is {h, icon, announce, focusOn, fill, locale}
 * of the player, `places` {get(name), keep(name, place)}, `onClose` is called after it has gone.
 */
export function createPanel({ shelf, page, places, onClose }) {
  return new Panel({ shelf, page, places, onClose });
}

class Panel {
  #view = null;
  #name = "";
  #query = "";
  #hit = 0;
  #count = 0;
  #hasMore = false;
  #typing = 0;
  #scrolled = 0;
  #alive = null;

  constructor({ shelf, page, places, onClose }) {
    Object.assign(this, { shelf, page, places, onClose });
    this.say = sentencesIn(page);
    this.element = this.#build();
    this.#name = shelf.list[0].sha256;
  }

  get isOpen() {
    return this.#alive !== null;
  }

  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  open() {
    this.#alive = new AbortController();
    const { signal } = this.#alive;
    document.body.append(this.element);
    this.#place();
    addEventListener("resize", () => this.#place(), { signal });
    // The player's own text size changes the room as well.
    const sizes = new MutationObserver(() => this.#place());
    sizes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-text"] });
    signal.addEventListener("abort", () => sizes.disconnect());
    document.addEventListener("scroll", () => this.#onScroll(), { capture: true, passive: true, signal });
    this.shelf.addEventListener("changed", () => this.#onShelf(), { signal });
    this.#show(this.#name);
    this.focus();
  }

  focus() {
    this.page.focusOn(this.heading);
  }

  close() {
    this.#keepPlace();
    this.#alive?.abort();
    this.#alive = null;
    clearTimeout(this.#typing);
    clearTimeout(this.#scrolled);
    this.element.remove();
    delete document.body.dataset.statutes;
    this.onClose();
  }

  /** Beside the question, or over it where there is not the room for both. */
  #place() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const isBeside = innerWidth >= BESIDE_REM * rem;
    document.body.dataset.statutes = isBeside ? "beside" : "over";
    // Over the question it is all there is of the page.
    this.element.setAttribute("role", isBeside ? "complementary" : "main");
    this.heading.setAttribute("aria-level", isBeside ? "2" : "1");
  }

  // Elements

  #build() {
    const { h, icon } = this.page;
    const { say } = this;
    const button = (name, label, onclick) => h("button", { class: "button", type: "button", "aria-label": label, title: label, onclick }, icon(name));
    this.heading = h("h2", { class: "statutes-title" }, say("title"));
    this.choice = h("select", { class: "entry", id: "statutes-choice", onchange: () => this.#show(this.choice.value) },
      this.shelf.list.map(({ sha256 }) => h("option", { value: sha256 })));
    this.search = h("input", {
      class: "entry", id: "statutes-search", type: "search", autocomplete: "off", spellcheck: "false", placeholder: say("search"), "aria-label": say("search"), maxlength: "100",
    });
    this.count = h("span", { class: "statutes-count" });
    this.hits = [button("up", say("previous"), () => this.#step(-1)), button("down", say("next"), () => this.#step(1))];
    this.contentsToggle = h("button", { class: "button", type: "button", "aria-expanded": "false", onclick: () => this.#showContents() }, say("contents"));
    this.number = h("input", { class: "entry", id: "statutes-article", autocomplete: "off", spellcheck: "false", maxlength: "12" });
    this.jump = h("form", { class: "statutes-jump" }, h("label", { for: "statutes-article" }, say("article")), this.number, h("button", { class: "button", type: "submit" }, say("go")));
    this.status = h("p", { class: "statutes-status note note-warn", hidden: true });
    this.contents = h("nav", { class: "statutes-contents", "aria-label": say("contents"), hidden: true });
    this.text = h("div", { class: "statutes-text", tabindex: "0", role: "region", "aria-label": say("title") });
    const element = h("div", { class: "statutes", tabindex: "-1", "aria-label": say("title") },
      h("div", { class: "statutes-head" }, this.heading, h("button", { class: "button", type: "button", onclick: () => this.close() }, say("close"))),
      h("div", { class: "statutes-bar" },
        h("div", { class: "statutes-row", hidden: this.shelf.list.length < 2 }, h("label", { for: "statutes-choice" }, say("document")), this.choice),
        h("div", { class: "statutes-row", role: "search" }, this.search, this.count, this.hits),
        h("div", { class: "statutes-row" }, this.contentsToggle, this.jump)),
      this.status, this.contents, this.text);
    this.#listen(element);
    return element;
  }

  #listen(element) {
    this.search.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#find(), TYPING_MS);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#onEnter(event.shiftKey);
    });
    this.jump.addEventListener("submit", (event) => {
      event.preventDefault();
      const number = articleIn(this.number.value);
      if (number) this.#goToArticle(number);
    });
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.#escape();
      }
      // The letters that answer questions do nothing while somebody reads here.
      if (!event.ctrlKey && !event.altKey && !event.metaKey && event.key !== "?") event.stopPropagation();
    });
  }

  #escape() {
    if (this.contents.hidden) this.close();
    else this.#showContents(false);
  }

  // Documents

  #show(name) {
    this.#keepPlace();
    this.#name = name;
    this.#view = null;
    this.#query = "";
    this.search.value = "";
    this.#countHits(0);
    this.#showContents(false);
    this.status.textContent = "";
    this.text.replaceChildren();
    this.#listDocuments();
    this.#render();
  }

  /** The choices are changed in their place: the list may be open. */
  #listDocuments() {
    for (const [index, { sha256, number, title }] of this.shelf.list.entries()) {
      const label = [number, title].filter(Boolean).join(" – ");
      const text = this.shelf.stateOf(sha256) === "ready" ? label : `${label} (${this.say("not_here")})`;
      const option = this.choice.options[index];
      if (option.textContent !== text) option.textContent = text;
    }
    if (this.choice.value !== this.#name) this.choice.value = this.#name;
  }

  #onShelf() {
    this.#listDocuments();
    if (!this.#view) this.#render();
  }

  #render() {
    const state = this.shelf.stateOf(this.#name);
    const isReady = state === "ready";
    for (const each of [this.search, this.number, this.contentsToggle, ...this.hits]) each.disabled = !isReady;
    const wasWaiting = !this.status.hidden;
    this.status.hidden = isReady;
    if (!isReady) {
      const sentence = this.say(state);
      if (wasWaiting && this.status.textContent === sentence) return;
      this.status.textContent = sentence;
      this.page.announce(sentence);
      return;
    }
    if (wasWaiting) this.page.announce(this.say("ready"));
    this.#view = new DocumentView(this.shelf.read(this.#name), this.page.h);
    const { h } = this.page;
    const { number, title, issued_on: issued } = this.#view.content;
    this.text.setAttribute("aria-label", [number, title].filter(Boolean).join(" – "));
    const facts = [issued && this.say("dated", { day: issued.split("-").reverse().join("/") }), this.say("version", { hash: this.#name.slice(0, 12) })];
    this.text.replaceChildren(
      h("h2", { class: "statute-name" }, [number, title].filter(Boolean).join(" – ")), h("p", { class: "statute-facts" }, facts.filter(Boolean).join(" · ")),
      ...this.#view.elements);
    const place = this.places.get(this.#name);
    if (place) this.#view.restore(place);
    else this.text.scrollTop = 0;
  }

  // Places

  #onScroll() {
    clearTimeout(this.#scrolled);
    this.#scrolled = setTimeout(() => this.#keepPlace(), SCROLLED_MS);
  }

  #keepPlace() {
    const place = this.#view && this.#shownPlace();
    if (place) this.places.keep(this.#name, place);
  }

  #shownPlace() {
    const { left, top, width, height } = this.text.getBoundingClientRect();
    if (height === 0) return null;
    const y = Math.max(top, 0) + 12;
    return this.#view.placeOf(document.elementFromPoint(left + width / 3, y), y);
  }

  #showContents(isOpen = this.contents.hidden) {
    const wasOpen = !this.contents.hidden;
    this.#keepPlace();
    this.contents.hidden = !isOpen;
    this.text.hidden = isOpen;
    this.contentsToggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#listContents();
    else if (wasOpen && this.#view) {
      this.contentsToggle.focus();
      this.#view.restore(this.places.get(this.#name) ?? [0, 0]);
    }
  }

  #listContents() {
    const { h } = this.page;
    const [here] = this.places.get(this.#name) ?? [0];
    const headings = this.#view.headings();
    const current = headings.findLast?.(({ index }) => index <= here)?.index;
    const items = headings.map(({ index, level, heading }) => h("li", { class: `at-${level}` },
      h("button", { class: "statutes-link", type: "button", "aria-current": index === current ? "true" : null, onclick: () => this.#goTo(index) }, heading)));
    this.contents.replaceChildren(h("ul", {}, items));
    (this.contents.querySelector("[aria-current]") ?? this.contents.querySelector("button"))?.focus();
    this.contents.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  }

  #goTo(index) {
    this.contents.hidden = true;
    this.text.hidden = false;
    this.contentsToggle.setAttribute("aria-expanded", "false");
    this.page.focusOn(this.#view.goTo(index));
    this.places.keep(this.#name, [index, 0]);
  }

  #goToArticle(number) {
    if (!this.#view) return;
    const [here] = this.#shownPlace() ?? [-1];
    const isThere = this.#view.content.sections[here]?.number === number;
    const index = this.#view.article(number, isThere ? here : -1);
    if (index < 0) {
      this.count.textContent = this.say("none");
      this.page.announce(this.say("no_article", { number }));
      return;
    }
    this.#goTo(index);
    this.page.announce(this.say("at_article", { heading: this.#view.content.sections[index].heading }));
  }

  // Searching

  #onEnter(isBack) {
    clearTimeout(this.#typing);
    const number = articleIn(this.search.value);
    if (number && this.#view?.article(number) >= 0) this.#goToArticle(number);
    else if (foldQuery(this.search.value) === this.#query) this.#step(isBack ? -1 : 1);
    else this.#find();
  }

  #find() {
    if (!this.#view) return;
    if (!this.contents.hidden) this.#showContents(false);
    const [here] = this.#shownPlace() ?? [0];
    this.#query = foldQuery(this.search.value);
    const { count, hasMore } = this.#view.search(this.#query);
    this.#hasMore = hasMore;
    this.#countHits(count);
    if (count > 0) this.#showHit(this.#view.hitFrom(here));
    else if (this.#query.length > 1) {
      this.count.textContent = this.say("none");
      this.page.announce(this.say("none"));
    }
    this.search.focus({ preventScroll: true });
  }

  #step(by) {
    if (this.#count > 0) this.#showHit((this.#hit + by + this.#count) % this.#count);
  }

  #showHit(index) {
    this.#hit = index;
    const heading = this.#view.showHit(index);
    const place = { place: index + 1, count: this.#count };
    this.count.textContent = this.say(this.#hasMore ? "found_most" : "found", place);
    this.page.announce(this.say("say_found", { ...place, heading }));
  }

  #countHits(count) {
    this.#count = count;
    this.#hit = 0;
    this.count.textContent = "";
  }
}
