// Owns the waiting room: the countdown that opens the test by itself, the details to check, the rules, the check of this
// computer. Calls no endpoint; the player refreshes it.
import { inspectComputer } from "./computer.js";
import { showTime } from "./dialogs.js";
import { announce, h, icon } from "./dom.js";
import { countdown, figure } from "./format.js";
import { locale, t } from "./i18n.js";
import { judgeSystem, summarise } from "./system_check.js";

/**
 * The waiting room of `current`, counting down `clock`; `onMeasure()` measures the line, `onJudged(judged, found)` hears what each look at the computer says, and
 * `onOpen()` opens the test at once where that is for the candidate to say. Returns {draw(signal), showCheck({storage,
 * exchange}), tell(key)}: what is found and told stands in every drawing, each alive until its `signal` aborts.
 */
export function waitingRoom(given) {
  return new WaitingRoom(given);
}

class WaitingRoom {
  #found = null;
  #computer = {};
  #told = "opens_hint";
  #isMeasuring = false;

  constructor({ current, clock, onMeasure, onJudged, onOpen }) {
    Object.assign(this, { current, clock, onMeasure, onJudged, onOpen });
  }

  draw(signal) {
    const { current, clock } = this;
    const value = h("p", { class: "countdown", role: "timer", "aria-live": "off" });
    this.hint = h("p", { class: "muted", role: "status" }, t(this.#told));
    this.checks = h("div", {});
    const paint = () => { value.textContent = countdown(clock.remainingMs); };
    clock.addEventListener("tick", paint, { signal });
    clock.addEventListener("warning", ({ detail }) => announce(t("say_opens", { minutes: detail.minutes, n: detail.minutes })), { signal });
    addEventListener("resize", () => this.#look(), { signal });
    paint();
    this.#paintCheck();
    document.title = `${t("waiting_title")} · ${current.exam.title}`;
    return h("div", { class: "page waiting" },
      h("h1", {}, t("waiting_title")),
      h("section", { class: "opens", "aria-label": t("opens_in") }, h("p", { class: "opens-label" }, t("opens_in")), value,
        this.onOpen ? h("button", { class: "button", type: "button", onclick: this.onOpen }, t("open_now")) : this.hint),
      h("section", {}, h("h2", {}, t("check_yourself")), facts(current), h("p", { class: "muted" }, t("check_wrong"))),
      h("section", {}, h("h2", {}, t("rules")), h("ul", { class: "rules" }, ruleTexts(current).map((rule) => h("li", {}, rule)))),
      h("section", {}, h("h2", {}, t("system_check")), this.checks));
  }

  showCheck(found) {
    this.#found = { ...this.#found, ...found };
    const { exchange, line } = this.#found;
    // A measurement holds until the connection goes, or is there after all: what was found last counts.
    if (!found.line && line && Boolean(exchange) !== line.lost < line.sent) this.#found.line = null;
    this.#paintCheck();
    this.#look();
    if (this.current.policy?.measures_line && exchange && !this.#found.line) this.#measure();
  }

  tell(key) {
    this.#told = key;
    if (this.hint.textContent !== t(key)) this.hint.textContent = t(key);
  }

  /** Power may have been plugged in since, or the window made wider: nobody hears of a computer as it was before. */
  async #look() {
    this.#computer = await inspectComputer();
    const judged = this.#paintCheck();
    const exchange = this.#found?.exchange;
    if (judged) this.onJudged?.(judged, { exchange, computer: this.#computer, startsInMs: this.clock.remainingMs });
  }

  async #measure() {
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    this.#paintCheck();
    const line = await this.onMeasure();
    this.#isMeasuring = false;
    this.showCheck({ line });
  }

  /** What is judged, or nothing before there is anything to judge. */
  #paintCheck() {
    if (!this.#found) return void this.checks.replaceChildren(h("p", {}, t("check_running")));
    const judged = judgeSystem({ ...this.#found, ...this.#computer });
    const { sentence, level } = summarise(judged);
    const hadFocus = this.checks.contains(document.activeElement);
    const measure = h("button", { class: "button", type: "button", "aria-disabled": this.#isMeasuring && "true", onclick: () => this.#measure() }, t(this.#isMeasuring ? "check_measuring" : "check_measure"));
    this.checks.replaceChildren(
      h("p", { class: "check-sum", dataset: { level } }, sentence),
      h("ul", { class: "checks" }, judged.map((each) => h("li", { dataset: { level: each.level } },
        icon(each.level === "good" ? "check" : "alert"), h("span", {}, h("strong", {}, each.name), ": ", each.sentence)))),
      measure);
    if (hadFocus) measure.focus();
    return judged;
  }
}

function facts({ candidate, exam, sitting }) {
  const minutes = figure(sitting.duration_min);
  const duration = candidate.extra_time_min > 0
    ? [t("duration_extra", { minutes, extra: figure(candidate.extra_time_min) }), " ",
      h("button", { class: "button button-quiet", type: "button", onclick: () => showTime({ candidate, sitting }) }, t("time_details"))]
    : t("duration_value", { minutes, n: sitting.duration_min });
  const rows = [
    [t("full_name"), candidate.full_name], [t("number"), candidate.number], [t("unit"), candidate.unit], [t("room"), candidate.room],
    [t("exam"), exam.title], [t("duration"), duration],
    [t("size"), t("size_value", { count: figure(exam.question_count), points: figure(exam.max_points) })],
  ];
  return h("dl", { class: "facts" }, rows.map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))));
}

function ruleTexts({ sitting, rules }) {
  const late = sitting.late_limit_min ? [t("late_limit", { minutes: figure(sitting.late_limit_min) })] : [];
  const earliest = sitting.earliest_submit_min ? [t("earliest_submit", { minutes: figure(sitting.earliest_submit_min) })] : [];
  return [...rules[locale()], t("common_clock"), ...late, ...earliest];
}
