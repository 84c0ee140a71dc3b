// Owns which screen is shown and why: finding the attempt, waiting, starting, the test, the end. Endpoints (through
// api.js): GET /current, GET /{id}/paper, POST /{id}/start. The page hands over its addresses in data attributes of <body>.
import { isWorthRetrying, measureLine, Problem, Unreachable } from "./api.js";
import { sendKept } from "./attention.js";
import { ServerClock } from "./clock.js";
import { askToSignIn, showPaused } from "./dialogs.js";
import { applyPreferences, setLanguage, showOwnLetters } from "./display.js";
import { announce, h } from "./dom.js";
import { displacedScreen, heldScreen } from "./elsewhere.js";
import { collectingScreen, messageScreen, receiptScreen } from "./ending.js";
import { renderHeader, showTestStatus } from "./header.js";
import { t } from "./i18n.js";
import { openJournal } from "./journal.js";
import { waitingReport, watchMachine } from "./machine.js";
import { Messages } from "./messages.js";
import { isKeptOffline } from "./offline.js";
import { PageLease } from "./page_lease.js";
import { pause, retrying } from "./retrying.js";
import { reviewScreen, Submission } from "./review.js";
import { retryDelay } from "./saver.js";
import { Screen } from "./screen.js";
import { lastAttempt } from "./storage.js";
import { roomNews } from "./room_line.js";
import { permittedBy, serveStatutes } from "./statutes.js";
import { RunningTest } from "./test.js";
import { testScreen } from "./test_screen.js";
import { waitingRoom } from "./waiting.js";

const REFRESH_MS = 60_000; // news of the room come at once, by the connection that is held
const FINISHED = new Set(["submitted", "expired", "scored"]);
const OPENING_WARNINGS_MIN = [5, 1];

export class Player {
  #screen = new Screen();
  #header = document.getElementById("header");
  #known = null; // the attempt as the bar shows it
  #test = null; // the running test, until its end is on the screen
  #status = new AbortController();
  #links = document.body.dataset;
  #api;
  #lease = null;
  #isLeaving = false;
  #messages = null; // of the invigilator, and the page's own of the battery: they stay from screen to screen

  /** `api` is an ExamApi or what stands in for it (practice.js). */
  constructor({ api }) {
    this.#api = api;
  }

  /**
   * Find the attempt and show what its state asks for; goes on trying while the server cannot be reached. Resolves when
   * nothing of the page is missing any more.
   */
  async open() {
    applyPreferences();
    if (isKeptOffline()) showOwnLetters();
    this.#renderHeader();
    this.#screen.open(() => messageScreen({ title: t("loading"), text: "", isBusy: true }));
    const current = await this.#currentOrResumed();
    if (current) await this.#enter(current);
    await showOwnLetters();
  }

  /** The candidate's attempt; null after a refusal, or when a test that was running here goes on without the server. */
  async #currentOrResumed() {
    try {
      return await this.#api.current();
    } catch (error) {
      if (error instanceof Unreachable && await this.#resume()) return null;
      return this.#current();
    }
  }

  /** Go on where this browser was before it was closed; true when there is a test to go on with. */
  async #resume() {
    const attemptId = await lastAttempt();
    if (!attemptId) return false;
    const journal = await openJournal(attemptId);
    this.#lease = new PageLease(attemptId);
    if (!await this.#lease.take()) return false;
    this.#api.holder = await journal.holder();
    const test = await RunningTest.resume({ api: this.#api, journal });
    if (!test) return false;
    await this.#run(test);
    return true;
  }

  async #enter(current) {
    this.#renderHeader(current);
    if (current.state === "void") return this.#showVoid(current);
    if (FINISHED.has(current.state)) return this.#showFinished(current);
    const journal = await openJournal(current.attempt_id);
    this.#lease = new PageLease(current.attempt_id);
    this.#api.holder = await journal.holder();
    if (!await this.#lease.take()) return this.#showHeld({ current, journal, sameLogin: true });
    return current.sitting.starts_in_ms > 0 ? this.#wait(current, journal) : this.#start(current, journal);
  }

  /** As `retrying`, which is said on the screen unless `onRetry` does otherwise. */
  #retrying(call, onRetry = () => this.#screen.tell("trouble_title", "trouble_text")) {
    return retrying(call, onRetry);
  }

  /** The candidate's attempt, or null after a refusal, which is then on the screen. */
  async #current() {
    try {
      return await this.#retrying(() => this.#api.current());
    } catch (error) {
      this.#refuse(error);
      return null;
    }
  }

