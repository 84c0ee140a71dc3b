// Owns the dialogs over the test: help with the shortcut keys, display settings, what the time is made of, the number of
// a question to go to, confirmation of submission, signing in again, the pause. Native <dialog>: the rest of the page is inert while one is open. Calls no endpoint.
import { preference, setPreference } from "./display.js";
import { clockTime, countdown, figure } from "./format.js";
import { h } from "./dom.js";
import { locale, t } from "./i18n.js";

/** Show a modal dialog; it is removed when closed. Resolves with the value it was closed with ("" by Esc). */
function show(title, body, { footer, isClosable = true } = {}) {
  const close = h("button", { class: "button", type: "submit", value: "", autofocus: true }, t("close"));
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" },
    h("form", { method: "dialog" },
      h("h2", { id: "dialog-title", class: "dialog-title" }, title),
      h("div", { class: "dialog-body" }, body),
      h("div", { class: "dialog-actions" }, footer ?? close)));
  if (!isClosable) {
    // A browser closes on the second Esc whatever "cancel" says, so the key itself is taken.
    dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") event.preventDefault(); });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  }
  document.body.append(dialog);
  dialog.showModal();
  const closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    }, { once: true });
  });
  return { dialog, closed };
}

/** True while any dialog is open: shortcuts stand back. */
export function isDialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}

const KEYS = [
  [["A", "B", "C", "D", "E"], "key_choose"],
  [["1", "2", "3", "4", "5"], "key_choose"],
  [["N", "J", "→"], "key_next"],
  [["P", "K", "←"], "key_previous"],
  [["G"], "key_go"],
  [["Alt + Shift + N", "P", "Q"], "key_typing"],
  [["F"], "key_flag"],
  [["R"], "key_review"],
  [["H"], "key_highlight"],
  [["[", "]"], "key_line"],
  [["V", "Alt + Shift + V"], "key_statutes"],
  [["?"], "key_help"],
];

export function showHelp() {
  const hasStatutes = document.querySelector(".tool-statutes") !== null;
  const rows = KEYS.filter(([, what]) => hasStatutes || what !== "key_statutes").map(([keys, what]) => h("div", { class: "key-row" },
    h("dt", {}, keys.flatMap((key, index) => [index > 0 ? " " : "", h("kbd", {}, key)])), h("dd", {}, t(what))));
  return show(t("help"), [
    h("p", {}, t("help_saving")),
    h("h3", {}, t("help_keys")),
    h("dl", { class: "keys" }, rows),
    checkbox(t("keys_enabled"), "keys"),
  ]).closed;
}

/** `onLanguage(language)` draws the page again in that language; the dialog then comes back in it (`isBack`). */
export function showDisplay({ onLanguage, isBack = false }) {
  const languages = choices(t("language"), "language", [["vi", "Tiếng Việt"], ["en", "English"]], {
    value: locale(), onPick: (language) => {
      dialog.close();
      onLanguage(language);
      document.getElementById("display").focus();
      showDisplay({ onLanguage, isBack: true });
    },
  });
  const { dialog, closed } = show(t("display"), [
    choices(t("text_size"), "textSize", [["100", "100 %"], ["125", "125 %"], ["150", "150 %"], ["200", "200 %"]]),
    choices(t("theme"), "theme", [["auto", t("theme_auto")], ["light", t("theme_light")], ["dark", t("theme_dark")]]),
    checkbox(t("contrast"), "contrast"),
    languages,
  ]);
  if (isBack) languages.querySelector(":checked").focus();
  return closed;
}

/** One of `values` ([value, label]); a preference unless `value` and `onPick(value)` say otherwise. */
function choices(title, name, values, { value: chosen = preference(name), onPick = (value) => setPreference(name, value) } = {}) {
  return h("fieldset", { class: "segmented" }, h("legend", {}, title),
    h("div", { class: "segments" }, values.map(([value, label]) => {
      const input = h("input", { type: "radio", name, value, onchange: () => onPick(value) });
      input.checked = chosen === value;
      return h("label", { class: "segment" }, input, h("span", { lang: name === "language" && value }, label));
    })));
}

function checkbox(label, name) {
  const input = h("input", { type: "checkbox", onchange: (event) => setPreference(name, event.target.checked) });
  input.checked = preference(name);
  return h("label", { class: "check" }, input, h("span", {}, label));
}

/**
 * What the candidate's time is made of, with the decision that granted more: shown only to who asks for it. `refresh()` resolves
 * with {candidate, sitting} as the server has them now, or null without network.
 */
