// Owns the check of this computer in the waiting room: storage, connection, clock. Calls no endpoint itself: it judges the
// exchanges that the waiting room makes anyway.
import { figure } from "./format.js";
import { t } from "./i18n.js";

const SLOW_MS = 1500;
const CLOCK_OFF_MIN = 2;

/** [{name, sentence, isGood}] for the storage kind and the last exchange ({sentAt, receivedAt, date} or null when it failed). */
export function judgeSystem({ storage, exchange }) {
  return [judgeStorage(storage), judgeNetwork(exchange), ...(exchange?.date ? [judgeClock(exchange.date)] : [])];
}

function judgeStorage(kind) {
  const isGood = kind !== "memory";
  return { name: t("check_storage"), sentence: t(isGood ? "check_storage_ok" : "check_storage_bad"), isGood };
}

function judgeNetwork(exchange) {
  const name = t("check_network");
  if (!exchange) return { name, sentence: t("check_network_bad"), isGood: false };
  const ms = Math.round(exchange.receivedAt - exchange.sentAt);
  return { name, sentence: t(ms < SLOW_MS ? "check_network_ok" : "check_network_slow", { ms: figure(ms) }), isGood: true };
}

/** The computer's clock is never used for the test; a wrong one is only told, so that nobody worries about it. */
function judgeClock(date) {
  const minutes = Math.round(Math.abs(Date.now() - Date.parse(date)) / 60_000);
  const sentence = minutes < CLOCK_OFF_MIN ? t("check_clock_ok") : t("check_clock_off", { minutes: figure(minutes) });
  return { name: t("check_clock"), sentence, isGood: true };
}
