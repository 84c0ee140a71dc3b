// Owns what is recorded of leaving the test and copying out of it, in an exam that says so and has told the candidate: kind
// and time, never content. Sent with the next look at the clock, kept until it has arrived. Endpoint (through api.js):
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

  /** Send what has not arrived; called when the server has just been heard. */
  async send() {
    const signals = this.#waiting.slice(0, MOST_AT_ONCE);
    if (signals.length === 0) return;
    try {
      await this.#test.api.sendSignals(this.#test.attemptId, signals);
      this.#waiting = this.#waiting.filter((signal) => !signals.includes(signal));
    } catch (error) {
      if (!isWorthRetrying(error)) this.#waiting = [];
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
  }
}
