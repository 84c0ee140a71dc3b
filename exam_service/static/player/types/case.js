// Owns the case: one situation and the questions about it, each shown by its own type; response {"parts": {part id: that
// part's response}}, unanswered parts left out. The situation stays in sight while the questions scroll. Calls no endpoint.
import { h, html, uniqueId } from "../dom.js";
import { figure } from "../format.js";
import { t } from "../i18n.js";
import { completenessBy, describeBy, renderBy } from "./contract.js";
import { smallLetter } from "./option_rows.js";
import { simpleType } from "./simple_types.js";

export const SHOWS_STEM = true;

export function render(view, response, onChange) {
  const entered = { ...response?.parts };
  const onPart = (id, value) => {
    if (value === null) delete entered[id];
    else entered[id] = value;
    onChange(Object.keys(entered).length > 0 ? { parts: { ...entered } } : null);
  };
  const heading = uniqueId("situation");
  return h("div", { class: "case" },
    h("details", { class: "case-situation", open: true },
      h("summary", { class: "case-summary" }, h("h2", { id: heading }, t("situation"))),
      h("div", { class: "case-text stem", tabindex: "0", role: "region", "aria-labelledby": heading }, html(view.stem))),
    h("div", { class: "case-parts" }, view.parts.map((part, index) => (
      partSection(part, { index, share: shareOf(view, part), response: entered[part.id] ?? null, onChange: (value) => onPart(part.id, value) })))));
}

function partSection({ view }, { index, share, response, onChange }) {
  const heading = uniqueId("part");
  return h("section", { class: "part", "aria-labelledby": heading },
    h("h2", { class: "part-title", id: heading }, t("part", { letter: smallLetter(index) }), share && h("span", { class: "part-share" }, ` ${t("part_share", { n: share })}`)),
    renderBy(simpleType(view.type), view, { response, onChange }));
}

/** What the part counts of the whole in per cent; nothing where all count the same. */
function shareOf({ parts }, { weight }) {
  if (parts.every((part) => part.weight === weight)) return "";
  return figure((100 * weight) / parts.reduce((sum, part) => sum + part.weight, 0));
}

export function describe({ parts }, response) {
  return parts.map(({ id, view }, index) => `${smallLetter(index)}) ${describeBy(simpleType(view.type), view, response.parts[id])}`).join(" · ");
}

export function isAnswered({ parts }) {
  return Object.keys(parts ?? {}).length > 0;
}

export function isComplete({ parts }, response) {
  return parts.every(({ id, view }) => completenessBy(simpleType(view.type), view, response.parts[id]) === "all");
}
