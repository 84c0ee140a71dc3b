// Owns the multiple-choice item: response {"choices": [ids]} in the order shown. Calls no endpoint.
import { h, html } from "../dom.js";
import { t } from "../i18n.js";
import { describeOption, optionRows } from "./option_rows.js";

export function render(view, response, onChange) {
  const most = view.max_choices ?? 0;
  const full = h("p", { class: "hint limit-reached", role: "status" });
  const group = optionRows({
    kind: "checkbox",
    hint: most > 0 ? t("choose_up_to", { n: most }) : t("choose_many"),
    options: view.options.map(({ id, text }) => ({ value: id, label: html(text) })),
    chosen: response ? response.choices : [],
    onPick: (choices) => {
      showLimit();
      onChange(choices.length > 0 ? { choices } : null);
    },
  });
  const showLimit = () => { full.textContent = closeWhenFull(group, most) ? t("chosen_enough", { n: most }) : ""; };
  showLimit();
  return h("div", {}, group, most > 0 && full);
}

/** With `most` boxes ticked (0: any number) the others rest; returns whether they do. */
export function closeWhenFull(group, most) {
  const boxes = [...group.querySelectorAll("input[type=checkbox]")];
  const isFull = most > 0 && boxes.filter(({ checked }) => checked).length >= most;
  for (const box of boxes) box.disabled = isFull && !box.checked;
  return isFull;
}

export function describe(view, response) {
  return response.choices.map((id) => describeOption(view, id)).join(" · ");
}

export function isAnswered(response) {
  return Array.isArray(response.choices) && response.choices.length > 0;
}
