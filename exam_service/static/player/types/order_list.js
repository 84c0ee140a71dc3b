// Owns a list that is put in order by buttons, by Alt and the arrow keys, or by dragging; nothing counts as an answer
// before the candidate has moved a row or has said that the order shown is the answer. Calls no endpoint.
import { h, html, icon, liveRegion, shortText, speak, uniqueId } from "../dom.js";
import { t } from "../i18n.js";

/**
 * The list of `options` in the order of `response`, else as given. `ends` are the words above and below the list, if
 * any. `onChange({order: ids})` is called after every move.
 */
export function orderList({ options, response, hint, ends = ["", ""], onChange }) {
  return new OrderList({ options, response, hint, ends, onChange }).element;
}

class OrderList {
  #dragged = null;

  constructor({ options, response, hint, ends, onChange }) {
    this.onChange = onChange;
    this.rows = h("ol", { class: "order-rows" }, inOrder(options, response).map((option) => this.#row(option)));
    this.spoken = liveRegion();
    this.note = h("p", { class: "order-note", tabindex: "-1" });
    this.keep = h("button", { class: "button", type: "button", onclick: () => this.#keep() }, icon("check"), t("order_keep"));
    const end = (words) => words && h("p", { class: "order-end" }, words);
    this.element = h("div", { class: "order" }, h("p", { class: "hint" }, hint, h("span", { class: "for-keys" }, ` ${t("order_keys")}`)), end(ends[0]), this.rows, end(ends[1]),
      h("div", { class: "order-foot" }, this.note, this.keep), this.spoken);
    this.rows.addEventListener("keydown", (event) => this.#onKey(event));
    this.#listenForDragging();
    this.#paint();
    this.#showState(Boolean(response));
  }

  #row({ id, text }) {
    const name = uniqueId("row");
    const move = (kind, step) => {
      const word = uniqueId("move");
      return h("button", { class: "button order-move", type: "button", dataset: { step: String(step) }, "aria-labelledby": `${word} ${name}`, onclick: () => this.#move(row, step) },
        icon(kind), h("span", { id: word }, t(kind === "up" ? "move_up" : "move_down")));
    };
    const row = h("li", { class: "order-row", dataset: { id } },
      h("span", { class: "order-grip", "aria-hidden": "true", draggable: "true" }, icon("grip")),
      h("span", { class: "order-place", "aria-hidden": "true" }),
      h("div", { class: "order-text", id: name }, html(text)),
      h("div", { class: "order-moves" }, move("up", -1), move("down", 1)));
    row.dataset.said = shortText(text, 60);
    return row;
  }

  #keep() {
    this.#tell();
    this.note.focus();
  }

  #onKey(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.code];
    if (!step || !event.altKey) return;
    event.preventDefault();
    this.#move(event.target.closest(".order-row"), step);
  }

  #move(row, step) {
    const rows = [...this.rows.children];
    const place = rows.indexOf(row) + step;
    if (place < 0 || place >= rows.length) return;
    this.#place(row, step < 0 ? rows[place] : rows[place].nextSibling);
    // Moving a row takes the focus away; it comes back to the same button, or to its twin at the end of the list.
    const same = row.querySelector(`[data-step="${step}"]`);
    (same.disabled ? row.querySelector(`[data-step="${-step}"]`) : same).focus();
  }

  #place(row, before) {
    this.rows.insertBefore(row, before);
    for (const each of this.rows.children) each.classList.toggle("is-moved", each === row);
    this.#paint();
    const rows = [...this.rows.children];
    speak(this.spoken, t("moved_to", { what: row.dataset.said, place: rows.indexOf(row) + 1, total: rows.length }));
    this.#tell();
  }

  #paint() {
    const rows = [...this.rows.children];
    for (const [index, row] of rows.entries()) {
      row.querySelector(".order-place").textContent = String(index + 1);
      row.querySelector("[data-step='-1']").disabled = index === 0;
      row.querySelector("[data-step='1']").disabled = index === rows.length - 1;
    }
  }

  #tell() {
    this.#showState(true);
    this.onChange({ order: [...this.rows.children].map(({ dataset }) => dataset.id) });
  }

  #showState(isAnswered) {
    this.note.textContent = t(isAnswered ? "order_is_answer" : "order_is_no_answer");
    this.note.classList.toggle("is-waiting", !isAnswered);
    this.keep.hidden = isAnswered;
  }

  #listenForDragging() {
    this.rows.addEventListener("dragstart", (event) => {
      this.#dragged = event.target.closest(".order-row");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setDragImage(this.#dragged, 0, 0);
    });
    this.rows.addEventListener("dragover", (event) => { if (this.#dragged) event.preventDefault(); });
    this.rows.addEventListener("drop", (event) => {
      const row = event.target.closest(".order-row");
      if (!this.#dragged || !row) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      if (row !== this.#dragged) this.#place(this.#dragged, event.clientY < box.top + box.height / 2 ? row : row.nextSibling);
    });
    this.rows.addEventListener("dragend", () => { this.#dragged = null; });
  }
}

function inOrder(options, response) {
  const order = response?.order ?? [];
  const place = ({ id }) => (order.includes(id) ? order.indexOf(id) : options.length);
  return [...options].sort((one, other) => place(one) - place(other));
}

/** "(1) first → (2) second …", each text shortened. */
export function describeOrder(view, response) {
  return inOrder(view.options, response).map(({ text }, index) => `(${index + 1}) ${shortText(text, 32)}`).join(" → ");
}

export function isOrdered(response) {
  return Array.isArray(response.order) && response.order.length > 0;
}
