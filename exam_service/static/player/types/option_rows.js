// Owns the look and behaviour of a list of options: whole rows clickable, a letter to press, native radios or checkboxes
// underneath so that keyboards and screen readers find what they know. Calls no endpoint.
import { h, icon, shortText, uniqueId } from "../dom.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The letter a candidate reads (and presses) for the option at `index`. */
export function letter(index) {
  return LETTERS[index] ?? String(index + 1);
}

/** The letter of a statement or of a part of a case: a, b, c … */
export function smallLetter(index) {
  return letter(index).toLowerCase();
}

/**
 * A group of option rows. `kind` is "radio" or "checkbox"; `options` are {value, label} with `label` a node;
 * `onPick(values)` gets the chosen values after every change. Every input carries `data-choice` for the shortcuts.
 */
export function optionRows({ kind, hint, options, chosen, onPick }) {
  const name = uniqueId("choice");
  const group = h("fieldset", { class: "options" }, h("legend", { class: "hint" }, hint));
  for (const [index, { value, label }] of options.entries()) {
    const input = h("input", { type: kind, name, class: "option-input", dataset: { choice: String(index) } });
    input.checked = chosen.includes(value);
    input.value = String(value);
    group.append(
      h("label", { class: "option" }, input,
        h("span", { class: `option-letter option-letter-${kind}`, "aria-hidden": "true" }, letter(index)),
        h("span", { class: "option-text" }, h("span", { class: "visually-hidden" }, `${letter(index)}. `), label),
        h("span", { class: "option-mark" }, icon("check")), h("span", { class: "option-frame" })),
    );
  }
  group.addEventListener("change", () => {
    const inputs = [...group.querySelectorAll(".option-input")];
    onPick(options.filter((_, index) => inputs[index].checked).map(({ value }) => value));
  });
  return group;
}

/** "B. text" of the option `id` of `view`, shortened for a table. */
export function describeOption(view, id) {
  const index = view.options.findIndex((option) => option.id === id);
  return index < 0 ? "" : `${letter(index)}. ${shortText(view.options[index].text)}`;
}
