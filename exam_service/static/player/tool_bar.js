// Owns the candidate's tools on a question: striking out and covering options, highlighting, line focus, scratch notes and
// the calculator, all of them by keyboard too. Calls no endpoint.
import { calculatorLine } from "./calculator.js";
import { preference, setPreference } from "./display.js";
import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { canHighlight, chosenPassage, showPassages, togglePassage } from "./passages.js";
import { letter } from "./types/option_rows.js";

const LINES = ".stem p, .stem li, .stem tr, .stem:not(:has(p, li, tr)), .option";

/**
 * The tools of `slot`. Returns {element, dress(body), obey(command)}: `dress` is called after every drawing of the item,
 * `obey` with "highlight", "line_up" or "line_down" from the keyboard.
 */
export function toolBar({ slot, tools }) {
  return new ToolBar(slot, tools);
}

class ToolBar {
  #body = null;
  #line = null;
  #uncovered = new Set();

  constructor(slot, tools) {
    this.slot = slot;
    this.tools = tools;
    const has = (name) => tools.allowed.has(name);
    const buttons = [
      has("eliminate") && this.#toggle("tool_eliminate", "striking", () => this.dress(this.#body)),
      has("mask") && this.#toggle("tool_mask", "masking", () => this.dress(this.#body)),
      has("highlight") && canHighlight() && h("button", { class: "button", type: "button", onclick: () => this.obey("highlight") }, t("tool_highlight")),
      ...(has("line_focus") ? this.#lineButtons() : []),
    ].filter(Boolean);
    const notes = has("notes") && h("label", { class: "notes" }, h("span", {}, t("tool_notes")),
      h("textarea", { class: "essay-text", rows: "3", maxlength: "5000", oninput: (event) => { tools.notes = event.target.value; } }, tools.notes));
    const calculator = has("calculator") && calculatorLine();
    this.element = h("details", { class: "tools", hidden: buttons.length === 0 && !notes && !calculator },
      h("summary", {}, t("tools")), h("div", { class: "tool-row" }, buttons), calculator, notes);
    this.element.open = preference("toolsOpen");
    this.element.addEventListener("toggle", () => setPreference("toolsOpen", this.element.open));
  }

  dress(body) {
    this.#body = body;
    this.#line = null;
    if (this.tools.allowed.has("highlight") && canHighlight()) showPassages(body, this.tools.passages(this.slot));
    this.#dressOptions();
    if (preference("lineFocus") && this.tools.allowed.has("line_focus")) this.#showLine(0);
  }

  obey(command) {
    if (command === "highlight" && this.tools.allowed.has("highlight") && canHighlight()) this.#highlight();
    else if (command.startsWith("line_") && this.tools.allowed.has("line_focus") && preference("lineFocus")) this.#moveLine(command === "line_up" ? -1 : 1);
  }

  #toggle(label, name, onChange) {
    const button = h("button", { class: "button", type: "button", "aria-pressed": String(preference(name)) }, t(label));
    button.addEventListener("click", () => {
      setPreference(name, !preference(name));
      button.setAttribute("aria-pressed", String(preference(name)));
      onChange();
    });
    return button;
  }

  // Options struck out and covered

  #dressOptions() {
    for (const group of this.#body.querySelectorAll(".option-tools")) group.remove();
    const [strikes, covers] = [this.tools.allowed.has("eliminate"), this.tools.allowed.has("mask") && preference("masking")];
    for (const [index, option] of [...this.#body.querySelectorAll(".option")].entries()) {
      option.classList.toggle("is-struck", strikes && this.tools.isStruck(this.slot, index));
      option.classList.toggle("is-covered", covers && !this.#uncovered.has(index));
      const buttons = [covers && this.#coverButton(option, index), strikes && preference("striking") && this.#strikeButton(option, index)].filter(Boolean);
      if (buttons.length > 0) option.after(h("div", { class: "option-tools" }, buttons));
    }
  }

  /** A button for one option that says what pressing it would do; `paint()` shows the present state and returns its label. */
  #optionButton(option, index, { press, paint }) {
    const name = letter(Number(option.querySelector("[data-choice]")?.dataset.choice ?? index));
    const button = h("button", { class: "button button-quiet", type: "button" });
    const repaint = () => { button.textContent = t(paint(), { letter: name }); };
    button.addEventListener("click", () => {
      press();
      repaint();
    });
    repaint();
    return button;
  }

  #strikeButton(option, index) {
    const press = () => this.tools.toggleStruck(this.slot, index);
    const paint = () => (option.classList.toggle("is-struck", this.tools.isStruck(this.slot, index)) ? "unstrike" : "strike");
    return this.#optionButton(option, index, { press, paint });
  }

  #coverButton(option, index) {
    const press = () => { if (!this.#uncovered.delete(index)) this.#uncovered.add(index); };
    const paint = () => (option.classList.toggle("is-covered", !this.#uncovered.has(index)) ? "uncover" : "cover");
    return this.#optionButton(option, index, { press, paint });
  }

  // Passages

  #highlight() {
    const passage = chosenPassage(this.#body, this.#line);
    if (!passage) return announce(t("highlight_how"));
    this.tools.setPassages(this.slot, togglePassage(this.tools.passages(this.slot), passage));
    showPassages(this.#body, this.tools.passages(this.slot));
    // The selection would hide what was highlighted, and the next highlight would take it away again.
    getSelection().removeAllRanges();
    return announce(t("highlight_done"));
  }

  // One line at a time

  #lineButtons() {
    const step = (label, by) => h("button", { class: "button", type: "button", onclick: () => this.#moveLine(by) }, t(label));
    return [this.#toggle("tool_line", "lineFocus", () => this.#showLine(preference("lineFocus") ? 0 : null)), step("line_up", -1), step("line_down", 1)];
  }

  #lines() {
    return [...this.#body.querySelectorAll(LINES)];
  }

  #moveLine(by) {
    if (!preference("lineFocus")) return;
    const lines = this.#lines();
    this.#showLine(Math.min(lines.length - 1, Math.max(0, lines.indexOf(this.#line) + by)));
  }

  #showLine(index) {
    this.#line?.classList.remove("is-line");
    this.#line = index === null ? null : this.#lines()[index] ?? null;
    this.#line?.classList.add("is-line");
    this.#line?.scrollIntoView({ block: "nearest" });
  }
}
