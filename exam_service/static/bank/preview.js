// Owns <candidate-preview>: an item on a page of the staff exactly as the candidate's player shows it, by the player's own
// modules and sheets, in a tree of its own. Attributes:
//   data-view      the candidate's view as JSON
//   data-response  the keyed response as JSON: then the item is shown answered, locked and marked as the key
//   data-key       the key in words, for what one response cannot say (several accepted answers, tolerances)
//   data-media     where the images are, ending in "/"; /bank/media/ when left out
//   data-sheet     the address of the style sheet
// What stands inside the element is for browsers without scripts. Calls no endpoint but that of the sheet.
import { h, icon, setMediaBase } from "../player/dom.js";
import { t } from "../player/i18n.js";
import { renderItem } from "../player/types/index.js";

const sheets = new Map();

/** One sheet for all previews of the page, fetched once: a preview that is replaced while somebody types never blinks. */
function sheetAt(address) {
  if (!sheets.has(address)) {
    const sheet = new CSSStyleSheet();
    const entry = { sheet, isReady: false };
    entry.ready = fetch(address).then((answer) => answer.text()).then((text) => sheet.replace(text)).finally(() => { entry.isReady = true; });
    sheets.set(address, entry);
  }
  return sheets.get(address);
}

class CandidatePreview extends HTMLElement {
  static observedAttributes = ["data-view", "data-response", "data-key"];

  connectedCallback() {
    // A long table of folded rows is drawn row by row, as they are opened.
    const folded = this.closest("details:not([open])");
    if (folded) folded.addEventListener("toggle", () => this.#draw(), { once: true });
    else this.#draw();
  }

  attributeChangedCallback() {
    if (this.shadowRoot) this.#draw();
  }

  #draw() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const { sheet, isReady, ready } = sheetAt(this.dataset.sheet);
    root.adoptedStyleSheets = [sheet];
    setMediaBase(this.dataset.media ?? "/bank/media/");
    const view = JSON.parse(this.dataset.view);
    const response = this.dataset.response ? JSON.parse(this.dataset.response) : null;
    const item = renderItem(view, response, () => {});
    const key = this.dataset.key;
    if (response) lock(item);
    // What tells a candidate to call the invigilator would mislead an author.
    if (view.type === "unsupported") item.querySelector(".note").textContent = t("unsupported_kept");
    const preview = h("div", { class: response ? "preview is-key" : "preview", hidden: !isReady },
      (response || key) && h("p", { class: "key-note" }, icon("check"), h("span", {}, key ? t("key_in_words", { key }) : t("key_marked"))),
      item);
    root.replaceChildren(preview);
    if (!isReady) ready.finally(() => { preview.hidden = false; });
  }
}

/** Nothing in `item` can be changed; what can be read and enlarged stays so. */
function lock(item) {
  for (const control of item.querySelectorAll("input, select, button:not(.enlarge)")) control.disabled = true;
  for (const text of item.querySelectorAll("textarea")) text.readOnly = true;
  for (const input of item.querySelectorAll(".option-input:checked")) {
    input.closest(".option").querySelector(".option-mark").append(h("span", { class: "key-word" }, t("key")));
  }
}

customElements.define("candidate-preview", CandidatePreview);
