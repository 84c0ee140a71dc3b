// Owns the text with gaps: the stem carries a marker [[gap:ID]] where each input or choice belongs; response
// {"gaps": {gap id: typed text or option id}}, empty gaps left out. Calls no endpoint.
import { h, html, needsMarkup, plainText, shortText, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { hasText, textBox } from "./text_entry.js";

export const SHOWS_STEM = true;

const MARKER = /\[\[gap:([A-Za-z0-9_-]{1,32})\]\]/;
const MOST = 300;

export function render(view, response, onChange) {
  const entered = { ...response?.gaps };
  const onEnter = (id, value) => {
    if (hasText(value)) entered[id] = value;
    else delete entered[id];
    onChange(Object.keys(entered).length > 0 ? { gaps: { ...entered } } : null);
  };
  const stem = h("div", { class: "stem stem-with-gaps" }, html(view.stem));
  const boxes = new Map(gapsInOrder(view).map((gap, index) => [gap.id, gapBox(gap, { number: index + 1, value: entered[gap.id] ?? "", onEnter })]));
  for (const id of replaceMarkers(stem, boxes)) boxes.delete(id);
  // A draft may lack a marker; its gap is shown all the same.
  stem.append(...[...boxes.values()].map((box) => h("p", {}, box)));
  return h("div", {}, h("p", { class: "hint" }, t("fill_gaps")), stem);
}

/** The gaps of `view` as the stem reads; those without a marker last. Their number is what the candidate sees. */
function gapsInOrder(view) {
  const marked = [...view.stem.matchAll(new RegExp(MARKER, "g"))].map(([, id]) => id);
  const place = ({ id }) => (marked.includes(id) ? marked.indexOf(id) : marked.length);
  return [...view.gaps].sort((one, other) => place(one) - place(other));
}

/** Put each box where its first marker stands; returns the ids placed. A marker without a gap becomes a blank. */
function replaceMarkers(stem, boxes) {
  const placed = new Set();
  const walker = document.createTreeWalker(stem, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    for (let rest = text, found; (found = MARKER.exec(rest.data));) {
      const marker = rest.splitText(found.index);
      rest = marker.splitText(found[0].length);
      const isFirst = boxes.has(found[1]) && !placed.has(found[1]);
      marker.replaceWith(isFirst ? boxes.get(found[1]) : "[…]");
      placed.add(found[1]);
    }
  }
  return placed;
}

function gapBox(gap, { number, value, onEnter }) {
  const label = t("gap", { number });
  const control = gap.kind === "choice"
    ? choiceControl(gap, { label, value, onPick: (id) => onEnter(gap.id, id) })
    : textBox({
      value, width: gap.width ?? "s", most: MOST, onType: (text) => onEnter(gap.id, text),
      attributes: { "aria-label": gap.unit ? `${label} (${gap.unit})` : label },
    });
  return h("span", { class: "gap" }, h("span", { class: "gap-number", "aria-hidden": "true" }, String(number)), control,
    gap.unit && h("span", { class: "entry-unit", "aria-hidden": "true" }, gap.unit));
}

function choiceControl({ options, display }, { label, value, onPick }) {
  // A native menu shows plain text only.
  if (display === "list" || options.some(({ text }) => needsMarkup(text))) return choiceList(options, { label, value, onPick });
  const select = h("select", { class: "entry", "aria-label": label, onchange: () => onPick(select.value) },
    h("option", { value: "" }, t("choose")), options.map(({ id, text }) => h("option", { value: id }, plainText(text))));
  select.value = value;
  return select;
}

function choiceList(options, { label, value, onPick }) {
  const name = uniqueId("gap");
  return h("span", { class: "gap-list", role: "radiogroup", "aria-label": label }, options.map(({ id, text }) => {
    const input = h("input", { type: "radio", name, onchange: () => onPick(id) });
    input.checked = value === id;
    return h("label", { class: "pick pick-small" }, input, h("span", {}, html(text)));
  }));
}

export function describe(view, { gaps }) {
  const words = ({ id, options }) => {
    if (!(id in gaps)) return "–";
    const option = options?.find((each) => each.id === gaps[id]);
    return option ? shortText(option.text, 40) : gaps[id];
  };
  return gapsInOrder(view).map((gap, index) => `(${index + 1}) ${words(gap)}`).join(" · ");
}

export function isAnswered({ gaps }) {
  return Object.values(gaps ?? {}).some(hasText);
}

export function isComplete(view, { gaps }) {
  return view.gaps.every(({ id }) => hasText(gaps[id]));
}
