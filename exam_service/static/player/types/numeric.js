// Owns the numeric item: response {"text": as typed}, decimal comma and unit included; the server reads the number.
// Calls no endpoint.
import { h, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { hasText, textBox } from "./text_entry.js";

const MOST = 100;

export function render(view, response, onChange) {
  const [id, help, unit] = [uniqueId("number"), uniqueId("help"), uniqueId("unit")];
  return h("div", { class: "entry-field" },
    h("label", { class: "hint", for: id }, t(view.asks_unit ? "type_number_and_unit" : "type_number")),
    h("div", { class: "entry-row" },
      // No numeric keyboard: the one of some telephones has neither minus nor comma.
      textBox({
        value: response?.text ?? "", width: view.asks_unit ? "m" : "s", most: MOST,
        attributes: { id, "aria-describedby": view.unit ? `${unit} ${help}` : help },
        onType: (text) => onChange(hasText(text) ? { text } : null),
      }),
      view.unit && h("span", { class: "entry-unit", id: unit }, view.unit)),
    h("p", { class: "hint entry-help", id: help }, t("decimal_comma")));
}

export function describe(view, response) {
  return view.unit && !view.asks_unit ? `${response.text} ${view.unit}` : response.text;
}

export function isAnswered(response) {
  return hasText(response.text);
}
