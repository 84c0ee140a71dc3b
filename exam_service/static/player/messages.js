// Owns what the invigilator has said and the candidate has not confirmed: shown under the header over every screen of the
// test, without moving the focus, read out once, gone with "Tôi đã đọc". Endpoint (through api.js): POST
// /{id}/messages/{message}/read.
import { isWorthRetrying } from "./api.js";
import { announce, h, icon } from "./dom.js";
import { clockTime } from "./format.js";
import { t } from "./i18n.js";

const focusScreen = () => document.getElementById("screen").focus({ preventScroll: true });

export class Messages {
  #api;
  #attemptId;
  #shown = new Map(); // id → {message, element}
  #confirmed = new Set();
  #region = h("section", { class: "messages", hidden: true });

  constructor({ api, attemptId }) {
    this.#api = api;
    this.#attemptId = attemptId;
    document.getElementById("header").after(this.#region);
  }

  /** `unread` is what the server says that this candidate has not confirmed. */
  show(unread) {
    this.#region.setAttribute("aria-label", t("message_region"));
    for (const message of unread) {
      // Its receipt has not arrived: the network was gone when it was confirmed.
      if (this.#confirmed.has(message.id)) {
        if (!message.sentence) this.#tell(message.id);
      } else if (!this.#shown.has(message.id)) this.#add(message);
    }
    this.#region.hidden = this.#shown.size === 0;
  }

  /**
   * What the page itself has to say, in the same place: `sentence()` in the present language. Said again it replaces what
   * stands there without being read out; what was confirmed stays so until it is withdrawn.
   */
  note(id, sentence) {
    const shown = this.#shown.get(id);
    if (!shown) return this.show([{ id, sentence }]);
    shown.message.sentence = sentence;
    shown.element.querySelector("p").textContent = sentence();
  }

  /** What the page had to say is no longer so. */
  withdraw(id) {
    this.#confirmed.delete(id);
    if (this.#shown.get(id)?.element.contains(document.activeElement)) focusScreen();
    this.#remove(id);
  }

  /** The same messages in the present language. */
  redraw() {
    const kept = [...this.#shown.values()].map(({ message }) => message);
    this.#shown.clear();
    this.#region.replaceChildren();
    for (const message of kept) this.#add(message, { isNew: false });
    this.#region.setAttribute("aria-label", t("message_region"));
  }

  #add(message, { isNew = true } = {}) {
    const { id, body, sent_at, sentence } = message;
    const [from, text] = sentence ? ["", sentence()] : [t("message_from", { time: clockTime(sent_at) }), body];
    const button = h("button", { class: "button", type: "button" }, t("message_read"));
    const element = h("article", { class: "message" }, icon("alert"), h("p", {}, from && h("strong", {}, from), from && " ", text), button);
    button.addEventListener("click", () => this.#confirm(message));
    this.#shown.set(id, { message, element });
    this.#region.append(element);
    if (isNew) announce(`${from} ${text}`.trim());
  }

  #confirm({ id, sentence }) {
    this.#confirmed.add(id);
    this.#remove(id);
    focusScreen();
    if (!sentence) this.#tell(id);
  }

  #remove(id) {
    this.#shown.get(id)?.element.remove();
    this.#shown.delete(id);
    this.#region.hidden = this.#shown.size === 0;
  }

  async #tell(id) {
    try {
      await this.#api.readMessage(this.#attemptId, id);
    } catch (error) {
      if (!isWorthRetrying(error)) throw error;
    }
  }
}
