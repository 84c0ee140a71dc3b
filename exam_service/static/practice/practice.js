// Owns the practice test: the real player with a server of its own in the page, so that nothing is sent or stored anywhere.
// Endpoint: GET /healthz, to try the connection.
import { t } from "../player/i18n.js";
import { Player } from "../player/player_app.js";
import { PRACTICE } from "../player/storage.js";
import { PAPER } from "./paper.js";

const DURATION_MIN = 15;
const WAIT_MS = 120_000; // time to read what the check of the computer says
const TOOLS = document.body.dataset.tools.split(" "); // those of the installation

class PracticeApi {
  #opensAt = performance.now() + WAIT_MS;
  #startedAt = null;
  #responses = new Map();
  #receipt = null;
  holder = "";
  token = "";
  onRemaining = () => {};
  onServerTime = () => {};

  async current() {
    const exchange = await tryConnection();
    const slots = PAPER.sections.flatMap((section) => section.slots);
    return {
      attempt_id: PRACTICE, state: this.#receipt ? "submitted" : "assigned", token: "", receipt: this.#receipt, rules: { vi: [], en: [] }, result_available: false, exchange,
      candidate: { number: "0000", get full_name() { return t("practice_person"); }, get unit() { return t("practice_unit"); }, get room() { return t("practice_unit"); }, extra_time_min: 0 },
      exam: { get title() { return t("practice_title"); }, question_count: slots.length, duration_min: DURATION_MIN, max_points: String(slots.length) },
      sitting: { starts_in_ms: Math.max(0, this.#opensAt - performance.now()), remaining_ms: this.#remaining, duration_min: DURATION_MIN, late_limit_min: 0 },
      policy: { tools: TOOLS, measures_line: true },
    };
  }

  /** Nobody has to wait for a practice. */
  openNow() {
    this.#opensAt = performance.now();
  }

  /** There is nothing to hide: the start brings the paper. */
  async paper() {
    return new ArrayBuffer(0);
  }

  async start() {
    this.#startedAt ??= performance.now();
    return this.#timed({ form: PAPER, responses: [], secrets: { paper: secret(), journal: secret(), chain: secret() }, token: "" });
  }

  async save(_attemptId, slot, { sequence, response }) {
    this.#responses.set(slot, response);
    return this.#timed({ slot, sequence, saved_at: new Date().toISOString() });
  }

  async clock() {
    return this.#timed({ state: this.#receipt ? "submitted" : "started", paused: false, held: true });
  }

  async submit() {
    const answered = [...this.#responses.values()].filter((response) => response !== null).length;
    this.#receipt = {
      submitted_at: new Date().toISOString(), answered, total: PAPER.sections[0].slots.length, digest: "0".repeat(64),
      get receipt_code() { return t("practice_code"); }, collected_by: "candidate",
    };
    return this.#receipt;
  }

  get #remaining() {
    return Math.max(0, DURATION_MIN * 60_000 - (this.#startedAt === null ? 0 : performance.now() - this.#startedAt));
  }

  #timed(answer) {
    const now = performance.now();
    this.onRemaining(this.#remaining, now, now);
    this.onServerTime(Date.now(), now, now);
    return { ...answer, remaining_ms: this.#remaining, now_ms: Date.now() };
  }
}

async function tryConnection() {
  const sentAt = performance.now();
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    return { sentAt, receivedAt: performance.now(), date: answer.headers.get("date") };
  } catch {
    return null;
  }
}

function secret() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

new Player({ api: new PracticeApi() }).open();
