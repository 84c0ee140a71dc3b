// Owns one running test from start to receipt: answers, saver and clock joined, the clock asked without end (the server
// holds its answer back until there is news), pausing, messages, the end of the time, handing in, what is delivered late.
// Endpoints (through api.js): GET /{id}/clock, POST /{id}/submit, POST /{id}/late, GET /current, POST /sign-in.
import { Answers } from "./answers.js";
import { isWorthRetrying, Problem, Unreachable } from "./api.js";
import { Attention } from "./attention.js";
import { ServerClock } from "./clock.js";
import { t } from "./i18n.js";
import { preloadMedia } from "./media.js";
import { Absence } from "./pauses.js";
import { pause } from "./retrying.js";
import { retryDelay, Saver } from "./saver.js";
import { ServerTime } from "./server_time.js";
import { Tools } from "./tools.js";

const POLL_MS = 20_000; // where there is no room that could hold an answer back
const NEXT_MS = 1000;
const FIRST_MS = 3000;
const POLL_OFFLINE_MS = 5000;
const OVER_POLL_MS = 2000;
const HURRY_MS = 5000;
const COLLECT_POLL_MS = 3000;
const RESUMED_DOUBT_MS = 5000;
const HANDED_IN = new Set(["already_submitted", "time_over", "void"]);
const ENDED = new Set(["submitted", "expired", "scored", "void"]);

/** Answers that the server will not take stand in the way of the hand-in; the message says which and what to do. */
class AnswersRefused extends Error {}

/**
 * Events: "paused" after `isPaused` changed, "over" when the time has run out and "resumed" when the server has granted
 * more, "heard" after each look at the clock, "terms" when `current` knows more about the time, "messages" {messages} that
 * were not confirmed, "ending" when collection begins, "ended" {current, unsent, delivered} with the receipt, or "resumed" when time was granted meanwhile, "displaced" when another page
 * has taken the attempt.
 */
export class RunningTest extends EventTarget {
  #poller = 0;
  #polls = 0;
  #version;
  #isEnding = false;
  isPaused = false;

