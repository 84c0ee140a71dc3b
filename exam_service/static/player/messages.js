// Owns what the invigilator has said and the candidate has not confirmed: shown under the header over every screen of the
// test, without moving the focus, read out once, gone with "Tôi đã đọc". Endpoint (through api.js): POST
// /{id}/messages/{message}/read.
import { isWorthRetrying } from "./api.js";
import { announce, h, icon } from "./dom.js";
import { clockTime } from "./format.js";
import { t } from "./i18n.js";

export class Messages {
  #api;
  #attemptId;
  #shown = new Map(); // id → element
  #confirmed = new Set();
  #region = h("section", { class: "messages", "aria-label": t("message_region"), hidden: true });

  constructor({ api, attemptId }) {
    this.#api = api;
    this.#attemptId = attemptId;
    document.getElementById("header").after(this.#region);
  }

  /** `unread` is what the server says that this candidate has not confirmed. */
  show(unread) {
    for (const message of unread) {
      // Its receipt has not arrived: the network was gone when it was confirmed.
      if (this.#confirmed.has(message.id)) this.#tell(message.id);
      else if (!this.#shown.has(message.id)) this.#add(message);
    }
    this.#region.hidden = this.#shown.size === 0;
  }

  #add({ id, body, sent_at }) {
    const button = h("button", { class: "button", type: "button" }, t("message_read"));
    const element = h("article", { class: "message" }, icon("alert"),
      h("p", {}, h("strong", {}, t("message_from", { time: clockTime(sent_at) })), " ", body), button);
    button.addEventListener("click", () => this.#confirm(id));
    this.#shown.set(id, element);
    this.#region.append(element);
    announce(`${t("message_from", { time: clockTime(sent_at) })} ${body}`);
  }

  #confirm(id) {
    this.#confirmed.add(id);
    this.#shown.get(id).remove();
    this.#shown.delete(id);
    this.#region.hidden = this.#shown.size === 0;
    document.getElementById("screen").focus({ preventScroll: true });
    this.#tell(id);
  }

  async #tell(id) {
    try {
      await this.#api.readMessage(this.#attemptId, id);
    } catch (error) {
      if (!isWorthRetrying(error)) throw error;
    }
  }
}
