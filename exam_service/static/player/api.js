// Owns every call to the server and the attempt token. Endpoints: GET /current, POST /sign-in, POST /{id}/start,
// GET /{id}/clock, POST /{id}/submit, GET /{id}/paper, GET /{id}/statutes/{sha256}, POST /{id}/late, POST /{id}/messages/{message}/read, POST
// /{id}/signals, all under the page's `data-api`, and PUT /responses/{slot} beside it.
import { locale, t } from "./i18n.js";

const TIMEOUT_MS = 10_000;
const START_TIMEOUT_MS = 30_000;
const HELD_TIMEOUT_MS = 25_000;
const DOCUMENT_TIMEOUT_MS = 120_000;

/** The server answered with a refusal (RFC 9457). `code` is stable, `detail` is a sentence for the candidate. */
export class Problem extends Error {
  constructor(status, body, retryAfterMs) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? "";
    this.body = body;
    this.retryAfterMs = retryAfterMs;
  }

  /** True when trying again later can help and the candidate has nothing to correct. */
  get isTemporary() {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** No answer came: the network, the server or the wait gave up. What was sent may or may not have arrived. */
export class Unreachable extends Error {}

/** True for any failure after which the same call should simply be made again later. */
export function isWorthRetrying(error) {
  return error instanceof Unreachable || (error instanceof Problem && error.isTemporary);
}

export class ExamApi {
  #base;
  #token = "";
  #isFirst = true;

  /** Under which this page holds the attempt; sent with every call. */
  holder = "";

  /** The attempt of the running test: no token of another one is taken, and "" before a test runs. */
  attemptId = "";

  /** Called as (remaining_ms, sentAt, receivedAt) with monotonic times whenever an answer tells the time left. */
  onRemaining = () => {};

  /** Called as (now_ms, sentAt, receivedAt) whenever an answer tells the server's time. */
  onServerTime = () => {};

  constructor(base) {
    this.#base = base;
  }

  /** The token that answers are sent with, to be kept for a restart without network. */
  get token() {
    return this.#token;
  }

  set token(token) {
    this.#token = token;
  }

  /** The candidate's attempt; also renews the attempt token from the signed-in session. */
  async current() {
    // The page itself has asked for it already (its <link rel="preload">), unless there is more to say than it could.
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    const current = await this.#call("GET", "/current", { signed: false, isFirst, extra: browserProof() });
    // Somebody else has signed in on this browser meanwhile: their token must not carry the answers of this test.
    if (this.attemptId && current.attempt_id !== this.attemptId) throw new Problem(401, { detail: t("signed_out_title") });
    this.#token = current.token;
    return current;
  }

  /** Sign in again without leaving the page; `current` then renews the token. */
  signIn(number, code) {
    return this.#call("POST", "/sign-in", { body: { number, code }, signed: false });
  }

  /** The paper, sealed, as bytes: for the waiting room. */
  paper(attemptId) {
    return this.#call("GET", `/${attemptId}/paper`, { isBinary: true, timeoutMs: START_TIMEOUT_MS });
  }

  /** A permitted document by its hash, as bytes. */
  statute(attemptId, sha256) {
    return this.#call("GET", `/${attemptId}/statutes/${sha256}`, { isBinary: true, timeoutMs: DOCUMENT_TIMEOUT_MS });
  }

  /**
   * Start or resume the attempt: time left, paper (null with `hasPaper`), keys, and the answers the server holds.
   * `takesOver` and `pin` move the attempt here from another page.
   */
  async start(attemptId, { hasPaper = false, takesOver = false, pin = "" } = {}) {
    const body = { has_paper: hasPaper, take_over: takesOver, pin };
    const started = await this.#call("POST", `/${attemptId}/start`, { body, timeoutMs: START_TIMEOUT_MS });
    this.#token = started.token ?? this.#token;
    return started;
  }

  /**
   * Resolves only when the server holds the answer durably. `keepalive` lets the call outlive the page. The token names the
   * attempt: a shorter address says the same, and there are more saves than anything else.
   */
  save(_attemptId, slot, { sequence, response, flagged }, { keepalive = false } = {}) {
    const body = { sequence, response, ...(flagged && { flagged }) };
    return this.#call("PUT", `/../responses/${slot}`, { body, keepalive, isBare: true });
  }

  /** With `seen` the server may hold the answer back for 15 s, until it knows a newer version of the room. */
  clock(attemptId, { seen, unsent = 0 } = {}) {
    const query = new URLSearchParams({ unsent, ...(seen === undefined ? {} : { seen }) });
    return this.#call("GET", `/${attemptId}/clock?${query}`, seen === undefined ? {} : { timeoutMs: HELD_TIMEOUT_MS });
  }

  /** The candidate has confirmed a message of the room. */
  readMessage(attemptId, messageId) {
    return this.#call("POST", `/${attemptId}/messages/${messageId}/read`);
  }

  /** Times at which the page was left or text was copied. */
  sendSignals(attemptId, signals) {
    return this.#call("POST", `/${attemptId}/signals`, { body: { signals } });
  }

  /** Hand the attempt in; `slots` names the sequence of every answer the server must already hold. */
  submit(attemptId, slots) {
    return this.#call("POST", `/${attemptId}/submit`, { body: { slots }, timeoutMs: START_TIMEOUT_MS });
  }

  /** Deliver answers after the deadline with the chain that proves when they were entered. */
  deliverLate(attemptId, carried) {
    return this.#call("POST", `/${attemptId}/late`, { body: carried, timeoutMs: START_TIMEOUT_MS });
  }

  async #call(method, path, options = {}) {
    try {
      return await this.#once(method, path, options);
    } catch (error) {
      // The token lives shorter than the sign-in: one silent renewal, then the refusal stands.
      if (!(error instanceof Problem) || error.status !== 401 || options.signed === false || options.keepalive) throw error;
      await this.current();
      return this.#once(method, path, options);
    }
  }

  async #once(method, path, { body, signed = true, keepalive = false, isBinary = false, isBare = false, isFirst = false, timeoutMs = TIMEOUT_MS, extra = {} }) {
    const headers = { "Accept-Language": locale(), ...extra };
    if (signed) headers.Authorization = `Bearer ${this.#token}`;
    if (this.holder) headers["Exam-Page"] = this.holder;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const sentAt = performance.now();
    const { response, answer } = await exchange(this.#base + path, {
      method, headers, keepalive, body: body === undefined ? undefined : JSON.stringify(body),
      // The token says who saves: on a thin line the cookies would be a good part of every save.
      credentials: isBare ? "omit" : "same-origin", referrerPolicy: "no-referrer", cache: method === "GET" && !isFirst ? "no-store" : "default",
      redirect: "error", signal: AbortSignal.timeout(timeoutMs),
    }, isBinary);
    const receivedAt = performance.now();
    // An answer that was held back was read at the end of the wait.
    const askedAt = Math.min(receivedAt, sentAt + (answer.waited_ms ?? 0));
    if (typeof answer.remaining_ms === "number") this.onRemaining(answer.remaining_ms, askedAt, receivedAt);
    if (typeof answer.now_ms === "number") this.onServerTime(answer.now_ms, askedAt, receivedAt);
    if (!response.ok) throw new Problem(response.status, answer, retryAfter(response));
    return Object.defineProperty(answer, "exchange", { value: { sentAt, receivedAt, date: response.headers.get("date") } });
  }
}