  constructor({ api, current, answers, journal }) {
    super();
    this.api = api;
    this.current = current;
    this.journal = journal;
    this.time = new ServerTime();
    journal.readTime = () => this.time.read();
    this.tools = new Tools(journal, current.policy?.tools ?? []);
    this.answers = answers;
    this.attemptId = api.attemptId = current.attempt_id;
    // Who comes from the waiting room knows what was said; anybody else asks at once.
    this.#version = current.state === "assigned" ? current.version : undefined;
    this.clock = new ServerClock();
    this.attention = new Attention(this);
    this.saver = new Saver({ answers, api, attemptId: this.attemptId });
    this.clock.addEventListener("tick", () => this.saver.hurry(this.clock.remainingMs <= HURRY_MS));
    this.clock.addEventListener("over", () => this.#onTimeOver());
    this.clock.addEventListener("resumed", () => this.#onResumed());
    this.saver.addEventListener("closed", () => this.collect());
    this.saver.addEventListener("displaced", () => this.displace());
    this.saver.addEventListener("state", () => { if (this.saver.state.kind === "paused" && !this.isPaused) this.#pollSoon(0); });
    this.absence = new Absence(this);
    this.saver.addEventListener("state", () => { if (!this.saver.isReachable) this.absence.begin(); });
    if (this.hasUnsent) this.absence.begin();
    addEventListener("pagehide", () => this.saver.flushOnExit());
    for (const event of ["visibilitychange", "online"]) addEventListener(event, () => this.#onVisibility());
  }

  /**
   * Start or resume the attempt of `current` on the server and join it with what `journal` kept. `claim` is {takesOver,
   * pin} where the attempt is to come here from another page.
   */
  static async start({ api, current, journal, claim = {} }) {
    const samples = [];
    api.onRemaining = (...sample) => samples.push(["clock", sample]);
    api.onServerTime = (...sample) => samples.push(["time", sample]);
    const { form, responses } = await openPaper({ api, current, journal, claim });
    const answers = new Answers(form, journal);
    await answers.load(responses);
    const test = new RunningTest({ api, current, answers, journal });
    for (const [which, sample] of samples) test[which].sync(...sample);
    await test.tools.load();
    await test.attention.load();
    await test.absence.load();
    await journal.keepSitting({ current, form, token: api.token }).catch(() => {});
    test.#run(form);
    return test;
  }

  /** Go on without the server from what `journal` kept; null when that is not enough. */
  static async resume({ api, journal }) {
    const kept = (await journal.unlock()) && (await journal.sitting());
    if (!kept || kept.deadlineAt === undefined) return null;
    const { current, form, token, deadlineAt, wallOffset, at = 0 } = kept;
    api.token = token;
    const answers = new Answers(form, journal);
    await answers.load(await Answers.confirmedIn(journal));
    const test = new RunningTest({ api, current, answers, journal });
    test.time.restore(wallOffset, at);
    await test.tools.load();
    await test.attention.load();
    await test.absence.load();
    const now = performance.now();
    test.clock.sync(Math.max(0, deadlineAt - test.time.read().at), now - RESUMED_DOUBT_MS, now + RESUMED_DOUBT_MS);
    test.saver.noteReachable(false);
    test.#run(form);
    return test;
  }

  #run(form) {
    this.api.onRemaining = (...sample) => this.clock.sync(...sample);
    this.api.onServerTime = (...sample) => this.time.sync(...sample);
    this.#keepTime();
    this.saver.flush();
    preloadMedia(form);
    this.#pollSoon(this.saver.isReachable ? FIRST_MS * (0.3 + Math.random()) : 0);
  }

  /** What the server said last, so that a restart without network shows the right time; the server checks it all the same. */
  #keepTime() {
    const { remainingMs } = this.clock;
    const { at, isSteady } = this.time.read();
    if (!isSteady || !Number.isFinite(remainingMs)) return;
    const time = { at, deadlineAt: at + remainingMs, wallOffset: this.time.wallOffset, heardAt: this.absence.heardAt, token: this.api.token };
    this.journal.keepTime(time).catch(() => {});
  }

  /** The file with everything entered here, {name, text}, to be carried to staff; null when there is nothing in it. */
  file() {
    return this.answers.file(this.current.candidate.number);
  }

  /** Sign in again over the running test; "" once it goes on, else a sentence for the candidate. */
  async signIn(code) {
    try {
      await this.api.signIn(this.current.candidate.number, code);
      await this.api.current();
      // The attempt is from now on held under the new sign-in: another tab of it may take over without a PIN.
      await this.api.start(this.attemptId, { hasPaper: true });
    } catch (error) {
      if (error instanceof Problem) return error.message;
      if (error instanceof Unreachable) return t("sign_in_offline");
      throw error;
    }
    await this.poll();
    return "";
  }

  /** What the candidate's time is made of, as the server has it now; null when it cannot be asked. */
  async learnTerms() {
    try {
      const { candidate, sitting } = await this.api.current();
      this.current = { ...this.current, candidate, sitting };
    } catch {
      return null; // what was known at the start stays on the screen
    }
    this.dispatchEvent(new Event("terms"));
    return this.current;
  }

  /** Another page has the attempt: nothing is sent from here any more. What was entered here stays in the journal. */
  displace() {
    if (this.#isEnding || this.saver.state.kind === "displaced") return;
    clearTimeout(this.#poller);
    this.saver.block("displaced");
    this.dispatchEvent(new Event("displaced"));
  }

  get isEnding() {
    return this.#isEnding;
  }

  get hasUnsent() {
    return this.answers.unsent().length > 0;
  }

  /**
   * Ask the server at once: after signing in again, or when the page is shown again. With `waits` it may hold its answer
   * back until something has changed.
   */
  async poll({ waits = false } = {}) {
    clearTimeout(this.#poller);
    this.#polls += 1;
    const mine = this.#polls;
    let next = POLL_OFFLINE_MS;
    try {
      const askedAt = performance.now();
      const seen = waits ? this.#version : undefined;
      const answer = await this.api.clock(this.attemptId, { seen, unsent: this.answers.unsent().length });
      next = answer.version === undefined ? POLL_MS : NEXT_MS;
      await this.#learn(answer, askedAt);
    } catch (error) {
      this.#onPollFailure(error);
    }
    // A later call goes on in its own time.
    if (mine === this.#polls && !this.#isEnding && this.saver.state.kind !== "displaced") this.#pollSoon(next);
    return next !== POLL_OFFLINE_MS;
  }

  async #learn({ state, paused, held, version, messages }, askedAt) {
    const isNews = version !== this.#version;
    this.#version = version;
    if (held === false && !ENDED.has(state)) this.displace();
    this.#setPaused(Boolean(paused));
    this.saver.noteReachable(true);
    if (messages?.length) this.dispatchEvent(new CustomEvent("messages", { detail: { messages } }));
    this.dispatchEvent(new Event("heard"));
    await this.absence.end({ isNews, askedAt });
    this.#keepTime();
    this.attention.send();
    if (ENDED.has(state)) await this.collect();
  }

  /**
   * Hand the attempt in: everything unsent first, then the submission, trying again through network losses until it is
   * in or `signal` aborts. `onWaiting(true)` is called when it has to wait for the network.
   */
  async submit({ signal, onWaiting }) {
    this.saver.retryRefused();
    for (let failures = 0; ;) {
      onWaiting(this.saver.state.kind === "offline");
      try {
        await this.saver.settle({ signal });
        signal.throwIfAborted();
        this.#requireNoneRefused();
        await this.attention.send();
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
    if (!current) return this.#goOn();
    this.clock.stop();
    const missing = this.answers.unsent();
    const delivered = current.receipt && missing.length > 0 ? await this.#deliverLate() : null;
    const unsent = delivered ? delivered.late : missing;
    const isTold = await this.attention.finish();
    // What was delivered late is kept here too until the council has decided.
    if (missing.length === 0 && isTold) await this.answers.forget();
    this.dispatchEvent(new CustomEvent("ended", { detail: { current, unsent, delivered: delivered?.slots } }));
  }

  /** On in this page: where the journal is only in its memory, a reload would lose what the server has refused until now. */
  async #goOn() {
    let isHeld = false;
    try {
      await this.api.start(this.attemptId, { hasPaper: true });
    } catch (error) {
      if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
      // What else stands in the way is told by the clock and by the next save.
      isHeld = error.code === "held_elsewhere";
    }
    this.#isEnding = false;
    if (isHeld) return this.displace();
    this.saver.reopen();
    this.dispatchEvent(new Event("resumed"));
    return this.poll();
  }

  /** {slots, late}: which now wait for the council's decision, and which were entered after the end; null when nothing was taken. */
  async #deliverLate() {
    const carried = await this.answers.carried();
    if (!carried) return null;
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.api.deliverLate(this.attemptId, carried);
      } catch (error) {
        if (!isWorthRetrying(error)) return null;
        await pause(retryDelay(failures));
      }
    }
  }

  /** The attempt with its receipt; null where time was granted after it had run out and before the system collected. */
  async #awaitReceipt() {
    for (;;) {
      try {
        const current = await this.api.current();
        this.saver.noteReachable(true);
        if (current.receipt || current.state === "void") return current;
        if (current.state === "started" && current.sitting.remaining_ms > 0) return null;
      } catch (error) {
        this.#onPollFailure(error);
      }
      await pause(COLLECT_POLL_MS * (0.75 + Math.random() / 2));
    }
  }

  /** More time for a test that another page has is nothing to go on with here. */
  #onResumed() {
    if (!this.#isEnding && this.saver.state.kind !== "displaced") this.dispatchEvent(new Event("resumed"));
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

  /** The server would not take the hand-in without them, and never takes them as they are. */
  #requireNoneRefused() {
    const refused = this.answers.slots.filter(({ slot }) => this.answers.entry(slot).refusal !== null);
    if (refused.length === 0) return;
    const numbers = refused.map(({ number }) => number).join(", ");
    throw new AnswersRefused(t("submit_refused", { numbers, reason: this.answers.entry(refused[0].slot).refusal }));
  }

  #canResubmit(error) {
    if (error instanceof AnswersRefused) return false;
    if (error instanceof Problem && error.code === "unsaved") {
      this.answers.reopen(error.body.slots ?? this.answers.slots.map(({ slot }) => slot));
      return true;
    }
    if (error instanceof Problem && error.status === 401) this.saver.block("signed_out");
    return isWorthRetrying(error) || error.code === "paused" || error.status === 401 || HANDED_IN.has(error.code);
  }

  #setPaused(paused) {
    if (this.saver.state.kind === "displaced") return;
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
    this.#poller = setTimeout(() => this.poll({ waits: ms > 0 }), ms * (0.9 + Math.random() / 5));
  }
}

/** Start on the server and have the paper: the one fetched before the start where it opens, else the one it sends. */
async function openPaper({ api, current, journal, claim }) {
  const hasPaper = await journal.hasSealedPaper();
  const started = await api.start(current.attempt_id, { hasPaper, ...claim });
  await journal.unlock(started.secrets);
  const form = started.form ?? await journal.openSealedPaper(started.secrets.paper);
  if (form) return { form, responses: started.responses };
  const again = await api.start(current.attempt_id);
  return { form: again.form, responses: again.responses };
}
