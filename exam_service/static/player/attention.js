// Owns what is recorded of leaving the test and copying out of it, in an exam that says so and has told the candidate: kind
// and time, never content. Sent with the next look at the clock, kept in the journal until it has arrived. Endpoint (through api.js):
// POST /{id}/signals.
import { isWorthRetrying } from "./api.js";

const SHORTEST_MS = 1000;
const MOST_AT_ONCE = 50;

export class Attention {
  #test;
  #waiting = [];
  #leftAt = null;
  #last = 0;

  constructor(test) {
    this.#test = test;
    if (!test.current.policy?.watches_focus) return;
    addEventListener("blur", () => this.#leave());
    addEventListener("focus", () => this.#comeBack());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#comeBack()));
    document.addEventListener("copy", (event) => this.#copied(event));
    document.addEventListener("cut", (event) => this.#copied(event));
  }

  /** What was noted before a reload, or before the browser was closed, and has not arrived. */
  async load() {
    try {
      this.#waiting = [...await this.#test.journal.signals(), ...this.#waiting];
      this.#last = this.#waiting.reduce((last, { number }) => Math.max(last, number), this.#last);
    } catch {
      // Evidence that cannot be read is none; the test goes on.
    }
  }

  /** Send what has not arrived; called when the server has just been heard. */
  async send() {
    const signals = this.#waiting.slice(0, MOST_AT_ONCE);
    if (signals.length === 0) return;
    try {
      await this.#test.api.sendSignals(this.#test.attemptId, signals);
      this.#waiting = this.#waiting.filter((signal) => !signals.includes(signal));
      this.#keep();
    } catch (error) {
      // Nothing is wrong with what waits for the network or for a new sign-in; what the server will not have is dropped.
      if (isWorthRetrying(error) || error.status === 401) return;
      this.#waiting = [];
      this.#keep();
    }
  }

  #leave() {
    if (!this.#test.isEnding) this.#leftAt ??= performance.now();
  }

  #comeBack() {
    if (this.#leftAt === null || document.hidden || !document.hasFocus()) return;
    const lasted = Math.round(performance.now() - this.#leftAt);
    this.#leftAt = null;
    if (lasted >= SHORTEST_MS) this.#note("focus_lost", lasted);
  }

  /** Moving one's own words about is no copying out of the test. */
  #copied({ target }) {
    if (!this.#test.isEnding && !target?.closest?.("input, textarea")) this.#note("copied", 0);
  }

  #note(kind, lasted_ms) {
    const at_ms = this.#test.time.read().at - lasted_ms;
    // Seconds since 1970: a number of its own after a reload as well.
    this.#last = Math.max(this.#last + 1, Math.floor(at_ms / 1000));
    this.#waiting.push({ number: this.#last, kind, at_ms, lasted_ms });
    this.#keep();
  }

  #keep() {
    if (!this.#test.isEnding) this.#test.journal.keepSignals(this.#waiting).catch(() => {});
  }
}
