// Owns the review before submission and the submission itself as the candidate sees it. Calls no endpoint; talks to the
// running test (test.js).
import { saveFile } from "./answer_file.js";
import { confirmSubmission, isDialogOpen } from "./dialogs.js";
import { announce, h } from "./dom.js";
import { t } from "./i18n.js";
import { progressSentence } from "./navigator.js";
import { describe } from "./types/index.js";

/**
 * The review of `test`; `onGo(slot)` goes back into the test, `place` being where the candidate came from. `submission` is one
 * for all drawings of the review: it goes on while the language changes. Alive until `signal` aborts.
 */
export function reviewScreen({ test, place, submission, onGo, signal }) {
  const { answers } = test;
  const status = h("p", { class: "review-status", role: "status" });
  const submit = h("button", { class: "button button-primary", type: "button" });
  const back = h("button", { class: "button", type: "button" }, t("back_to_test"));
  submission.showOn({ status, submit });
  back.addEventListener("click", () => {
    submission.cancel();
    onGo(place);
  });
  submit.addEventListener("click", () => submission.press());
  const isCovered = () => isDialogOpen() || back.getClientRects().length === 0;
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !isCovered()) back.click(); }, { signal });
  document.title = `${t("review_title")} · ${test.current.exam.title}`;

  const slots = answers.slots;
  const [unanswered, partly] = ["none", "part"].map((state) => slots.filter(({ slot }) => answers.completeness(slot) === state));
  const flagged = slots.filter(({ slot }) => answers.entry(slot).flagged);
  return h("div", { class: "review" },
    h("div", { class: "page" },
      h("h1", {}, t("review_title")),
      h("p", { class: "review-progress" }, progressSentence(answers.counts())),
      jumpList({ title: t("review_unanswered", { n: unanswered.length }), slots: unanswered, none: t("review_none_unanswered"), onGo }),
      partly.length > 0 && jumpList({ title: t("review_partly", { n: partly.length }), slots: partly, onGo }),
      jumpList({ title: t("review_flagged", { n: flagged.length }), slots: flagged, none: t("review_none_flagged"), onGo }),
      h("h2", {}, t("review_all")),
      answerTable(slots, answers, onGo)),
    h("div", { class: "footer footer-review" }, status, back, submit));
}

function jumpList({ title, slots, none, onGo }) {
  return h("section", {}, h("h2", {}, title), slots.length === 0 ? h("p", { class: "muted" }, none)
    : h("ul", { class: "jumps" }, slots.map(({ slot, number }) => h("li", {},
      h("button", { class: "button", type: "button", onclick: () => onGo(slot) }, t("question", { number }))))));
}

function answerTable(slots, answers, onGo) {
  return h("ol", { class: "review-answers" }, slots.map(({ slot, number, view }) => {
    const { response, flagged } = answers.entry(slot);
    const state = answers.completeness(slot);
    return h("li", {},
      h("button", { class: "review-row", type: "button", onclick: () => onGo(slot) },
        h("span", { class: "review-number" }, t("question", { number })),
        h("span", { class: state === "none" ? "review-text muted" : "review-text" }, describe(view, response)),
        h("span", { class: "review-marks" },
          state === "part" && h("span", { class: "review-mark" }, t("is_partly")),
          flagged && h("span", { class: "review-mark review-flag" }, t("is_flagged")))));
  }));
}

/** The hand-in from one review, however often that is drawn; given up with `close()`. */
export class Submission {
  #abort = new AbortController();
  #state = "open"; // "sending", "waiting" for the network, or "open" again with the server's reason in `#reason`
  #reason = "";

  constructor(test) {
    this.test = test;
  }

  /** From now on the state is told by these two elements. */
  showOn({ status, submit }) {
    this.status = status;
    this.button = submit;
    this.#paint();
  }

  #paint() {
    const isWaiting = this.#state === "waiting";
    this.button.disabled = this.#state === "sending";
    this.button.textContent = t(isWaiting ? "file_save" : "submit_open");
    this.status.textContent = { open: () => this.#reason, sending: () => t("submitting"), waiting: () => t("submit_waits") }[this.#state]();
    this.status.classList.toggle("is-waiting", isWaiting);
  }

  #become(state, reason = "") {
    this.#state = state;
    this.#reason = reason;
    this.#paint();
  }

  close() {
    this.#abort.abort();
  }

  /** The button asks for the submission; while that waits for the network, it saves the file for staff instead. */
  press() {
    if (this.#state === "waiting") saveFile(() => this.test.file());
    else this.ask();
  }

  async ask() {
    const { unanswered, partial } = this.test.answers.counts();
    if (await confirmSubmission({ unanswered, partial, remainingMs: this.test.clock.remainingMs })) await this.#send();
  }

  /** Give up a submission that is waiting for the network; one that has reached the server stands. */
  cancel() {
    if (this.#state === "open") return;
    this.close();
    announce(t("submit_cancelled"));
  }

  async #send() {
    this.#become("sending");
    const onWaiting = (isWaiting) => this.#become(isWaiting ? "waiting" : "sending");
    try {
      await this.test.submit({ signal: this.#abort.signal, onWaiting });
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#become("open", error.message);
    }
  }
}
