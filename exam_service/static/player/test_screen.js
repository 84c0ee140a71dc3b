// Owns the screen of a running test: one question, the navigator, the footer, warnings, and the way to the review.
// Calls no endpoint; talks to the running test (test.js).
import { askForNumber, showHelp } from "./dialogs.js";
import { announce, focusOn, h, icon } from "./dom.js";
import { countdown } from "./format.js";
import { noticeLine } from "./header.js";
import { t } from "./i18n.js";
import { listenForShortcuts } from "./keys.js";
import { questionNavigator } from "./navigator.js";
import { renderQuestion } from "./question.js";

const LAST_MINUTES = 10;
const SAY_MINUTES = (minutes) => (minutes === 1 ? t("warn_last") : t("warn_minutes", { minutes, n: minutes }));

/**
 * The screen of `test`, opened at `place` (a slot): {element, place, tellTime()}. `onReview(place)` leaves for the review. Alive until
 * `signal` aborts.
 */
export function testScreen({ test, place, onReview, signal, movesFocus = true }) {
  const screen = new TestScreen({ test, onReview, signal });
  screen.open(place, { movesFocus });
  return screen;
}

class TestScreen {
  #question = new AbortController();
  #index = 0;
  #shown = null; // the question on the screen

  constructor({ test, onReview, signal }) {
    this.test = test;
    this.onReview = onReview;
    this.slots = test.answers.slots;
    this.stage = h("div", { class: "stage" });
    this.notice = noticeLine();
    this.navigator = questionNavigator({
      answers: test.answers, saver: test.saver, signal, onGo: (slot) => this.go(this.#indexOf(slot)), onClose: () => this.#showNavigator(false),
    });
    this.element = h("div", { class: "test" }, this.stage, this.navigator.element, this.notice.element, this.#footer(signal));
    this.#listen(signal);
  }

  open(place, { movesFocus }) {
    this.go(Math.max(0, this.#indexOf(place)), { movesFocus });
  }

  /** The slot that is open. */
  get place() {
    return this.slots[this.#index].slot;
  }

  /** Show the question at `index`; what was changed in the one before is sent at once. */
  go(index, { movesFocus = true } = {}) {
    if (index < 0 || index >= this.slots.length) return;
    this.#index = index;
    const slot = this.slots[index];
    this.#question.abort();
    this.#question = new AbortController();
    this.test.saver.flush();
    this.test.answers.markSeen(slot.slot);
    this.test.answers.keepPlace(slot.slot);
    const { answers, saver, tools } = this.test;
    this.#shown = renderQuestion({ slot, answers, saver, tools, signal: this.#question.signal });
    this.stage.replaceChildren(this.#shown.element);
    this.stage.scrollTop = 0;
    scrollTo(0, 0); // where there is no room for fixed bars the page scrolls as a whole
    this.navigator.setCurrent(slot.slot);
    this.#showNavigator(false);
    this.#paintFooter();
    document.title = `${t("question_of", { number: slot.number, total: this.slots.length })} · ${this.test.current.exam.title}`;
    if (movesFocus) queueMicrotask(() => focusOn(this.stage.querySelector("h1")));
  }

  #indexOf(slot) {
    return this.slots.findIndex((each) => each.slot === slot);
  }

  #listen(signal) {
    const { clock, answers } = this.test;
    signal.addEventListener("abort", () => this.#question.abort());
    clock.addEventListener("warning", ({ detail }) => this.#warn(detail.minutes), { signal });
    clock.addEventListener("changed", () => this.tellTime(), { signal });
    answers.addEventListener("unkept", () => this.notice.show(t("say_no_storage")), { signal, once: true });
    answers.addEventListener("state", () => this.#paintFooter(), { signal });
    listenForShortcuts((shortcut) => this.#obey(shortcut), signal);
  }

  /** Say that the time was changed. */
  tellTime() {
    this.notice.show(t("time_changed", { left: countdown(this.test.clock.remainingMs) }));
  }

  /** The half hours are said to who cannot see the clock; only the last minutes take room on the screen. */
  #warn(minutes) {
    if (minutes > LAST_MINUTES) announce(SAY_MINUTES(minutes));
    else this.notice.show(SAY_MINUTES(minutes));
  }

  #obey({ command, choice }) {
    // Covered by a document or by the list of questions: nobody sees what a letter would do to the question behind.
    if (command !== "help" && this.stage.getClientRects().length === 0) return;
    if (choice !== undefined) {
      const input = this.#choiceArea()?.querySelector(`[data-choice="${choice}"]`);
      input?.focus();
      input?.click();
    } else if (command === "help") showHelp();
    else if (command === "next") this.go(this.#index + 1);
    else if (command === "previous") this.go(this.#index - 1);
    else if (command === "go_to") this.#goTo();
    else if (command === "flag") this.#toggleFlag();
    else if (command === "review") this.#review();
    else this.#shown.obey(command);
  }

  async #goTo() {
    const number = await askForNumber(this.slots.length);
    if (number !== null) this.go(this.slots.findIndex((each) => each.number === number));
  }

  /** Where a letter chooses: in a case only the part that has the focus, since every part has its A and B. */
  #choiceArea() {
    if (!this.stage.querySelector(".part")) return this.stage;
    return document.activeElement?.closest(".part");
  }

  #toggleFlag() {
    const { slot } = this.slots[this.#index];
    this.test.answers.toggleFlag(slot);
    announce(t(this.test.answers.entry(slot).flagged ? "is_flagged" : "unflag"));
  }

  #review() {
    this.test.saver.flush();
    this.onReview(this.slots[this.#index].slot);
  }

  #footer() {
    const control = (name, label, onclick, className = "") => h("button", { class: `button control ${className}`, type: "button", onclick }, icon(name), h("span", {}, label));
    this.previous = control("previous", t("previous"), () => this.go(this.#index - 1));
    this.flag = control("flag", t("flag"), () => this.#toggleFlag(), "control-flag");
    this.next = control("next", t("next"), () => this.go(this.#index + 1), "control-next button-primary");
    this.list = control("grid", "", () => this.#showNavigator(), "control-list");
    this.submit = control("send", t("to_review"), () => this.#review(), "control-submit");
    return h("div", { class: "footer" }, this.previous, this.flag, this.next, this.list, this.submit);
  }

  #paintFooter() {
    const { flagged } = this.test.answers.entry(this.slots[this.#index].slot);
    this.flag.setAttribute("aria-pressed", String(flagged));
    this.previous.disabled = this.#index === 0;
    this.next.disabled = this.#index === this.slots.length - 1;
    this.submit.classList.toggle("button-primary", this.next.disabled);
    this.next.classList.toggle("button-primary", !this.next.disabled);
    this.list.querySelector("span").textContent = t("progress_short", this.test.answers.counts());
  }

  #showNavigator(isOpen = !this.element.classList.contains("is-listing")) {
    const wasOpen = this.element.classList.contains("is-listing");
    this.element.classList.toggle("is-listing", isOpen);
    this.list.setAttribute("aria-expanded", String(isOpen));
    // As a sheet over the question it is the page's only heading.
    const heading = this.navigator.element.querySelector("h2");
    heading.setAttribute("aria-level", isOpen ? "1" : "2");
    if (isOpen) focusOn(heading);
    else if (wasOpen) this.list.focus();
  }
}