  #refuse(error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) {
      this.#showWay("signed_out_title", () => t("signed_out_text"), { href: this.#links.loginUrl, label: "sign_in" });
    } else if (error.body.entry_page) {
      this.#showWay("entry_title", () => error.message, { href: error.body.entry_page, label: "entry_open" });
    } else if (error.status === 404) this.#screen.tell("none_title", "none_text");
    else this.#screen.open(() => messageScreen({ title: t("refused_title"), text: error.message }));
  }

  /** A message with the one link that helps. */
  #showWay(title, text, { href, label }) {
    this.#screen.open(() => messageScreen({ title: t(title), text: text(), actions: [h("a", { class: "button button-primary", href }, t(label))] }));
  }

  #wait(current, journal, readAt = null) {
    const clock = new ServerClock({ warningsMin: OPENING_WARNINGS_MIN });
    clock.sync(current.sitting.starts_in_ms, readAt ?? current.exchange.sentAt, readAt ?? current.exchange.receivedAt);
    const onOpen = this.#api.openNow && (() => { this.#api.openNow(); this.#refreshRoom({ room, clock, journal, signal }); });
    const onJudged = onOpen ? null : waitingReport({ api: this.#api, journal, attemptId: current.attempt_id }); // a practice has nobody to tell
    const room = waitingRoom({ current, clock, onMeasure: measureLine, onJudged, onOpen });
    const signal = this.#screen.open((drawing) => room.draw(drawing));
    room.showCheck({ storage: journal.kind, exchange: current.exchange });
    clock.addEventListener("over", () => this.#start(current, journal, { room }), { signal, once: true });
    // The start may have come while the answer was on its way, before anybody listened.
    if (clock.isOver) this.#start(current, journal, { room });
    this.#fetchPaper(current, journal);
    permittedBy(current, this.#api);
    const refresh = setInterval(() => this.#refreshRoom({ room, clock, journal, signal }), REFRESH_MS);
    this.#listenToRoom(current, { signal, onNews: () => this.#refreshRoom({ room, clock, journal, signal }) });
    signal.addEventListener("abort", () => {
      clearInterval(refresh);
      clock.stop();
    });
  }

  /** What the room decides and says before the start is known here within seconds as well. */
  async #listenToRoom(current, { signal, onNews }) {
    let seen;
    while (!signal.aborted) {
      const news = await roomNews({ api: this.#api, attemptId: current.attempt_id, seen, signal });
      if (!news || signal.aborted) return;
      if (seen !== undefined) onNews();
      seen = news.version;
      this.#messagesOf(current.attempt_id).show(news.messages ?? []);
    }
  }

  #messagesOf(attemptId) {
    this.#messages ??= new Messages({ api: this.#api, attemptId });
    return this.#messages;
  }

  /** The paper comes while there is time; it opens with the start. A failure costs nothing but that it comes later. */
  async #fetchPaper(current, journal) {
    try {
      if (journal.kind !== "memory" && !await journal.hasSealedPaper()) await journal.keepSealedPaper(await this.#api.paper(current.attempt_id));
    } catch (error) {
      if (!isWorthRetrying(error) && error.code !== "too_early") throw error;
    }
  }

  async #refreshRoom({ room, clock, journal, signal }) {
    try {
      const current = await this.#api.current();
      const { attempt_id, sitting, exchange, state } = current;
      if (signal.aborted || clock.isOver) return;
      room.showCheck({ storage: journal.kind, exchange });
      if (state === "void") this.#showVoid(current);
      else clock.sync(Math.max(0, sitting.starts_in_ms), exchange.sentAt, exchange.receivedAt);
      this.#fetchPaper({ attempt_id }, journal);
    } catch (error) {
      if (signal.aborted) return;
      if (isWorthRetrying(error)) room.showCheck({ storage: journal.kind, exchange: null });
      else this.#refuse(error);
    }
  }

  /**
   * Start (or resume) the test; the room, if there is one, stays on the screen until the paper is here. `claim` as for
   * RunningTest.start.
   */
  async #start(current, journal, { room = null, claim = {} } = {}) {
    room?.tell("opening");
    const onRetry = room ? () => room.tell("opening_retry") : undefined;
    let test;
    try {
      test = await this.#retrying(() => RunningTest.start({ api: this.#api, current, journal, claim }), onRetry);
    } catch (error) {
      return this.#onStartRefused(error, current, journal);
    }
    return this.#run(test);
  }

  async #onStartRefused(error, current, journal) {
    switch (error.code) {
      case "too_early":
        current.sitting.starts_in_ms = Math.max(1000, error.body.starts_in_ms ?? 0);
        return this.#wait(current, journal, performance.now());
      case "already_submitted":
      case "time_over":
        return this.#showFinished(current);
      case "late_entry":
      case "paused":
        this.#screen.tell(...(error.code === "paused" ? ["paused_title", "paused_text"] : ["late_title", "late_text"]));
        await this.#untilNews(current);
        return this.#start(current, journal);
      case "void":
        return this.#screen.tell("void_title", "void_text");
      case "held_elsewhere":
      case "wrong_pin":
        return this.#showHeld({ current, journal, sameLogin: Boolean(error.body.same_login), refusal: error.code === "wrong_pin" ? error.message : "" });
      default:
        return this.#refuse(error);
    }
  }

  /** Resolves when the room has decided something, or after a while without. */
  async #untilNews(current) {
    const page = new AbortController();
    const news = roomNews({ api: this.#api, attemptId: current.attempt_id, seen: current.version, signal: page.signal });
    const answer = await Promise.race([news, pause(REFRESH_MS)]);
    page.abort();
    current.version = answer?.version ?? current.version;
    if (!answer) await pause(1000);
  }

  #showHeld({ current, journal, sameLogin, refusal = "" }) {
    const onClaim = async (claim) => {
      await this.#lease.take({ takesOver: true });
      this.#api.holder = await journal.holder({ isNew: true });
      await this.#start(current, journal, { claim });
    };
    this.#screen.open(() => heldScreen({ sameLogin, refusal, onClaim }));
  }

  // The test

  async #run(test) {
    this.#test = test;
    this.#renderHeader(test.current);
    const place = (await test.answers.lastPlace()) ?? test.answers.slots[0].slot;
    this.#watch(test, place);
    if (test.isEnding || test.clock.isOver) this.#showCollecting(test, "over_title");
    else this.#showTest(test, place);
  }

  #watch(test, place) {
    this.#guardLeaving(test);
    watchMachine(test, this.#messagesOf(test.attemptId));
    test.addEventListener("messages", ({ detail }) => this.#messagesOf(test.attemptId).show(detail.messages));
    let cover = null;
    test.addEventListener("paused", () => {
      cover?.close();
      cover = test.isPaused ? showPaused() : null;
    });
    let isMoved = false; // the deadline, since the questions went
    test.clock.addEventListener("changed", () => { isMoved = true; });
    for (const end of ["over", "ending"]) test.addEventListener(end, () => { isMoved = false; });
    test.addEventListener("over", () => this.#showCollecting(test, "over_title"));
    test.addEventListener("resumed", () => {
      const shown = this.#showTest(test, test.answers.place ?? place);
      if (isMoved) shown.tellTime();
    });
    test.addEventListener("ending", () => this.#showCollecting(test, test.clock.isOver ? "over_title" : "submitting"));
    test.addEventListener("displaced", () => this.#screen.open(() => displacedScreen({ test, onReturn: () => location.reload() })));
    this.#lease.addEventListener("lost", () => test.displace());
    test.addEventListener("ended", ({ detail }) => this.#showEnd(detail.current, { ...detail, test }));
    this.#watchSignIn(test);
  }

  #watchSignIn(test) {
    let dialog = null;
    test.saver.addEventListener("state", () => {
      const isSignedOut = test.saver.state.kind === "signed_out";
      if (isSignedOut && !dialog) {
        dialog = askToSignIn({
          number: test.current.candidate.number, loginUrl: this.#links.loginUrl, signIn: (code) => test.signIn(code), onLeave: () => { this.#isLeaving = true; },
        });
        dialog.closed.then(() => { dialog = null; });
      } else if (!isSignedOut) dialog?.close();
    });
  }

  /** Ask before leaving only while something is unsent; re-signing in is not asked, the journal brings it back. */
  #guardLeaving(test) {
    addEventListener("beforeunload", (event) => {
      if (!this.#isLeaving && !test.isEnding && test.hasUnsent) event.preventDefault();
    });
  }

  #showTest(test, place) {
    let shown = null;
    const draw = (signal) => {
      shown = testScreen({ test, place: shown?.place ?? place, movesFocus: shown === null, signal, onReview: (from) => this.#showReview(test, from) });
      return shown.element;
    };
    this.#screen.open(draw, { layout: "window", movesFocus: false });
    return shown;
  }

  #showReview(test, place) {
    const submission = new Submission(test);
    const draw = (signal) => reviewScreen({ test, place, submission, signal, onGo: (slot) => this.#showTest(test, slot) });
    const signal = this.#screen.open(draw, { layout: "window" });
    signal.addEventListener("abort", () => submission.close());
  }

  #showCollecting(test, title) {
    this.#screen.open((signal) => collectingScreen({ test, title: t(title), signal }));
    announce(t(title));
  }

  // The end

  async #showFinished(current) {
    let latest = current;
    while (!latest.receipt && latest.state !== "void") {
      this.#screen.tell("over_title", "collecting");
      await pause(retryDelay(2));
      latest = await this.#current();
      if (!latest) return;
    }
    const journal = await openJournal(latest.attempt_id);
    const isOpen = await journal.unlock();
    const kept = isOpen ? await journal.answers() : [];
    const unsent = kept.filter(({ sequence, acknowledged }) => sequence > acknowledged).map(({ slot }) => slot);
    if (isOpen) this.#api.holder = await journal.holder();
    const isTold = !isOpen || await sendKept({ api: this.#api, journal, attemptId: latest.attempt_id });
    if (unsent.length === 0 && isTold) await journal.clear();
    const delivered = unsent.length > 0 && latest.receipt ? await this.#deliver(latest, journal) : null;
    this.#showEnd(latest, { unsent: delivered ? delivered.late : unsent, delivered: delivered?.slots, journal });
  }

  /** Deliver what this browser still holds of a test that was collected without it. */
  async #deliver(current, journal) {
    const carried = await journal.carried();
    try {
      return carried && await this.#retrying(() => this.#api.deliverLate(current.attempt_id, carried), () => {});
    } catch (error) {
      if (error instanceof Problem) return null;
      throw error;
    }
  }

  #showEnd(current, { unsent, delivered, test = null, journal = null }) {
    this.#test = null;
    this.#renderHeader(current);
    if (!current.receipt) this.#showVoid(current);
    else {
      const getFile = () => (test ? test.file() : journal?.answerFile(current.candidate.number));
      this.#screen.open(() => receiptScreen({ current, unsent, delivered, getFile, links: this.#links }));
    }
  }

  /** The attempt does not count, and why. */
  #showVoid({ void_reason: reason }) {
    const text = () => (reason ? `${reason.replace(/\.$/, "")}. ${t("void_text_reason")}` : t("void_text"));
    this.#screen.open(() => messageScreen({ title: t("void_title"), text: text() }));
  }

  // The page

  /** The bar: for `current`, and in a test with its time and the state of saving. */
  #renderHeader(current = this.#known) {
    this.#known = current;
    this.#status.abort();
    this.#status = new AbortController();
    const status = renderHeader(this.#header, { title: current?.exam.title, candidate: current?.candidate, onLanguage: (language) => this.#speak(language) });
    if (!this.#test) return;
    showTestStatus(status, { test: this.#test, signal: this.#status.signal });
    serveStatutes(this.#header, this.#test, this.#api);
  }

  /** The whole page in `language`, where it is: nothing is fetched and nothing of the test changes. */
  #speak(language) {
    setLanguage(language);
    document.querySelector(".skip-link").textContent = t("skip");
    this.#renderHeader();
    this.#messages?.redraw();
    this.#screen.redraw();
  }
}
