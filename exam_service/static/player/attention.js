// Owns what is recorded of leaving the test and copying out of it, in an exam that says so and has told the candidate, and
// carries what machine.js and pauses.js note: kind, time and number, never content. Sent with the next look at the clock, kept
// in the journal until it has arrived, after the end of the time as well. Endpoint (through api.js): POST /{id}/signals.
import { isWorthRetrying } from "./api.js";
import { retryDelay } from "./saver.js";

const SHORTEST_MS = 1000;
const MOST_AT_ONCE = 50;
const MOST_TRIES = 4;
const MOST_WAITING = 450;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Attention {
  #test;
  #waiting = [];
  #leftAt = null;
  #last = 0;
  #isFinished = false;

  constructor(test) {
    this.#test = test;
    if (!test.current.policy?.watches_focus) return;
    addEventListener("blur", () => this.#leave());
    addEventListener("focus", () => this.#comeBack());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.#comeBack()));
    document.addEventListener("copy", (event) => this.#copied(event));
    document.addEventListener("cut", (event) => this.#copied(event));
    test.clock.addEventListener("over", () => this.#close());
    test.clock.addEventListener("resumed", () => this.#reopen());
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
    if (!await hasTaken(this.#test, signals)) return;
    this.#waiting = this.#waiting.filter((signal) => !signals.includes(signal));
    this.#keep();
  }

  /** The test is over: note no more, send the rest. True when nothing is left that the journal must keep. */
  async finish() {
    this.#close();
    this.#isFinished = true;
    for (let failures = 1; failures <= MOST_TRIES && this.#waiting.length > 0; failures += 1) {
      if (failures > 1) await pause(retryDelay(failures));
      for (let before = Infinity; this.#waiting.length > 0 && this.#waiting.length < before;) {
        before = this.#waiting.length;
        await this.send();
      }
    }
    return this.#waiting.length === 0;
  }

  /** Who is away when the time runs out was away until then; more time begins anew. */
  #close() {
    if (this.#leftAt !== null) this.#return();
  }

  #reopen() {
    if (document.hidden || !document.hasFocus()) this.#leave();
  }

  #leave() {
    if (!this.#isOver) this.#leftAt ??= performance.now();
  }

  get #isOver() {
    return this.#isFinished || this.#isElsewhere || this.#test.isEnding || this.#test.clock.isOver;
  }

  /** What happens to a page that has lost the test is nothing that the candidate does in it. */
  get #isElsewhere() {
    return this.#test.saver.state.kind === "displaced";
  }

  #comeBack() {
    if (this.#leftAt !== null && !document.hidden && document.hasFocus()) this.#return();
  }

  #return() {
    const lasted = Math.round(performance.now() - this.#leftAt);
    this.#leftAt = null;
    if (lasted >= SHORTEST_MS && !this.#isElsewhere) this.#noteAttention("focus_lost", { lasted_ms: lasted });
  }

  /** Moving one's own words about is no copying out of the test. */
  #copied({ target }) {
    if (!this.#isOver && !target?.closest?.("input, textarea")) this.#noteAttention("copied");
  }

  /** Beyond what the server keeps (500) the count is evidence enough, and a key that is held copies many times a second. */
  #noteAttention(kind, more) {
    if (this.#waiting.length < MOST_WAITING) this.note(kind, more);
  }

  /** `kind` began at `at_ms` by the server's clock: if it is not said, `lasted_ms` ago. */
  note(kind, { lasted_ms = 0, at_ms = this.#test.time.read().at - lasted_ms, value } = {}) {
    // Seconds since 1970: a number of its own after a reload as well.
    this.#last = Math.max(this.#last + 1, Math.floor(at_ms / 1000));
    this.#waiting.push({ number: this.#last, kind, at_ms, lasted_ms, value });
    this.#keep();
  }

  #keep() {
    this.#test.journal.keepSignals(this.#waiting).catch(() => {});
  }
}

/**
 * True when the server has `signals` or will not have them; false while they wait for the network or for a new sign-in.
 * One that it refuses costs none of the others.
 */
async function hasTaken({ api, attemptId }, signals) {
  try {
    await api.sendSignals(attemptId, signals);
  } catch (error) {
    if (isWorthRetrying(error) || error.status === 401) return false;
    if (error.status === 422 && signals.length > 1) for (const one of signals) if (!await hasTaken({ api, attemptId }, [one])) return false;
  }
  return true;
}

/** Send what `journal` kept of a test that ended without this page; true when nothing is left. */
export async function sendKept({ api, journal, attemptId }) {
  const signals = await journal.signals().catch(() => []);
  for (let sent = 0; sent < signals.length; sent += MOST_AT_ONCE) {
    if (!await hasTaken({ api, attemptId }, signals.slice(sent, sent + MOST_AT_ONCE))) return false;
  }
  return true;
}
