// Owns the one-line boxes in which candidates type words and numbers: nothing is corrected, completed or capitalised
// for them, and what they typed goes out as it is. Calls no endpoint.
import { h } from "../dom.js";

/** A box `width` "s", "m" or "l" wide; `onType(text)` gets every change, `attributes` go to the input. */
export function textBox({ value, width, most, onType, attributes }) {
  const input = h("input", {
    type: "text", class: `entry entry-${width}`, maxlength: String(most), autocomplete: "off", autocapitalize: "off", autocorrect: "off",
    spellcheck: "false", ...attributes,
  });
  input.value = value;
  input.addEventListener("input", () => onType(input.value));
  return input;
}

/** True when something can be read in `text`. */
export function hasText(text) {
  return typeof text === "string" && text.trim() !== "";
}