export function showTime({ candidate, sitting, refresh = null }) {
  const body = h("div", { class: "time-parts" }, timeParts({ candidate, sitting }));
  const { closed } = show(t("time_title"), body);
  refresh?.().then((fresh) => { if (fresh) body.replaceChildren(...timeParts(fresh)); });
  return closed;
}

function timeParts({ candidate, sitting }) {
  const { granted = [], duration_min: common } = sitting;
  const planned = candidate.extra_time_min;
  const total = granted.reduce((sum, { minutes }) => sum + minutes, common + planned);
  const part = (name, value, detail) => h("div", {}, h("dt", {}, name), h("dd", {}, value, detail && h("p", { class: "muted" }, detail)));
  const minutes = (n) => t("duration_value", { minutes: figure(n), n });
  return [h("dl", { class: "facts" },
    part(t("time_common"), minutes(common)),
    planned > 0 && part(t("time_planned"), `+ ${minutes(planned)}`, candidate.extra_time_reason),
    granted.map(({ minutes: n, reason, at, is_for_all: isForAll }) => part(
      t("time_incident"), `+ ${minutes(n)}`, `${t(isForAll ? "time_for_all" : "time_for_you", { time: clockTime(at) })}: ${reason}`)),
    part(t("time_total"), minutes(total))),
  h("p", {}, t("time_note"))];
}

/** Ask for the number of a question. Resolves with 1 to `total`, or null when the candidate stays. */
export async function askForNumber(total) {
  const input = h("input", { class: "entry entry-s", type: "number", id: "go-number", min: "1", max: String(total), required: true, autofocus: true, inputmode: "numeric" });
  const { closed } = show(t("key_go"), h("p", { class: "entry-line" }, h("label", { for: "go-number" }, t("go_number", { total })), input), {
    footer: [
      // No submit button: Enter in the field goes, and an empty field does not keep the dialog open.
      h("button", { class: "button", type: "button", onclick: (event) => event.target.closest("dialog").close("") }, t("close")),
      h("button", { class: "button button-primary", type: "submit", value: "go" }, t("go")),
    ],
  });
  return (await closed) === "go" ? input.valueAsNumber : null;
}

/** Ask for the second step of submission. Resolves true only when the candidate says so. */
export async function confirmSubmission({ unanswered, partial, remainingMs }) {
  const { closed } = show(t("confirm_title"), [
    h("p", { class: "strong" }, t("confirm_final")),
    unanswered > 0 && h("p", { class: "note note-warn" }, t("confirm_unanswered", { n: unanswered })),
    partial > 0 && h("p", { class: "note note-warn" }, t("confirm_partly", { n: partial })),
    h("p", {}, t("confirm_time", { left: countdown(remainingMs) })),
  ], {
    footer: [
      h("button", { class: "button", type: "submit", value: "no", autofocus: true }, t("confirm_no")),
      h("button", { class: "button button-primary", type: "submit", value: "yes" }, t("confirm_yes")),
    ],
  });
  return (await closed) === "yes";
}

/**
 * Ask for the code again, over the running test. `signIn(code)` resolves with "" once the server knows the candidate, else
 * with a sentence; the dialog closes by itself then. The link leaves the page, and the journal brings everything back.
 */
export function askToSignIn({ number, loginUrl, signIn, onLeave }) {
  const error = h("p", { id: "code-error", class: "note note-danger", role: "alert", hidden: true });
  const input = h("input", {
    class: "entry entry-m", id: "sign-in-code", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "32", autofocus: true, "aria-describedby": "code-error",
  });
  const enter = h("button", { class: "button button-primary", type: "submit" }, t("sign_in"));
  const { dialog, closed } = show(t("signed_out_title"), [
    h("p", {}, t("signed_out_text")),
    h("p", { class: "entry-line" }, h("label", { for: "sign-in-code", class: "strong" }, t("sign_in_code", { number })), input),
    error,
  ], {
    footer: [h("a", { class: "button", href: loginUrl, onclick: onLeave }, t("sign_in_page")), enter], isClosable: false,
  });
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    enter.disabled = true;
    const sentence = input.value.trim() ? await signIn(input.value.trim()) : t("sign_in_empty");
    enter.disabled = false;
    error.textContent = sentence;
    error.hidden = sentence === "";
    input.setAttribute("aria-invalid", String(sentence !== ""));
    if (sentence !== "") input.focus();
  });
  return { close: () => dialog.close(), closed };
}

/** Cover the test while the server has paused it; `close()` takes the cover away. */
export function showPaused() {
  const { dialog } = show(t("paused_title"), h("p", {}, t("paused_text")), { footer: [], isClosable: false });
  return { close: () => dialog.close() };
}
