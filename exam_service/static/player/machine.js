// Owns what this computer tells the room about its own trouble, so that somebody comes to help: once when it begins and once
// when it is over, never what is on the screen. Endpoint (through api.js): POST /{id}/signals, in a running test through
// attention.js, which keeps it while there is no network.
import { watchBattery } from "./computer.js";
import { clockAheadMs } from "./system_check.js";

const FARTHEST_MIN = 525_600;
const CLOCK_OFF_MS = 120_000;
const EARLIEST_MS = 3_600_000;
const BATTERY_STEPS = [10, 5];
const KINDS = { check_storage: "not_kept", check_network: "line_bad", check_window: "window_bad", check_browser: "browser_bad" };
// Numbers of the waiting room lie below those of the test (attention.js), which are seconds since 1970.
const BELOW = 1_000_000_000;

/** Minutes that the computer's clock is ahead by `ms`; 0 when it is as good as right. */
const minutesOff = (ms) => (Math.abs(ms) > CLOCK_OFF_MS ? Math.max(-FARTHEST_MIN, Math.min(FARTHEST_MIN, Math.round(ms / 60_000))) : 0);

/** A battery that goes down says so at 20, 10 and 5 percent; a clock is as far off as a minute ago. */
function isNews(kind, known, value) {
  if (kind === "battery" && known && value) return BATTERY_STEPS.some((step) => known > step && value <= step);
  return kind === "clock_off" && known && value ? Math.abs(known - value) > 1 : known !== value;
}

/** What the room knows of this computer: kind → value, 0 when all is well. It outlives the page. */
class Told {
  #journal;
  #holder;
  #known = null;

  constructor(journal, holder) {
    this.#journal = journal;
    this.#holder = holder;
  }

  /** Those of `found` that the room does not know. */
  async newsOf(found) {
    this.#known ??= await this.#journal.told(this.#holder).catch(() => ({}));
    return Object.entries(found).filter(([kind, value]) => isNews(kind, this.#known[kind] ?? 0, value));
  }

  keep(news) {
    Object.assign(this.#known, Object.fromEntries(news));
    this.#journal.keepTold(this.#holder, this.#known).catch(() => {});
  }
}

/**
 * A function (judged, {exchange, computer, startsInMs}) that tells the room what the check before the start finds,
 * from an hour before it.
 */
export function waitingReport({ api, journal, attemptId }) {
  const told = new Told(journal, api.holder);
  let last = 0;
  let before = Promise.resolve();
  const tell = async (judged, { exchange, computer }) => {
    const at_ms = Date.parse(exchange.date);
    const found = { clock_off: minutesOff(clockAheadMs(exchange)) };
    for (const { check, level } of judged) {
      if (check === "check_battery") found.battery = level === "bad" ? Math.max(1, computer.battery.percent) : 0;
      else if (KINDS[check]) found[KINDS[check]] = Number(level === "bad");
    }
    const news = await told.newsOf(found);
    if (news.length === 0) return;
    last = Math.max(last, Math.floor(at_ms / 1000) - BELOW);
    await api.sendSignals(attemptId, news.map(([kind, value]) => ({ number: ++last, kind, at_ms, value })));
    told.keep(news);
  };
  return (judged, found) => {
    // What does not get through is told with the next look at the computer; the wait for the test goes on.
    if (found.exchange?.date && found.startsInMs <= EARLIEST_MS) before = before.then(() => tell(judged, found)).catch(() => {});
  };
}

/** Tell the room of this computer's trouble while `test` runs; `onLowBattery(percent)` tells the candidate. */
export function watchMachine(test, onLowBattery) {
  const { journal, answers, attention, api, time } = test;
  const told = new Told(journal, api.holder);
  let before = Promise.resolve();
  // One after the other: what is news depends on what was told before.
  const tell = (found) => {
    before = before.then(async () => {
      const news = test.isEnding ? [] : await told.newsOf(found);
      for (const [kind, value] of news) attention.note(kind, { value });
      if (news.length === 0) return;
      told.keep(news);
      if (test.saver.isReachable) attention.send();
    });
  };
  watchBattery(test, (percent) => {
    if (percent > 0) onLowBattery(percent);
    tell({ battery: percent });
  });
  if (journal.kind === "memory") tell({ not_kept: 1 });
  answers.addEventListener("unkept", () => tell({ not_kept: 1 }));
  answers.addEventListener("kept", ({ detail }) => { if (detail.isOnDisk && journal.kind !== "memory") tell({ not_kept: 0 }); });
  test.addEventListener("heard", () => {
    const { at, wall, isSteady } = time.read();
    if (isSteady) tell({ clock_off: minutesOff(wall - at) });
  });
}
