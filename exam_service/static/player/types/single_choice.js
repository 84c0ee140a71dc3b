// Owns the single-choice item: response {"choice": id}. Calls no endpoint.
import { html } from "../dom.js";
import { t } from "../i18n.js";
import { describeOption, optionRows } from "./option_rows.js";

export function render(view, response, onChange) {
  return optionRows({
    kind: "radio",
    hint: t("choose_one"),
    options: view.options.map(({ id, text }) => ({ value: id, label: html(text) })),
    chosen: response ? [response.choice] : [],
    onPick: ([choice]) => onChange(choice === undefined ? null : { choice }),
  });
}

export function describe(view, response) {
  return describeOption(view, response.choice);
}

export function isAnswered(response) {
  return typeof response.choice === "string";
}
