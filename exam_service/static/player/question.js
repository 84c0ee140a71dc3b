// Owns the showing of one question: number, points, the item as its type shows it, taking the answer back, and its own
// state of saving. Calls no endpoint.
import { h } from "./dom.js";
import { clockTime, points } from "./format.js";
import { t } from "./i18n.js";
import { toolBar } from "./tool_bar.js";
import { renderItem } from "./types/index.js";

/**
 * {element, obey(command)} of `slot`. It shows the entry as it is now; changes go to `answers`, the candidate's own marks to
 * `tools`, which `obey` serves from the keyboard. Alive until `signal` aborts.
 */
export function renderQuestion({ slot, answers, saver, tools, signal }) {
  const body = h("div", {});
  const bar = toolBar({ slot: slot.slot, tools });
  const clear = h("button", { class: "button button-quiet", type: "button" });
  const saved = h("p", { class: "this-saved" });
  let cleared = null; // what the button took away, until something else is answered

  const drawItem = () => {
    body.replaceChildren(renderItem(slot.view, answers.entry(slot.slot).response, (response) => answers.setResponse(slot.slot, response)));
    bar.dress(body);
  };
  const drawState = () => {
    const isAnswered = answers.isAnswered(slot.slot);
    if (isAnswered) cleared = null;
    clear.textContent = t(cleared === null ? "clear" : "unclear");
    clear.classList.toggle("is-absent", !isAnswered && cleared === null);
    const { kind, sentence } = slotState(slot.slot, { answers, saver });
    saved.textContent = sentence;
    saved.dataset.kind = kind;
  };
  clear.addEventListener("click", () => {
    const restored = cleared;
    cleared = answers.entry(slot.slot).response;
    answers.setResponse(slot.slot, restored);
    drawItem();
    drawState();
  });
  answers.addEventListener("state", ({ detail }) => { if (detail.slot === slot.slot) drawState(); }, { signal });
  saver.addEventListener("state", drawState, { signal });
  drawItem();
  drawState();

  const element = h("article", { class: "question", "aria-labelledby": "question-title" },
    slot.section && h("p", { class: "question-section" }, slot.section),
    h("h1", { id: "question-title", class: "question-title" },
      t("question_of", { number: slot.number, total: answers.slots.length }), " ", h("span", { class: "question-points" }, points(slot.points))),
    bar.element,
    body,
    h("div", { class: "question-foot" }, saved, clear));
  return { element, obey: (command) => bar.obey(command) };
}

function slotState(slot, { answers, saver }) {
  const entry = answers.entry(slot);
  if (entry.refusal !== null) return { kind: "refused", sentence: t("this_refused", { reason: entry.refusal }) };
  if (answers.isUnsent(slot)) {
    return saver.state.kind === "saving" || !answers.isKept(slot) ? { kind: "saving", sentence: t("this_saving") } : { kind: "offline", sentence: t("this_waiting") };
  }
  return entry.savedAt ? { kind: "saved", sentence: t("this_saved", { time: clockTime(entry.savedAt) }) } : { kind: "idle", sentence: "" };
}
