// Owns the judgement of this computer: line, storage, clock, browser, window and battery, each with what to do. Calls no
// endpoint: it judges what the waiting room and computer.js have found.
import { figure } from "./format.js";
import { t } from "./i18n.js";

const SLOW_MS = 1500;
const CLOCK_OFF_MIN = 2;
// A paper of 100 KB then comes within a quarter of a minute; a save is under 1 KB.
const LEAST_KBPS = 64;
const EASY_KBPS = 400;
const LOST_TOO_MANY = 2;
// A long sitting's journal with its paper takes a tenth of it.
const LEAST_MB = 20;
const NARROW_PX = 992;
const LOW_PX = 480;
const LEAST_PX = 320;
const [ZOOM_FROM, ZOOM_TO] = [75, 135];
const [BATTERY_LOW, BATTERY_HALF] = [20, 50];
const BYTES_PER_MB = 1_000_000;
const KBPS_PER_MBPS = 1000;

/**
 * [{name, sentence, level}] of what was found so far: `storage` (the journal's kind), `exchange` ({sentAt, receivedAt, date}, null
 * when it failed), `line` (api.js measureLine), and what inspectComputer gives. `level` is "good", "note" (the test works, but)
 * or "bad" (tell the invigilator).
 */
export function judgeSystem({ storage, exchange, line, browser, window, room, battery }) {
  return [
    judgeStorage(storage, room), judgeLine(exchange, line), exchange?.date && judgeClock(exchange.date),
    browser && judgeBrowser(browser), window && judgeWindow(window), battery && judgeBattery(battery),
  ].filter(Boolean);
}

/** The whole in one sentence, to be shown to the invigilator: {sentence, level}. */
export function summarise(judged) {
  const bad = judged.filter(({ level }) => level === "bad").length;
  return bad > 0 ? { sentence: t("check_sum_bad", { n: bad }), level: "bad" } : { sentence: t("check_sum_good"), level: "good" };
}

const verdict = (name, level, key, values) => ({ name: t(name), level, sentence: t(key, values) });

function judgeStorage(kind, room) {
  if (kind === "memory") return verdict("check_storage", "bad", "check_storage_bad");
  if (room !== null && room !== undefined && room < LEAST_MB * BYTES_PER_MB) return verdict("check_storage", "bad", "check_storage_full", { mb: figure(Math.floor(room / BYTES_PER_MB)) });
  return verdict("check_storage", "good", "check_storage_ok");
}

function judgeLine(exchange, line) {
  if (line) return judgeMeasured(line);
  if (!exchange) return verdict("check_network", "bad", "check_network_bad");
  const ms = Math.round(exchange.receivedAt - exchange.sentAt);
  return verdict("check_network", ms < SLOW_MS ? "good" : "note", ms < SLOW_MS ? "check_network_ok" : "check_network_slow", { ms: figure(ms) });
}

function judgeMeasured({ sent, lost, roundTripMs, kbps }) {
  const values = { ms: figure(roundTripMs ?? 0), lost, sent, rate: kbps === null ? t("rate_kbps", { n: `< ${LEAST_KBPS}` }) : rateOf(kbps) };
  if (lost === sent) return verdict("check_network", "bad", "check_network_bad");
  if (lost >= LOST_TOO_MANY) return verdict("check_network", "bad", "check_line_lossy", values);
  if (kbps === null || kbps < LEAST_KBPS) return verdict("check_network", "bad", "check_line_thin", values);
  const isEasy = lost === 0 && roundTripMs < SLOW_MS && kbps >= EASY_KBPS;
  return verdict("check_network", isEasy ? "good" : "note", isEasy ? "check_line_ok" : "check_line_slow", values);
}

const rateOf = (kbps) => (kbps < KBPS_PER_MBPS ? t("rate_kbps", { n: figure(Math.round(kbps)) }) : t("rate_mbps", { n: figure(Math.round(kbps / KBPS_PER_MBPS)) }));

/** The computer's clock is never used for the test; a wrong one is only told, so that nobody worries about it. */
function judgeClock(date) {
  const minutes = Math.round(Math.abs(Date.now() - Date.parse(date)) / 60_000);
  const isRight = minutes < CLOCK_OFF_MIN;
  return verdict("check_clock", isRight ? "good" : "note", isRight ? "check_clock_ok" : "check_clock_off", { minutes: figure(minutes) });
}

function judgeBrowser({ name, version, canWork, canKeep }) {
  const which = `${name} ${version}`.trim() || t("browser_unknown");
  if (!canWork) return verdict("check_browser", "bad", "check_browser_old", { which });
  if (!canKeep) return verdict("check_browser", "bad", "check_browser_open", { which });
  return verdict("check_browser", "good", "check_browser_ok", { which });
}

function judgeWindow({ width, height, zoom }) {
  const values = { width, height, zoom };
  if (width < LEAST_PX) return verdict("check_window", "bad", "check_window_tiny", values);
  if (zoom < ZOOM_FROM || zoom > ZOOM_TO) return verdict("check_window", "note", "check_window_zoom", values);
  const isWide = width >= NARROW_PX && height >= LOW_PX;
  return verdict("check_window", isWide ? "good" : "note", isWide ? "check_window_ok" : "check_window_small", values);
}

function judgeBattery({ percent, isCharging }) {
  const values = { percent: figure(percent) };
  if (isCharging) return verdict("check_battery", "good", "check_battery_charging", values);
  if (percent <= BATTERY_LOW) return verdict("check_battery", "bad", "check_battery_low", values);
  return verdict("check_battery", percent < BATTERY_HALF ? "note" : "good", percent < BATTERY_HALF ? "check_battery_half" : "check_battery_ok", values);
}
