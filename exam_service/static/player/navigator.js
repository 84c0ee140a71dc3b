// Owns the list of question numbers: seen, answered, flagged, current and unsent, each by shape and word. Calls no endpoint.
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";

/**
 * The navigator of `answers`; `onGo(slot)` is called for a picked number. Returns {element, setCurrent(slot)} and keeps
 * itself current until `signal` aborts.
 */
export function questionNavigator({ answers, saver, onGo, onClose, signal }) {
  const cells = new Map(answers.slots.map((slot) => [slot.slot, cell(slot, onGo)]));
  const progress = h("p", { class: "navigator-progress" });
  let current = null;
  const paintCell = (slot) => paint(cells.get(slot), answers, { slot, isCurrent: slot === current, isWaiting: saver.state.kind !== "saving" });
  const paintProgress = () => { progress.textContent = progressSentence(answers.counts()); };

  answers.addEventListener("state", ({ detail }) => {
    paintCell(detail.slot);
    paintProgress();
  }, { signal });
  // Only the mark of an unsent answer depends on the network, so only those cells are painted again.
  saver.addEventListener("state", () => answers.unsent().forEach(paintCell), { signal });
  for (const slot of cells.keys()) paintCell(slot);
  paintProgress();

  const element = h("nav", { class: "navigator", "aria-label": t("navigator") },
    h("div", { class: "navigator-head" }, h("h2", {}, t("navigator")),
      h("button", { class: "button navigator-close", type: "button", onclick: onClose }, t("close"))),
    progress,
    sections(answers.slots).map(([title, slots]) => [
      title && h("p", { class: "navigator-section" }, title),
      h("ol", { class: "cells", "aria-label": title || t("navigator") }, slots.map(({ slot }) => h("li", {}, cells.get(slot)))),
    ]),
    legend());
  const setCurrent = (slot) => {
    const previous = current;
    current = slot;
    if (previous !== null) paintCell(previous);
    paintCell(slot);
  };
  return { element, setCurrent };
}

/** "Answered 3/6, flagged 1", with those answered in part where there are any. */
export function progressSentence(counts) {
  return t(counts.partial > 0 ? "progress_partly" : "progress", counts);
}

function sections(slots) {
  const bySection = new Map();
  for (const slot of slots) bySection.set(slot.section, [...(bySection.get(slot.section) ?? []), slot]);
  return [...bySection];
}

function cell({ slot, number }, onGo) {
  return h("button", { class: "cell", type: "button", dataset: { slot: String(slot) }, onclick: () => onGo(slot) },
    h("span", { class: "cell-number" }, String(number)),
    h("span", { class: "cell-flag" }, icon("flag")),
    h("span", { class: "cell-check" }, icon("check")),
    h("span", { class: "cell-half" }, icon("half")),
    h("span", { class: "cell-unsent", "aria-hidden": "true" }, "…"));
}

function paint(button, answers, { slot, isCurrent, isWaiting }) {
  const entry = answers.entry(slot);
  const state = { all: "answered", part: "partly", none: entry.seen ? "seen" : "unseen" }[answers.completeness(slot)];
  const isUnsent = answers.isUnsent(slot) && (isWaiting || entry.refusal !== null);
  button.dataset.state = state;
  button.toggleAttribute("data-flagged", entry.flagged);
  button.toggleAttribute("data-unsent", isUnsent);
  if (isCurrent) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const facts = [
    t({ answered: "is_answered", partly: "is_partly", seen: "is_seen", unseen: "is_unseen" }[state]),
    entry.flagged && t("is_flagged"), isUnsent && t("is_unsent"),
  ];
  const number = answers.slots.find((each) => each.slot === slot).number;
  button.setAttribute("aria-label", `${t("question", { number })}: ${facts.filter(Boolean).join(", ")}`);
}

function legend() {
  const sample = (state, { flagged = false, isCurrent = false } = {}) => h("span", {
    class: "cell cell-sample", "aria-hidden": "true", dataset: { state }, "data-flagged": flagged, "data-current": isCurrent,
  }, h("span", { class: "cell-flag" }, icon("flag")), h("span", { class: "cell-check" }, icon("check")), h("span", { class: "cell-half" }, icon("half")));
  const rows = [
    [sample("answered"), "is_answered"], [sample("partly"), "is_partly"], [sample("seen"), "is_seen"], [sample("unseen"), "is_unseen"],
    [sample("seen", { flagged: true }), "is_flagged"], [sample("seen", { isCurrent: true }), "is_current"],
  ];
  return h("ul", { class: "legend" }, rows.map(([mark, word]) => h("li", {}, mark, h("span", {}, t(word)))));
}
