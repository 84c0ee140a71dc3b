// Owns the cluster of statements to be called true or false one by one: response {"values": {statement id: boolean}},
// statements without an answer left out. Calls no endpoint.
import { h, html, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { smallLetter } from "./option_rows.js";

// The roles are spelled out because the rows become blocks on a phone, and a table without its display is none.
export function render(view, response, onChange) {
  const values = { ...response?.values };
  const onPick = (id, value) => {
    values[id] = value;
    onChange({ values: { ...values } });
  };
  return h("table", { class: "cluster", role: "table" },
    h("caption", { class: "hint" }, t("choose_each")),
    h("thead", { class: "visually-hidden", role: "rowgroup" }, h("tr", { role: "row" },
      [t("statement"), t("true"), t("false")].map((title) => h("th", { scope: "col", role: "columnheader" }, title)))),
    h("tbody", { role: "rowgroup" }, view.statements.map((statement, index) => (
      statementRow(statement, { index, value: values[statement.id], onPick })))));
}

function statementRow({ id, text }, { index, value, onPick }) {
  const name = uniqueId("statement");
  return h("tr", { role: "row", class: "cluster-row" },
    h("th", { scope: "row", role: "rowheader", class: "cluster-statement", id: name },
      h("div", {}, h("span", { class: "cluster-letter" }, `${smallLetter(index)})`), h("div", { class: "cluster-text" }, html(text)))),
    [true, false].map((truth) => h("td", { role: "cell", class: "cluster-cell" }, verdict({ name, truth, isChosen: value === truth, onPick: () => onPick(id, truth) }))));
}

function verdict({ name, truth, isChosen, onPick }) {
  const word = uniqueId("verdict");
  const input = h("input", { type: "radio", name, value: String(truth), "aria-labelledby": `${word} ${name}`, onchange: onPick });
  input.checked = isChosen;
  return h("label", { class: "pick" }, input, h("span", { id: word }, t(String(truth))));
}

export function describe(view, { values }) {
  return view.statements.map(({ id }, index) => `${smallLetter(index)}) ${id in values ? t(String(values[id])) : "–"}`).join(" · ");
}

export function isAnswered({ values }) {
  return Object.keys(values ?? {}).length > 0;
}

export function isComplete(view, { values }) {
  return view.statements.every(({ id }) => id in values);
}
