// Owns the short-text item: response {"text": as typed}. Calls no endpoint.
import { h, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { hasText, textBox } from "./text_entry.js";

const MOST = 300;

export function render(view, response, onChange) {
  const id = uniqueId("text");
  return h("div", { class: "entry-field" },
    h("label", { class: "hint", for: id }, t("type_answer")),
    textBox({
      value: response?.text ?? "", width: view.width, most: MOST, attributes: { id },
      onType: (text) => onChange(hasText(text) ? { text } : null),
    }));
}

export function describe(_view, response) {
  return response.text;
}

export function isAnswered(response) {
  return hasText(response.text);
}
