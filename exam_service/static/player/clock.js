// Owns the time left of a test or of the wait for it. Calls no endpoint: whoever gets `remaining_ms` hands it in.
// Runs on the monotonic clock, so setting the computer's clock changes nothing.

const WARNINGS_MIN = [180, 150, 120, 90, 60, 30, 10, 5, 1];
const NOTICEABLE_MS = 15_000;
// A computer's oscillator may drift by 100 parts per million; doubt about the deadline grows with the age of a sample.
const DRIFT = 1e-4;

/** Events: "tick" each second, "warning" {minutes}, "changed" when the server moved the deadline, "over", "resumed". */
export class ServerClock extends EventTarget {
  #deadline = null;
  #doubt = Infinity;
  #sampledAt = 0;
  #frozenMs = null;
  #timer = 0;
  #isOver = false;
  #warned = new Set();
  #warnings;

  constructor({ warningsMin = WARNINGS_MIN } = {}) {
    super();
    this.#warnings = [...warningsMin].sort((a, b) => a - b);
  }

  /** Milliseconds left, never below 0; Infinity before the first sample. */
  get remainingMs() {
    if (this.#frozenMs !== null) return this.#frozenMs;
    return this.#deadline === null ? Infinity : Math.max(0, this.#deadline - performance.now());
  }

  get isOver() {
    return this.#isOver;
  }

  /**
   * Take the server's `remainingMs`, read at some moment between `sentAt` and `receivedAt` (performance.now()). A sample
   * replaces the present one when it is more exact, or when both cannot be true, which means the deadline was moved or
   * the computer slept. So the display never jitters with the network.
   */
  sync(remainingMs, sentAt, receivedAt) {
    const doubt = (receivedAt - sentAt) / 2;
    const deadline = (sentAt + receivedAt) / 2 + remainingMs;
    const present = this.#doubt + (receivedAt - this.#sampledAt) * DRIFT;
    const moved = this.#deadline === null ? 0 : deadline - this.#deadline;
    if (this.#frozenMs !== null) this.#frozenMs = remainingMs;
    if (this.#deadline !== null && doubt >= present && Math.abs(moved) <= doubt + present) return;
    const isFirst = this.#deadline === null;
    this.#deadline = deadline;
    this.#doubt = doubt;
    this.#sampledAt = receivedAt;
    if (isFirst) this.#skipPassedWarnings();
    else if (Math.abs(moved) >= NOTICEABLE_MS && this.#frozenMs === null) this.#onMoved();
    this.#run();
  }

  /** Stop (or go on) counting while the server has paused the attempt. */
  setPaused(paused) {
    if (paused === (this.#frozenMs !== null)) return;
    this.#frozenMs = paused ? this.remainingMs : null;
    this.#run();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#deadline = null;
  }

  #skipPassedWarnings() {
    for (const minutes of this.#warnings) if (this.remainingMs <= minutes * 60_000) this.#warned.add(minutes);
  }

  #onMoved() {
    this.#warned.clear();
    this.#skipPassedWarnings();
    this.dispatchEvent(new Event("changed"));
  }

  #run() {
    clearTimeout(this.#timer);
    if (this.#deadline === null) return;
    this.#tick();
  }

  #tick() {
    const remaining = this.remainingMs;
    this.dispatchEvent(new Event("tick"));
    this.#warn(remaining);
    if (remaining <= 0 && !this.#isOver) {
      this.#isOver = true;
      this.dispatchEvent(new Event("over"));
    } else if (remaining > 0 && this.#isOver) {
      this.#isOver = false;
      this.dispatchEvent(new Event("resumed"));
    }
    // Ticks fall on whole seconds of the time left; while it stands still there is no such moment to wait for.
    const wait = this.#frozenMs === null ? remaining % 1000 || 1000 : 1000;
    if (remaining > 0) this.#timer = setTimeout(() => this.#tick(), wait);
  }

  #warn(remaining) {
    const due = this.#warnings.find((minutes) => remaining <= minutes * 60_000);
    if (due === undefined || this.#warned.has(due) || remaining <= 0) return;
    for (const minutes of this.#warnings) if (minutes >= due) this.#warned.add(minutes);
    this.dispatchEvent(new CustomEvent("warning", { detail: { minutes: due } }));
  }
}
