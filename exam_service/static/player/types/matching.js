// Owns the matching item: each prompt gets a target by a native menu, or several by boxes to tick; response
// {"pairs": [[prompt id, target id], …]} in the order shown. Calls no endpoint.
import { h, html, liveRegion, needsMarkup, plainText, shortText, speak, uniqueId } from "../dom.js";
import { t } from "../i18n.js";
import { closeWhenFull } from "./multiple_choice.js";
import { letter } from "./option_rows.js";

const FITS_A_MENU = 40; // characters; longer targets are written out once and named by their letter in the menus

export function render(view, response, onChange) {
  return new Matching(view, response, onChange).element;
}

class Matching {
  #chosen; // prompt id → ids of its targets
  #controls = new Map();

  constructor(view, response, onChange) {
    this.view = view;
    this.onChange = onChange;
    this.#chosen = new Map(view.prompts.map(({ id }) => [id, new Set(targetsOf(response, id))]));
    this.spoken = liveRegion();
    this.moved = h("p", { class: "hint matching-moved" });
    const prompts = view.prompts.map((prompt, index) => this.#row(prompt, index));
    this.element = h("div", { class: "matching" },
      h("p", { class: "hint" }, this.#hint()), needsList(view) && targetList(view.targets),
      h("ol", { class: "matching-rows" }, prompts), this.moved, this.spoken);
    this.#paint();
  }

  #hint() {
    const { max_per_prompt: most, is_target_reusable: isReusable } = this.view;
    const perPrompt = most === 1 ? t("match_one") : most > 1 ? t("match_up_to", { n: most }) : t("match_many");
    return isReusable ? perPrompt : `${perPrompt} ${t("match_once")}`;
  }

  #row(prompt, index) {
    const name = uniqueId("prompt");
    const control = this.view.max_per_prompt === 1 ? this.#menu(prompt.id, name) : this.#boxes(prompt.id, name);
    this.#controls.set(prompt.id, control);
    return h("li", { class: "matching-row" },
      h("div", { class: "matching-prompt", id: name }, h("span", { class: "matching-number" }, `${index + 1}.`), h("div", {}, html(prompt.text))),
      control);
  }

  #menu(promptId, name) {
    const isLong = needsList(this.view);
    const select = h("select", { class: "entry matching-menu", "aria-labelledby": name }, h("option", { value: "" }, t("choose")),
      this.view.targets.map(({ id, text }, index) => (
        h("option", { value: id }, `${letter(index)}. ${isLong ? shortText(text, FITS_A_MENU) : plainText(text)}`))));
    select.addEventListener("change", () => this.#choose(promptId, select.value === "" ? [] : [select.value]));
    return select;
  }

  /** Boxes carry the whole target, or its letter alone where the targets are written out above. */
  #boxes(promptId, name) {
    const isListed = needsList(this.view);
    const group = h("div", { class: "matching-boxes", role: "group", "aria-labelledby": name },
      this.view.targets.map(({ id, text }, index) => (
        h("label", { class: "pick pick-small" }, h("input", { type: "checkbox", value: id }), isListed
          ? h("span", {}, letter(index), h("span", { class: "visually-hidden" }, `. ${plainText(text)}`))
          : h("span", {}, `${letter(index)}. `, html(text))))));
    group.addEventListener("change", () => {
      this.#choose(promptId, [...group.querySelectorAll("input:checked")].map(({ value }) => value));
    });
    return group;
  }

  /** A target that may stand only once leaves the prompt it stood at, and the candidate is told. */
  #choose(promptId, targets) {
    const taken = this.view.is_target_reusable ? [] : this.#release(targets, promptId);
    this.#chosen.set(promptId, new Set(targets));
    this.moved.textContent = taken.join(" ");
    speak(this.spoken, taken.join(" "));
    this.#paint();
    const pairs = this.view.prompts.flatMap(({ id }) => (
      this.view.targets.filter((target) => this.#chosen.get(id).has(target.id)).map((target) => [id, target.id])));
    this.onChange(pairs.length > 0 ? { pairs } : null);
  }

  #release(targets, receiver) {
    return this.view.prompts.flatMap(({ id }, index) => (
      id === receiver ? [] : targets.filter((target) => this.#chosen.get(id).delete(target)).map((target) => (
        t("match_moved", { target: letter(this.view.targets.findIndex((each) => each.id === target)), from: index + 1 })))));
  }

  #paint() {
    for (const [promptId, control] of this.#controls) {
      const chosen = this.#chosen.get(promptId);
      if (control.matches("select")) {
        control.value = [...chosen][0] ?? "";
      } else {
        for (const box of control.querySelectorAll("input")) box.checked = chosen.has(box.value);
        closeWhenFull(control, this.view.max_per_prompt);
      }
    }
  }
}

function targetsOf(response, promptId) {
  return (response?.pairs ?? []).filter(([prompt]) => prompt === promptId).map(([, target]) => target);
}

/** True when a menu could not show every target whole. */
function needsList({ targets }) {
  return targets.some(({ text }) => plainText(text).length > FITS_A_MENU || needsMarkup(text));
}

function targetList(targets) {
  return h("ol", { class: "matching-targets" }, targets.map(({ text }, index) => (
    h("li", {}, h("span", { class: "matching-letter" }, `${letter(index)}.`), h("div", {}, html(text))))));
}

export function describe(view, response) {
  return view.prompts.map(({ id }, index) => {
    const chosen = targetsOf(response, id);
    const letters = view.targets.flatMap((target, place) => (chosen.includes(target.id) ? [letter(place)] : []));
    return `${index + 1} – ${letters.join(", ") || t("nothing")}`;
  }).join(" · ");
}

export function isAnswered({ pairs }) {
  return Array.isArray(pairs) && pairs.length > 0;
}

/** A target that may stand only once can leave prompts without any: as many as there are targets must be used. */
export function isComplete(view, response) {
  const served = view.prompts.filter(({ id }) => targetsOf(response, id).length > 0).length;
  return served >= (view.is_target_reusable ? view.prompts.length : Math.min(view.prompts.length, view.targets.length));
}
