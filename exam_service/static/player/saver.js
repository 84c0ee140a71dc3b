// Owns the sending of answers and the state of saving that the candidate is shown. Endpoint (through api.js):
// PUT /{id}/responses/{slot}, GET /current. A state of "saved" is claimed only after the server has confirmed every change.
import { isWorthRetrying, Problem } from "./api.js";

const SEND_AFTER_MS = 1000; // clicks and letters in a row go out as one
const LONGEST_WAIT_MS = 2500; // however long somebody types: the promise is 3 s
const PARALLEL = 3;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/** Codes after which the server takes no more answers of this attempt. */
const CLOSING = new Set(["time_over", "already_submitted", "void"]);

/** The wait before try number `failures` + 1: doubling, capped, and spread so that a room does not return in step. */
export function retryDelay(failures, random = Math.random) {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
  return ceiling * (0.5 + random() / 2);
}

/**
 * Events: "state" whenever `state` may differ, "closed" {code} once, when the server takes no more answers, "displaced" when
 * another page has the attempt.
 */
export class Saver extends EventTarget {
  #answers;
  #api;
  #attemptId;
  #dueAt = new Map();
  #changedAt = new Map(); // slot → first change since it was last sent
  #inFlight = new Set();
  #failures = 0;
  #retryAt = 0;
  #timer = 0;
  #hurried = false;
  #renewed = new Map(); // slot → the change that was refused for the token, after which a fresh one was asked for
  #renewal = null;
  #block = null; // "signed_out", "paused", "displaced" or "closed": no sending until it is lifted
  #isReachable = true;

