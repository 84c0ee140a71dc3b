// Owns the showing of one question: number, points, stem, the answering area of its type and its own state of saving.
// Calls no endpoint.
import { h, html } from "./dom.js";
import { clockTime, points } from "./format.js";
import { t } from "./i18n.js";
import { typeOf } from "./types/index.js";

/** The element of `slot`. It shows the entry as it is now; changes go to `answers`. Alive until `signal` aborts. */
export function renderQuestion({ slot, answers, saver, signal }) {
  const type = typeOf(slot.view.type);
  const area = h("div", { class: "answer" });
  const clear = h("button", { class: "button button-quiet", type: "button" }, t("clear"));
  const saved = h("p", { class: "this-saved" });

  const drawArea = () => {
    if (!type) return area.replaceChildren(h("p", { class: "note note-warn" }, t("unknown_type")));
    return area.replaceChildren(type.render(slot.view, answers.entry(slot.slot).response, (response) => answers.setResponse(slot.slot, response)));
  };
  const drawState = () => {
    clear.classList.toggle("is-absent", !answers.isAnswered(slot.slot));
    const { kind, sentence } = slotState(slot.slot, { answers, saver });
    saved.textContent = sentence;
    saved.dataset.kind = kind;
  };
  clear.addEventListener("click", () => {
    answers.setResponse(slot.slot, null);
    drawArea();
    area.querySelector("input, textarea, select, button")?.focus();
  });
  answers.addEventListener("state", ({ detail }) => { if (detail.slot === slot.slot) drawState(); }, { signal });
  saver.addEventListener("state", drawState, { signal });
  drawArea();
  drawState();

  return h("article", { class: "question", "aria-labelledby": "question-title" },
    slot.section && h("p", { class: "question-section" }, slot.section),
    h("h1", { id: "question-title", class: "question-title" },
      t("question_of", { number: slot.number, total: answers.slots.length }), " ", h("span", { class: "question-points" }, points(slot.points))),
    h("div", { class: "stem" }, html(slot.view.stem)),
    area,
    h("div", { class: "question-foot" }, saved, clear));
}

function slotState(slot, { answers, saver }) {
  const entry = answers.entry(slot);
  if (entry.refusal !== null) return { kind: "refused", sentence: t("this_refused", { reason: entry.refusal }) };
  if (answers.isUnsent(slot)) {
    return saver.state.kind === "saving" ? { kind: "saving", sentence: t("this_saving") } : { kind: "offline", sentence: t("this_waiting") };
  }
  return entry.savedAt ? { kind: "saved", sentence: t("this_saved", { time: clockTime(entry.savedAt) }) } : { kind: "idle", sentence: "" };
}
