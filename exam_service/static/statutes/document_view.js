// Owns one document on the page: its sections as elements (text only, never markup), its places, and the marks of what was
// found. Calls no endpoint.
import { fold, placesOf } from "./folding.js";

export const MOST_HITS = 500;

/** `content` is what the service made (exam_service/aids/content.py), `h` makes elements (player/dom.js). */
export class DocumentView {
  #h;
  #sections;
  #leaves = null; // {element, text, folded, section} of everything that holds text
  #marked = [];
  #hits = [];
  #aim = null; // the place that is being shown

  constructor(content, h) {
    this.#h = h;
    this.content = content;
    const hasParts = content.sections.some(({ level }) => level !== "article" && level !== "opening");
    this.#sections = content.sections.map((section) => this.#section(section, hasParts));
    this.elements = this.#sections;
  }

  #section({ level, heading, lines }, hasParts) {
    const isArticle = level === "article" || level === "subsection";
    return this.#h("section", { class: `statute-part is-${level}` },
      heading && this.#h(hasParts && isArticle ? "h4" : "h3", { class: "statute-heading" }, heading),
      lines.map(([kind, text]) => (kind === "table" ? this.#table(text) : this.#h("p", { class: `statute-${kind}` }, text))));
  }

  #table(rows) {
    return this.#h("div", { class: "statute-table" }, this.#h("table", {}, this.#h("tbody", {}, rows.map((cells) => (
      this.#h("tr", {}, cells.map((cell) => this.#h("td", {}, cell))))))));
  }

  /** {index, level, heading} of every section that has a heading. */
  headings() {
    return this.content.sections.map(({ level, heading }, index) => ({ level, heading, index })).filter(({ heading }) => heading);
  }

  /** The index of the article `number`: the next one after `from`, since a regulation within a decision counts anew; -1 when there is none. */
  article(number, from = -1) {
    const isIt = ({ level, number: own }) => level === "article" && fold(own) === number;
    const { sections } = this.content;
    const later = sections.findIndex((section, index) => index > from && isIt(section));
    return later >= 0 ? later : sections.findIndex(isIt);
  }

  /** The heading at or before the section `index`. */
  headingAt(index) {
    for (let at = index; at >= 0; at -= 1) if (this.content.sections[at].heading) return this.content.sections[at].heading;
    return "";
  }

  /** Show the section `index` at the top; returns its heading's element, or the section without one. */
  goTo(index) {
    const section = this.#sections[index];
    this.restore([index, 0]);
    return section.querySelector(".statute-heading") ?? section;
  }

  /** The place [section, child] of `element`, which stands at the height `y` of the window. Null outside of the text. */
  placeOf(element, y) {
    if (this.#aim) return this.#aim;
    const section = element?.closest(".statute-part");
    if (!section) return null;
    // Between two paragraphs there is only their section: the next one counts, or the last.
    const child = [...section.children].findIndex((each) => each.contains(element) || (element === section && each.getBoundingClientRect().bottom > y));
    return [this.#sections.indexOf(section), child < 0 ? section.children.length - 1 : child];
  }

  /** Show the place that `placeOf` told. */
  restore(place) {
    const [section, child] = place;
    const found = this.#sections[section];
    const element = (child > 0 && found?.children[child]) || found;
    element?.scrollIntoView({ block: "start" });
    this.#aim = place;
    // Again after two frames: what the first jump brought near is laid out only then, and pushes the place away.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (this.#aim !== place) return;
      this.#aim = null;
      element?.scrollIntoView({ block: "start" });
    }));
  }

  /** Mark every place of the folded `query`, MOST_HITS at most; returns how many there are, and whether there are more. */
  search(query) {
    this.clear();
    if (query.length < 2) return { count: 0, hasMore: false };
    this.#leaves ??= this.#readLeaves();
    for (const leaf of this.#leaves) {
      const starts = placesOf(query, leaf.folded).slice(0, MOST_HITS - this.#hits.length);
      if (starts.length > 0) this.#mark(leaf, starts, query.length);
      if (this.#hits.length >= MOST_HITS) return { count: MOST_HITS, hasMore: true };
    }
    return { count: this.#hits.length, hasMore: false };
  }

  #readLeaves() {
    return this.#sections.flatMap((element, section) => [...element.querySelectorAll("h3, h4, p, td")].map((leaf) => (
      { element: leaf, text: leaf.textContent, folded: fold(leaf.textContent), section })));
  }

  #mark({ element, text, section }, starts, length) {
    const parts = [];
    let at = 0;
    for (const start of starts) {
      const mark = this.#h("mark", { class: "statute-hit" }, text.slice(start, start + length));
      parts.push(text.slice(at, start), mark);
      this.#hits.push({ mark, section });
      at = start + length;
    }
    element.replaceChildren(...parts, text.slice(at));
    this.#marked.push({ element, text });
  }

  /** Show the hit `index`; returns the heading above it. */
  showHit(index) {
    this.#aim = null;
    for (const { mark } of this.#hits) mark.classList.remove("is-current");
    const { mark, section } = this.#hits[index];
    mark.classList.add("is-current");
    mark.scrollIntoView({ block: "center" });
    return this.headingAt(section);
  }

  /** The index of the first hit at or after the section `from`; 0 when there is none. */
  hitFrom(from) {
    return Math.max(0, this.#hits.findIndex(({ section }) => section >= from));
  }

  clear() {
    for (const { element, text } of this.#marked) element.textContent = text;
    this.#marked = [];
    this.#hits = [];
  }
}