  constructor({ answers, api, attemptId }) {
    super();
    this.#answers = answers;
    this.#api = api;
    this.#attemptId = attemptId;
    answers.addEventListener("change", ({ detail }) => this.#onChange(detail.slot));
    answers.addEventListener("kept", () => this.#tell());
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.noteReachable(false));
  }

  /**
   * {kind, waiting, savedAt}: kind is "closed", "displaced", "signed_out", "paused", "offline" (`waiting` unsent answers), "saving",
   * "refused" (`waiting` answers the server will not take), "saved" (all of them, last at `savedAt`) or "idle".
   */
  get state() {
    const refused = new Set(this.#answers.refused());
    const unsent = this.#answers.unsent().filter((slot) => !refused.has(slot)).length;
    const savedAt = this.#answers.lastSavedAt();
    if (this.#block !== null) return { kind: this.#block, waiting: unsent, savedAt };
    if (!this.#isReachable && !this.#answers.isKept()) return { kind: "saving", waiting: unsent, savedAt };
    if (!this.#isReachable) return { kind: "offline", waiting: unsent, savedAt };
    if (unsent > 0) return { kind: "saving", waiting: unsent, savedAt };
    if (refused.size > 0) return { kind: "refused", waiting: refused.size, savedAt };
    return { kind: savedAt ? "saved" : "idle", waiting: 0, savedAt };
  }

  get isReachable() {
    return this.#isReachable;
  }

  /** Send everything unsent now, without waiting for the pause after a change. */
  flush() {
    for (const slot of this.#sendable()) this.#schedule(slot, 0);
  }

  /** While hurried, changes go out at once: the last seconds of the test. */
  hurry(isHurried) {
    if (isHurried && !this.#hurried) this.flush();
    this.#hurried = isHurried;
  }

  /** Forget the back-off and try again: the network is said to be back, or the candidate asks. */
  retryNow() {
    this.#retryAt = 0;
    this.flush();
    this.#pump();
  }

  /** What was refused may be taken now (a condition has been met since), or is refused again with its reason. */
  retryRefused() {
    this.#renewed.clear();
    this.#answers.retryRefused();
  }

  /** Last chance before the page goes away: requests that outlive it. The journal still holds what they carry. */
  flushOnExit() {
    if (this.#block !== null) return;
    for (const slot of this.#sendable()) {
      this.#api.save(this.#attemptId, slot, this.#body(slot), { keepalive: true }).catch(() => {});
    }
  }

  /** Other calls (the clock) report here whether the server answers, so that the state is true without unsent answers. */
  noteReachable(isReachable) {
    if (isReachable && !this.#isReachable) {
      this.#failures = 0;
      this.#retryAt = 0;
    }
    this.#isReachable = isReachable;
    this.#tell();
    if (isReachable) this.flush();
  }

  /**
   * Stop sending because of `reason` ("signed_out", "paused"), or go on with null. "closed" (but for `reopen`) and "displaced" are
   * final; each may still take the place of the other.
   */
  block(reason) {
    if (this.#block === reason || (this.#block === "closed" && reason !== "displaced") || (this.#block === "displaced" && reason !== "closed")) return;
    this.#block = reason;
    this.#tell();
    if (reason === null) this.retryNow();
  }

  /** The server takes answers again after it had closed the attempt. */
  reopen() {
    this.#block = null;
    this.retryNow();
  }

  /** Resolves when nothing sendable is unsent; rejects with "closed" when the server takes no more. */
  async settle({ signal } = {}) {
    this.retryNow();
    while (this.#sendable().length > 0) {
      signal?.throwIfAborted();
      if (this.#block === "closed") throw new Error("closed");
      await nextEvent(this, "state", signal);
    }
  }

  #sendable() {
    return this.#answers.unsent().filter((slot) => this.#answers.entry(slot).refusal === null);
  }

  #body(slot) {
    const { sequence, response, flagged } = this.#answers.entry(slot);
    return { sequence, response, flagged };
  }

  /** Every change puts the sending off a little, never beyond what was promised. */
  #onChange(slot) {
    const now = performance.now();
    if (!this.#changedAt.has(slot)) this.#changedAt.set(slot, now);
    this.#dueAt.delete(slot);
    this.#schedule(slot, this.#hurried ? 0 : Math.min(SEND_AFTER_MS, this.#changedAt.get(slot) + LONGEST_WAIT_MS - now));
  }

  #schedule(slot, delayMs) {
    const due = performance.now() + delayMs;
    this.#dueAt.set(slot, Math.min(due, this.#dueAt.get(slot) ?? Infinity));
    this.#tell();
    this.#pump();
  }

  #pump() {
    clearTimeout(this.#timer);
    if (this.#block !== null) return;
    const now = performance.now();
    // While the server is out of reach one answer knocks; the others follow when it is let in.
    const parallel = this.#failures > 0 ? 1 : PARALLEL;
    for (const [slot, due] of this.#dueAt) {
      if (this.#inFlight.size >= parallel || now < this.#retryAt) break;
      if (due <= now && !this.#inFlight.has(slot)) this.#send(slot);
    }
    const next = Math.min(...[...this.#dueAt].filter(([slot]) => !this.#inFlight.has(slot)).map(([, due]) => due));
    if (Number.isFinite(next) && this.#inFlight.size < parallel) {
      this.#timer = setTimeout(() => this.#pump(), Math.max(next, this.#retryAt) - performance.now());
    }
  }

  async #send(slot) {
    this.#dueAt.delete(slot);
    this.#changedAt.delete(slot);
    if (!this.#answers.isUnsent(slot)) return;
    this.#inFlight.add(slot);
    const body = this.#body(slot);
    try {
      const saved = await this.#api.save(this.#attemptId, slot, body);
      this.#failures = 0;
      this.#isReachable = true;
      this.#answers.acknowledge(slot, { sequence: saved.sequence, savedAt: saved.saved_at, sent: body.sequence });
    } catch (error) {
      await this.#onFailure(error, slot, body.sequence);
    } finally {
      this.#inFlight.delete(slot);
    }
    // Changed meanwhile, or overtaken by another page: its own timer may already stand, and the earlier one wins.
    if (this.#sendable().includes(slot)) this.#schedule(slot, this.#dueAt.has(slot) ? SEND_AFTER_MS : 0);
    this.#tell();
    this.#pump();
  }

  async #onFailure(error, slot, sequence) {
    if (isWorthRetrying(error)) {
      this.#failures += 1;
      this.#isReachable = false;
      this.#retryAt = performance.now() + Math.max(retryDelay(this.#failures), error.retryAfterMs ?? 0);
      this.#dueAt.set(slot, 0);
    } else if (!(error instanceof Problem)) {
      throw error;
    } else if (error.status === 401) {
      this.block("signed_out");
    } else if (error.code === "held_elsewhere") {
      this.dispatchEvent(new Event("displaced"));
    } else if (error.code === "paused") {
      this.block("paused");
    } else if (CLOSING.has(error.code)) {
      this.#block = "closed";
      this.dispatchEvent(new CustomEvent("closed", { detail: { code: error.code } }));
    } else if (error.status === 403 && this.#renewed.get(slot) !== sequence) {
      this.#renewed.set(slot, sequence);
      await this.#renew();
    } else if (this.#answers.entry(slot).sequence === sequence) {
      this.#answers.refuse(slot, error.message);
    }
  }

  /** The token says what its owner had proven as it was given: a fresh one may say more. All that wait share one. */
  async #renew() {
    this.#renewal ??= this.#api.current().finally(() => { this.#renewal = null; });
    try {
      await this.#renewal;
    } catch (error) {
      if (!(error instanceof Problem) && !isWorthRetrying(error)) throw error;
    }
  }

  #tell() {
    this.dispatchEvent(new Event("state"));
  }
}

function nextEvent(target, name, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    target.addEventListener(name, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, { once: true });
  });
}
