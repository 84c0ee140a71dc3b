// Owns the essay: response {"text": as typed}; counts words against the limits and says by what the text is judged.
// Calls no endpoint.
import { h, liveRegion, speak, uniqueId } from "../dom.js";
import { figure } from "../format.js";
import { t } from "../i18n.js";
import { hasText } from "./text_entry.js";

const MOST = 20_000;
const MOST_ROWS = 40;

/** Words as Vietnamese word processors count them: runs without white space that hold a letter or a digit. */
export function countWords(text) {
  return (text.match(/\S*[\p{L}\p{N}]\S*/gu) ?? []).length;
}

export function render(view, response, onChange) {
  const [id, count] = [uniqueId("essay"), uniqueId("count")];
  const counter = h("p", { class: "essay-count", id: count });
  const spoken = liveRegion();
  const box = h("textarea", { id, class: "essay-text", rows: "10", maxlength: String(MOST), lang: "vi", spellcheck: "false", "aria-describedby": count });
  box.value = response?.text ?? "";
  let state = null;
  const paint = () => {
    const words = countWords(box.value);
    const now = lengthState(view, words, box.value);
    counter.textContent = lengthSentence(view, words, now);
    counter.dataset.state = now;
    // Only a change of state is spoken: a count after every word would drown what is being written.
    if (state !== null && state !== now) speak(spoken, counter.textContent);
    state = now;
  };
  box.addEventListener("input", () => {
    grow(box);
    paint();
    onChange(hasText(box.value) ? { text: box.value } : null);
  });
  paint();
  // A box that is not in the page yet has no height to compare.
  requestAnimationFrame(() => grow(box));
  return h("div", { class: "essay" }, criteriaList(view.criteria ?? []),
    h("label", { class: "hint", for: id }, t("write_answer")), box, counter, spoken);
}

/** Make the box as high as its text (for browsers that do not do so by the style sheet). */
function grow(box) {
  while (box.scrollHeight > box.clientHeight + 2 && box.rows < MOST_ROWS) box.rows += 2;
}

function lengthState({ min_words: least, max_words: most }, words, text) {
  if (text.length >= MOST) return "full";
  if (most > 0 && words > most) return "over";
  return words > 0 && words < least ? "under" : "fits";
}

function lengthSentence({ min_words: least, max_words: most }, words, state) {
  const written = t("words_written", { words: figure(words), n: words });
  const limit = least > 0 && most > 0 ? t("words_between", { least: figure(least), most: figure(most) })
    : least > 0 ? t("words_at_least", { least: figure(least) })
      : most > 0 ? t("words_at_most", { most: figure(most) }) : "";
  const verdict = { full: t("text_full", { most: figure(MOST) }), over: t("words_over", { n: words - most }), under: t("words_under", { n: least - words }), fits: "" };
  return [written, limit, verdict[state]].filter(Boolean).join(" · ");
}

function criteriaList(criteria) {
  if (criteria.length === 0) return null;
  const total = criteria.reduce((sum, { weight }) => sum + weight, 0);
  return h("div", { class: "criteria" }, h("p", { class: "criteria-title" }, t("criteria")),
    h("ul", {}, criteria.map(({ name, weight }) => h("li", {}, h("span", {}, name), " ", h("span", { class: "criteria-share" }, t("percent", { n: figure((100 * weight) / total) }))))));
}

export function describe(_view, { text }) {
  const words = countWords(text);
  return `${t("words_written", { words: figure(words), n: words })}: ${text.trim().slice(0, 80)}${text.trim().length > 80 ? "…" : ""}`;
}

export function isAnswered({ text }) {
  return hasText(text);
}

export function isComplete({ min_words: least, max_words: most }, { text }) {
  const words = countWords(text);
  return words >= least && (most === 0 || words <= most);
}
