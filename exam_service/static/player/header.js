// Owns the bar at the top: test, candidate, time left, state of saving, display and help; and the notice above the
// footer. Calls no endpoint.
import { preference, setPreference } from "./display.js";
import { showDisplay, showHelp, showTime } from "./dialogs.js";
import { announce, h, icon } from "./dom.js";
import { clockTime, countdown, figure } from "./format.js";
import { t } from "./i18n.js";

/** The bar without a test: name of the test, the candidate, display and help. `onLanguage` as for the display dialog. */
export function renderHeader(root, { title = "", candidate = null, onLanguage }) {
  const status = h("div", { class: "header-status" });
  root.replaceChildren(
    h("div", { class: "header-title" },
      h("span", { class: "header-exam" }, title),
      candidate && h("span", { class: "header-person" }, `${t("number_short", { number: candidate.number })} · ${candidate.full_name}`)),
    status,
    h("div", { class: "header-tools" },
      h("button", { class: "tool", type: "button", id: "display", onclick: () => showDisplay({ onLanguage }) }, icon("text"), h("span", {}, t("display"))),
      h("button", { class: "tool", type: "button", onclick: showHelp }, h("span", { class: "tool-mark", "aria-hidden": "true" }, "?"), h("span", {}, t("help")))),
  );
  return status;
}

/** Fill the bar's middle with the time left and the state of saving of `test` until `signal` aborts. */
export function showTestStatus(status, { test, signal }) {
  status.replaceChildren(saveState(test.saver, signal), timer(test, signal));
  signal.addEventListener("abort", () => status.replaceChildren());
}

function timer(test, signal) {
  const { clock } = test;
  const value = h("span", { class: "timer-value" });
  const shown = h("span", { class: "timer", role: "timer", "aria-live": "off" }, h("span", { class: "timer-label" }, t("time_left")), value);
  const toggle = h("button", { class: "timer-toggle", type: "button" });
  const paint = () => {
    const isHidden = preference("timeHidden");
    value.textContent = isHidden ? "–" : countdown(clock.remainingMs);
    toggle.textContent = t(isHidden ? "show_time" : "hide_time");
    shown.classList.toggle("timer-hidden", isHidden);
  };
  toggle.addEventListener("click", () => {
    setPreference("timeHidden", !preference("timeHidden"));
    paint();
  });
  clock.addEventListener("tick", paint, { signal });
  paint();
  return h("span", { class: "timer-group" }, icon("clock"), shown, extraTime(test, signal), toggle);
}

/** "+15 phút": only that there is more time; by what decision is said to who asks. */
function extraTime(test, signal) {
  const button = h("button", { class: "timer-toggle timer-extra", type: "button", "aria-haspopup": "dialog" });
  let hasChanged = false;
  const paint = () => {
    const { candidate, sitting } = test.current;
    const minutes = (sitting.granted ?? []).reduce((sum, one) => sum + one.minutes, candidate.extra_time_min);
    button.hidden = minutes === 0 && !hasChanged;
    button.textContent = minutes > 0 ? t("time_extra", { minutes: figure(minutes) }) : t("time_details");
    button.setAttribute("aria-label", minutes > 0 ? t("time_extra_label", { minutes: figure(minutes) }) : t("time_details"));
  };
  button.addEventListener("click", () => showTime({ ...test.current, refresh: () => test.learnTerms() }));
  // How much it was is asked of the server only when the candidate asks: a decision may reach thousands at once.
  test.clock.addEventListener("changed", () => {
    hasChanged = true;
    paint();
  }, { signal });
  test.addEventListener("terms", paint, { signal });
  paint();
  return button;
}

const SAVE_ICONS = {
  saved: "check", idle: "check", saving: "waiting", offline: "offline", refused: "alert", signed_out: "alert", paused: "alert", displaced: "alert", closed: "alert",
};

function saveSentence({ kind, waiting, savedAt }) {
  switch (kind) {
    case "saved": return t("saved_at", { time: clockTime(savedAt) });
    case "saving": return t("saving");
    case "offline": return waiting > 0 ? t("waiting_network", { n: waiting }) : t("network_lost");
    case "refused": return t("save_refused", { n: waiting });
    case "signed_out": return t("save_signed_out");
    case "paused": return t("save_paused");
    case "displaced": return t("save_displaced");
    case "closed": return t("save_ended");
    default: return t("saved_none");
  }
}

function saveState(saver, signal) {
  const element = h("span", { class: "save-state" });
  let previous = "";
  let wasOffline = false;
  const paint = () => {
    const state = saver.state;
    const sentence = saveSentence(state);
    if (sentence === previous) return;
    previous = sentence;
    element.dataset.kind = state.kind;
    element.replaceChildren(icon(SAVE_ICONS[state.kind]), h("span", {}, sentence));
    // Routine saves are not spoken; losing and regaining the network is, once each.
    if (state.kind === "offline" && !wasOffline) announce(t("say_offline"));
    if (wasOffline && (state.kind === "saved" || state.kind === "idle")) announce(t("say_online"));
    wasOffline = state.kind === "offline" || (wasOffline && state.kind === "saving");
  };
  saver.addEventListener("state", paint, { signal });
  paint();
  return element;
}

/** The line above the footer for warnings; it takes its room from the bottom, so that the question does not move. */
export function noticeLine() {
  const text = h("p", {});
  const line = h("div", { class: "notice", hidden: true }, icon("alert"), text,
    h("button", { class: "button button-quiet", type: "button", onclick: () => { line.hidden = true; } }, t("notice_dismiss")));
  const show = (sentence) => {
    text.textContent = sentence;
    line.hidden = false;
    announce(sentence);
  };
  return { element: line, show, hide: () => { line.hidden = true; } };
}