const PROBES = 8;
const PROBE_TIMEOUT_MS = 3000;
const BULK_TIMEOUT_MS = 15_000;

/**
 * What the line can do: {sent, lost, roundTripMs, kbps}: so many small exchanges, how many never came back, the middle one of their
 * times, and kbit/s of one larger answer (null when it did not come). Takes a few seconds and some 60 KB.
 */
export async function measureLine() {
  const [sheet, script] = [document.querySelector("link[rel=stylesheet]").href, document.querySelector("script[src]").src];
  const times = [];
  for (let probe = 0; probe < PROBES; probe += 1) {
    const took = await timed(new URL("mark.svg", sheet), PROBE_TIMEOUT_MS);
    if (took) times.push(took.ms);
  }
  const roundTripMs = times.length > 0 ? Math.round(times.sort((one, other) => one - other)[times.length >> 1]) : null;
  const bulk = times.length > 0 ? await timed(new URL(script), BULK_TIMEOUT_MS) : null;
  return { sent: PROBES, lost: PROBES - times.length, roundTripMs, kbps: bulk && (8 * bulk.bytes) / Math.max(1, bulk.ms - roundTripMs) };
}

/** {ms, bytes} of one answer over the network, past every store of the browser; null when it did not come in time. */
async function timed(url, timeoutMs) {
  url.searchParams.set("probe", String(Math.random()).slice(2));
  const sentAt = performance.now();
  try {
    const answer = await fetch(url, { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(timeoutMs) });
    const { byteLength } = await answer.arrayBuffer();
    return answer.ok ? { ms: performance.now() - sentAt, bytes: Number(answer.headers.get("content-length")) || byteLength } : null;
  } catch {
    return null;
  }
}

/** What Safe Exam Browser says of itself where it sends no headers: its keys for this page, and the page. */
function browserProof() {
  const { configKey, browserExamKey } = globalThis.SafeExamBrowser?.security ?? {};
  if (!configKey) return {};
  const version = browserExamKey ? { "Exam-Browser-Exam-Key": browserExamKey } : {};
  return { "Exam-Browser-Key": configKey, ...version, "Exam-Browser-Page": location.href.split("#")[0] };
}

async function exchange(url, init, isBinary) {
  let response;
  try {
    response = await fetch(url, init);
    if (response.status === 204) return { response, answer: {} };
    return { response, answer: await (isBinary && response.ok ? response.arrayBuffer() : response.json()) };
  } catch (error) {
    // A refusal without a readable body (a proxy's HTML page) is still a refusal; anything else never arrived.
    if (response && !response.ok && error instanceof SyntaxError) return { response, answer: {} };
    throw new Unreachable(error.message, { cause: error });
  }
}

function retryAfter(response) {
  const seconds = Number(response.headers.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}
