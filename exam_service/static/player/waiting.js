// Owns the waiting room: the countdown that opens the test by itself, the details to check, the rules, the system check.
// Calls no endpoint; main.js refreshes it.
import { announce, h, icon } from "./dom.js";
import { countdown, figure } from "./format.js";
import { t } from "./i18n.js";
import { judgeSystem } from "./system_check.js";

/**
 * The waiting room of `current`, counting down `clock`. Returns {element, showCheck({storage, exchange}), tell(text)};
 * alive until `signal` aborts.
 */
export function waitingRoom({ current, clock, signal }) {
  const { exam, rules } = current;
  const value = h("p", { class: "countdown", role: "timer", "aria-live": "off" });
  const hint = h("p", { class: "muted", role: "status" }, t("opens_hint"));
  const checks = h("ul", { class: "checks" }, h("li", {}, t("check_running")));
  const paint = () => { value.textContent = countdown(clock.remainingMs); };
  clock.addEventListener("tick", paint, { signal });
  clock.addEventListener("warning", ({ detail }) => announce(t("say_opens", { minutes: detail.minutes, n: detail.minutes })), { signal });
  paint();
  document.title = `${t("waiting_title")} · ${exam.title}`;

  const element = h("div", { class: "page waiting" },
    h("h1", {}, t("waiting_title")),
    h("section", { class: "opens", "aria-label": t("opens_in") }, h("p", { class: "opens-label" }, t("opens_in")), value, hint),
    h("section", {}, h("h2", {}, t("check_yourself")), facts(current), h("p", { class: "muted" }, t("check_wrong"))),
    h("section", {}, h("h2", {}, t("rules")), h("ul", { class: "rules" }, ruleTexts(current, rules).map((rule) => h("li", {}, rule)))),
    h("section", {}, h("h2", {}, t("system_check")), checks));
  const showCheck = (found) => {
    checks.replaceChildren(...judgeSystem(found).map(({ name, sentence, isGood }) => h("li", { dataset: { good: String(isGood) } },
      icon(isGood ? "check" : "alert"), h("span", {}, h("strong", {}, name), " ", sentence))));
  };
  const tell = (text) => { if (hint.textContent !== text) hint.textContent = text; };
  return { element, showCheck, tell };
}

function facts({ candidate, exam, sitting }) {
  const minutes = figure(sitting.duration_min);
  const duration = candidate.extra_time_min > 0
    ? t("duration_extra", { minutes, extra: figure(candidate.extra_time_min) })
    : t("duration_value", { minutes, n: sitting.duration_min });
  const rows = [
    [t("full_name"), candidate.full_name], [t("number"), candidate.number], [t("unit"), candidate.unit], [t("room"), candidate.room],
    [t("exam"), exam.title], [t("duration"), duration],
    [t("size"), t("size_value", { count: figure(exam.question_count), points: figure(exam.max_points) })],
  ];
  return h("dl", { class: "facts" }, rows.map(([name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text))));
}

function ruleTexts({ sitting }, rules) {
  const late = sitting.late_limit_min ? [t("late_limit", { minutes: figure(sitting.late_limit_min) })] : [];
  const earliest = sitting.earliest_submit_min ? [t("earliest_submit", { minutes: figure(sitting.earliest_submit_min) })] : [];
  return [...rules, t("common_clock"), ...late, ...earliest];
}
