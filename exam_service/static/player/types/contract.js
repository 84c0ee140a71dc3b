// Owns what every type of item offers, and what follows from that for the test, the review and the preview alike. A type
// is a module with
//   render(view, response, onChange) -> element   the answering area, calling onChange(response | null) on every change
//   describe(view, response) -> string            the answer in a few words, for the review page
//   isAnswered(response) -> boolean               anything entered at all
//   isComplete(view, response) -> boolean         optional: nothing that was asked for is missing
//   SHOWS_STEM                                    optional: true when `render` shows the stem itself
// Calls no endpoint.
import { h, html } from "../dom.js";
import { t } from "../i18n.js";

/** Stem and answering area of `view` by the module `type`; null stands for a type newer than this player. */
export function renderBy(type, view, { response, onChange }) {
  const stem = h("div", { class: "stem" }, html(view.stem));
  if (!type) return [stem, h("p", { class: "note note-warn" }, t("unknown_type"))];
  const area = h("div", { class: "answer" }, type.render(view, response, onChange));
  return type.SHOWS_STEM ? [area] : [stem, area];
}

/** "none", "part" or "all": how much of what `view` asks for `response` answers. */
export function completenessBy(type, view, response) {
  if (response === null || response === undefined || !type?.isAnswered(response)) return "none";
  return !type.isComplete || type.isComplete(view, response) ? "all" : "part";
}

/** The answer in a few words; says so when there is none. */
export function describeBy(type, view, response) {
  return completenessBy(type, view, response) === "none" ? t("not_answered") : type.describe(view, response);
}
