// Owns the multiple-choice item: response {"choices": [ids]} in the order shown. Calls no endpoint.
import { html } from "../dom.js";
import { t } from "../i18n.js";
import { describeOption, optionRows } from "./option_rows.js";

export function render(view, response, onChange) {
  return optionRows({
    kind: "checkbox",
    hint: t("choose_many"),
    options: view.options.map(({ id, text }) => ({ value: id, label: html(text) })),
    chosen: response ? response.choices : [],
    onPick: (choices) => onChange(choices.length > 0 ? { choices } : null),
  });
}

export function describe(view, response) {
  return response.choices.map((id) => describeOption(view, id)).join(" · ");
}

export function isAnswered(response) {
  return Array.isArray(response.choices) && response.choices.length > 0;
}
