// Owns what this computer tells the room about its own trouble, so that somebody comes to help: once when it begins and once
// when it is over, never what is on the screen; and the message that tells the candidate of the battery. Endpoint (through api.js): POST /{id}/signals, in a running test through
// attention.js, which keeps it while there is no network.
import { watchBattery } from "./computer.js";
import { t } from "./i18n.js";
import { clockAheadMs } from "./system_check.js";

const FARTHEST_MIN = 525_600;
const CLOCK_OFF_MS = 120_000;
const EARLIEST_MS = 3_600_000;
const NEARLY_EMPTY = 10;
const STEPS = { battery: 5, clock_off: 2 };
const KINDS = { check_network: "line_bad", check_window: "window_bad", check_browser: "browser_bad" };
// Numbers of the waiting room lie below those of the test (attention.js), which are seconds since 1970.
const BELOW = 1_000_000_000;

/** Minutes that the computer's clock is ahead by `ms`; 0 when it is as good as right. */
const minutesOff = (ms) => (Math.abs(ms) > CLOCK_OFF_MS ? Math.max(-FARTHEST_MIN, Math.min(FARTHEST_MIN, Math.round(ms / 60_000))) : 0);

/** What is trouble already is told again only when it has changed a good deal. */
const isNews = (kind, known, value) => (known && value ? Math.abs(known - value) >= (STEPS[kind] ?? 1) : known !== value);

/** What the room knows of this computer under `holder`: kind → value, 0 when all is well. It outlives the page. */
class Told {
  #known = null;
  #before = Promise.resolve();

  constructor(journal, holder) {
    Object.assign(this, { journal, name: `machine ${holder}` });
  }

  /** `send` those of `found` that the room does not know, [[kind, value]]; what it throws on is told with the next look. */
  tell(found, send) {
    // One after the other: what is news depends on what was told before.
    this.#before = this.#before.then(() => this.#tell(found, send)).catch(() => {});
  }

  async #tell(found, send) {
    this.#known ??= await this.journal.told(this.name);
    const news = Object.entries(found).filter(([kind, value]) => isNews(kind, this.#known[kind] ?? 0, value));
    if (news.length === 0) return;
    await send(news);
    for (const [kind, value] of news) this.#known[kind] = value;
    await this.journal.keepTold(this.name, this.#known);
  }
}

/**
 * A function (judged, {exchange, computer, startsInMs}) that tells the room what the check before the start finds,
 * from an hour before it.
 */
export function waitingReport({ api, journal, attemptId }) {
  const told = new Told(journal, api.holder);
  let last = 0;
  return (judged, { exchange, computer, startsInMs }) => {
    if (!exchange?.date || startsInMs > EARLIEST_MS) return;
    const at_ms = Date.parse(exchange.date);
    // A disk that is only nearly full keeps what is answered: the candidate is told, and the room once a write has failed.
    const found = { clock_off: minutesOff(clockAheadMs(exchange)), not_kept: Number(journal.kind === "memory") };
    for (const { check, level } of judged) {
      const isBad = Number(level === "bad");
      if (check === "check_battery") found.battery = isBad && Math.max(1, computer.battery.percent);
      else if (KINDS[check]) found[KINDS[check]] = isBad;
    }
    told.tell(found, (news) => {
      last = Math.max(last, Math.floor(at_ms / 1000) - BELOW);
      return api.sendSignals(attemptId, news.map(([kind, value]) => ({ number: ++last, kind, at_ms, value })));
    });
  };
}

/**
 * A function (percent), 0 when all is well, that keeps one message about the battery: once when it is low, confirmed or not
 * once more when it is nearly empty, and gone when it is charged or the test is over.
 */
function batteryMessage(test, messages) {
  const kept = () => (test.journal.kind === "memory" ? "" : t("say_battery_kept"));
  let isLast = false;
  const end = () => messages.withdraw("battery");
  test.addEventListener("ended", end);
  return (percent) => {
    const isNearlyEmpty = percent > 0 && percent < NEARLY_EMPTY;
    if (percent === 0 || (isNearlyEmpty && !isLast)) end();
    isLast = isNearlyEmpty || (isLast && percent > 0);
    if (percent > 0) messages.note("battery", () => `${t("say_battery", { percent })} ${kept()}`);
  };
}

/** Tell the room of this computer's trouble while `test` runs, and the candidate of the battery by `messages`. */
export function watchMachine(test, messages) {
  const { journal, answers, attention, api, time } = test;
  const told = new Told(journal, api.holder);
  const tell = (found) => told.tell(found, (news) => {
    for (const [kind, value] of news) attention.note(kind, { value });
    if (test.saver.isReachable) attention.send();
  });
  const tellCandidate = batteryMessage(test, messages);
  watchBattery(test, (percent) => {
    tellCandidate(percent);
    tell({ battery: percent });
  });
  const isOnDisk = journal.kind !== "memory";
  if (!isOnDisk) tell({ not_kept: 1 });
  answers.addEventListener("unkept", () => tell({ not_kept: 1 }));
  answers.addEventListener("kept", ({ detail }) => { if (isOnDisk && detail.isOnDisk) tell({ not_kept: 0 }); });
  test.addEventListener("heard", () => {
    const { at, wall, isSteady } = time.read();
    if (isSteady) tell({ clock_off: minutesOff(wall - at) });
  });
}
