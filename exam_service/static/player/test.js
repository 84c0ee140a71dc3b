// Owns one running test from start to receipt: answers, saver and clock joined, the clock asked every 20 s, pausing, the
// end of the time, handing in. Endpoints (through api.js): GET /{id}/clock, POST /{id}/submit, GET /current.
import { Answers } from "./answers.js";
import { isWorthRetrying, Problem, Unreachable } from "./api.js";
import { ServerClock } from "./clock.js";
import { preloadMedia } from "./media.js";
import { retryDelay, Saver } from "./saver.js";

const POLL_MS = 20_000;
const POLL_OFFLINE_MS = 5000;
const OVER_POLL_MS = 2000;
const HURRY_MS = 5000;
const COLLECT_POLL_MS = 3000;
const HANDED_IN = new Set(["already_submitted", "time_over", "void"]);
const ENDED = new Set(["submitted", "expired", "scored", "void"]);

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/**
 * Events: "paused" after `isPaused` changed, "over" when the time has run out and "resumed" when the server has granted
 * more, "ending" when collection begins, "ended" {current, unsent} with the receipt.
 */
export class RunningTest extends EventTarget {
  #poller = 0;
  #isEnding = false;
  isPaused = false;

  constructor({ api, current, answers }) {
    super();
    this.api = api;
    this.current = current;
    this.answers = answers;
    this.attemptId = current.attempt_id;
    this.clock = new ServerClock();
    this.saver = new Saver({ answers, api, attemptId: this.attemptId });
    this.clock.addEventListener("tick", () => this.saver.hurry(this.clock.remainingMs <= HURRY_MS));
    this.clock.addEventListener("over", () => this.#onTimeOver());
    this.clock.addEventListener("resumed", () => this.dispatchEvent(new Event("resumed")));
    this.saver.addEventListener("closed", () => this.collect());
    this.saver.addEventListener("state", () => { if (this.saver.state.kind === "paused" && !this.isPaused) this.#pollSoon(0); });
    addEventListener("pagehide", () => this.saver.flushOnExit());
    addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /** Start or resume the attempt of `current` on the server and join it with what `journal` kept. */
  static async start({ api, current, journal }) {
    const early = [];
    api.onRemaining = (...sample) => early.push(sample);
    const started = await api.start(current.attempt_id);
    const answers = new Answers(started.form, journal);
    await answers.load(started.responses);
    const test = new RunningTest({ api, current, answers });
    api.onRemaining = (...sample) => test.clock.sync(...sample);
    for (const sample of early) test.clock.sync(...sample);
    test.saver.flush();
    preloadMedia(started.form);
    test.#pollSoon(POLL_MS);
    return test;
  }

  get isEnding() {
    return this.#isEnding;
  }

  get hasUnsent() {
    return this.answers.unsent().length > 0;
  }

  /** Ask the server at once: after signing in again, or when the page is shown again. */
  async poll() {
    clearTimeout(this.#poller);
    let isOnline = false;
    try {
      const { state, paused } = await this.api.clock(this.attemptId);
      isOnline = true;
      this.#setPaused(Boolean(paused));
      this.saver.noteReachable(true);
      if (ENDED.has(state)) await this.collect();
    } catch (error) {
      this.#onPollFailure(error);
    }
    if (!this.#isEnding) this.#pollSoon(isOnline ? POLL_MS : POLL_OFFLINE_MS);
    return isOnline;
  }

  /**
   * Hand the attempt in: everything unsent first, then the submission, trying again through network losses until it is
   * in or `signal` aborts. `onWaiting(true)` is called when it has to wait for the network.
   */
  async submit({ signal, onWaiting }) {
    for (let failures = 0; ;) {
      onWaiting(this.saver.state.kind === "offline");
      try {
        await this.saver.settle({ signal });
        signal.throwIfAborted();
        await this.api.submit(this.attemptId, this.answers.sequences());
        return await this.collect();
      } catch (error) {
        signal.throwIfAborted();
        if (this.#isEnding) return undefined;
        if (!this.#canResubmit(error)) throw error;
        if (HANDED_IN.has(error.code)) return this.collect();
        failures += 1;
        onWaiting(error instanceof Unreachable);
        await pause(retryDelay(failures));
      }
    }
  }

  /** Wait for the server's receipt and announce it. The journal is emptied only when the server has everything. */
  async collect() {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearTimeout(this.#poller);
    this.saver.block("closed");
    this.dispatchEvent(new Event("ending"));
    const current = await this.#awaitReceipt();
    this.clock.stop();
    const unsent = this.answers.unsent();
    if (unsent.length === 0) await this.answers.forget();
    this.dispatchEvent(new CustomEvent("ended", { detail: { current, unsent } }));
  }

  async #awaitReceipt() {
    for (;;) {
      try {
        const current = await this.api.current();
        this.saver.noteReachable(true);
        if (current.receipt || current.state === "void") return current;
      } catch (error) {
        this.#onPollFailure(error);
      }
      await pause(COLLECT_POLL_MS * (0.75 + Math.random() / 2));
    }
  }

  async #onTimeOver() {
    this.saver.flush();
    this.dispatchEvent(new Event("over"));
    // The server's clock decides: it may have granted more time in the last seconds.
    while (this.clock.isOver && !this.#isEnding) {
      if (await this.poll() && this.clock.isOver) {
        await this.saver.settle().catch(() => {});
        await this.collect();
        return;
      }
      await pause(OVER_POLL_MS);
    }
  }

  #canResubmit(error) {
    if (error instanceof Problem && error.code === "unsaved") {
      this.answers.reopen(error.body.slots ?? this.answers.slots.map(({ slot }) => slot));
      return true;
    }
    if (error instanceof Problem && error.status === 401) this.saver.block("signed_out");
    return isWorthRetrying(error) || error.code === "paused" || error.status === 401 || HANDED_IN.has(error.code);
  }

  #setPaused(paused) {
    this.clock.setPaused(paused);
    this.saver.block(paused ? "paused" : null);
    if (paused === this.isPaused) return;
    this.isPaused = paused;
    this.dispatchEvent(new Event("paused"));
  }

  #onPollFailure(error) {
    if (isWorthRetrying(error)) this.saver.noteReachable(false);
    else if (error instanceof Problem && error.status === 401) this.saver.block("signed_out");
    else throw error;
  }

  #onVisibility() {
    if (document.visibilityState === "hidden") this.saver.flush();
    else if (!this.#isEnding) this.#pollSoon(0);
  }

  #pollSoon(ms) {
    clearTimeout(this.#poller);
    this.#poller = setTimeout(() => this.poll(), ms * (0.9 + Math.random() / 5));
  }
}
