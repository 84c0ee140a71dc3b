// Owns the true/false item: response {"value": boolean}. Calls no endpoint.
import { t } from "../i18n.js";
import { optionRows } from "./option_rows.js";

export function render(_view, response, onChange) {
  return optionRows({
    kind: "radio",
    hint: t("choose_true_false"),
    options: [true, false].map((value) => ({ value, label: t(String(value)) })),
    chosen: response ? [response.value] : [],
    onPick: ([value]) => onChange(value === undefined ? null : { value }),
  });
}

export function describe(_view, response) {
  return t(String(response.value));
}

export function isAnswered(response) {
  return typeof response.value === "boolean";
}
