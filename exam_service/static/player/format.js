// Owns how times, durations and numbers are written for the candidate. Calls no endpoint.
// Wall-clock times are shown in Vietnamese time whatever zone the computer is set to.
import { locale, t } from "./i18n.js";

const ZONE = "Asia/Ho_Chi_Minh";
const formsOf = (tag) => ({
  timeOfDay: new Intl.DateTimeFormat(tag, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }),
  day: new Intl.DateTimeFormat(tag, { timeZone: ZONE, day: "2-digit", month: "2-digit", year: "numeric" }),
  number: new Intl.NumberFormat(tag, { maximumFractionDigits: 2 }),
});
const FORMS = { vi: formsOf("vi-VN"), en: formsOf("en-GB") };

/** "09:41:07" of an ISO 8601 instant. */
export function clockTime(instant) {
  return FORMS[locale()].timeOfDay.format(new Date(instant));
}

/** "09:41:07, 05/03/2026" of an ISO 8601 instant. */
export function dateAndTime(instant) {
  return `${clockTime(instant)}, ${FORMS[locale()].day.format(new Date(instant))}`;
}

/** A count or a decimal string such as "7.50" in the page's notation ("7,5"). */
export function figure(value) {
  return FORMS[locale()].number.format(Number(value));
}

/** "1 điểm" of a decimal string. */
export function points(value) {
  return t("points", { points: figure(value), n: Number(value) });
}

const two = (value) => String(value).padStart(2, "0");

/** "58:12", "1:02:12" or "2 ngày 03:10:00" of a span in milliseconds, rounded up so that 0 is shown only at the end. */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return t("days", { n: days, rest: `${two(hours)}:${two(minutes)}:${two(seconds % 60)}` });
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}
