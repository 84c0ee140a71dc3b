// Owns the look and behaviour of a list of options: whole rows clickable, a letter to press, native radios or checkboxes
// underneath so that keyboards and screen readers find what they know. Calls no endpoint.
import { h, icon, plainText } from "../dom.js";

const LETTERS = "ABCDEFGHIJ";

/** The letter a candidate reads (and presses) for the option at `index`. */
export function letter(index) {
  return LETTERS[index] ?? String(index + 1);
}

/**
 * A group of option rows. `kind` is "radio" or "checkbox"; `options` are {value, label} with `label` a node;
 * `onPick(values)` gets the chosen values after every change. Every input carries `data-choice` for the shortcuts.
 */
export function optionRows({ kind, hint, options, chosen, onPick }) {
  const name = `choice-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
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
  if (index < 0) return "";
  const text = plainText(view.options[index].text);
  return `${letter(index)}. ${text.length > 90 ? `${text.slice(0, 88)}…` : text}`;
}
