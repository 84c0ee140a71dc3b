// Owns what this computer tells about itself: browser, window, room for answers, battery. Calls no endpoint and judges
// nothing (system_check.js does); what a browser does not tell is null.
import { roomLeft } from "./storage.js";
import { canEncrypt } from "./vault.js";

const BROWSERS = [["Edge", /\bEdg\/(\d+)/], ["Firefox", /\bFirefox\/(\d+)/], ["Chrome", /Chrome\/(\d+)/], ["Safari", /\bVersion\/(\d+).*\bSafari\//]];
const LOW = 0.2;

/** {browser, window, room, battery} as they are now. */
export async function inspectComputer() {
  return { browser: browser(), window: openWindow(), room: await roomLeft(), battery: await battery() };
}

/** {name, version, canWork, canKeep}: `canKeep` is false where answers cannot be encrypted, as on a page without https. */
function browser() {
  const [name, version] = BROWSERS.map(([each, pattern]) => [each, pattern.exec(navigator.userAgent)?.[1]]).find(([, found]) => found) ?? ["", ""];
  const needs = [navigator.locks, navigator.serviceWorker, AbortSignal.timeout, globalThis.HTMLDialogElement, CSS.supports("selector(:has(a))")];
  return { name, version, canWork: needs.every(Boolean) || !isSecureContext, canKeep: canEncrypt() };
}

/** {width, height} in CSS pixels, and `zoom` in percent where a window has a size of its own. */
function openWindow() {
  const zoom = matchMedia("(pointer: fine)").matches && outerWidth > 0 ? Math.round((100 * outerWidth) / innerWidth) : 100;
  return { width: innerWidth, height: innerHeight, zoom };
}

/** {percent, isCharging}, or null. */
async function battery() {
  const found = await navigator.getBattery?.().catch(() => null);
  return found ? { percent: Math.round(found.level * 100), isCharging: found.charging } : null;
}

/** Call `onLow(percent)` once, when the battery is at 20 % or below and not being charged; until `test` has ended. */
export async function watchBattery(test, onLow) {
  const found = await navigator.getBattery?.().catch(() => null);
  if (!found) return;
  const life = new AbortController();
  test.addEventListener("ended", () => life.abort());
  const look = () => {
    if (life.signal.aborted || found.charging || found.level > LOW) return;
    life.abort();
    onLow(Math.round(found.level * 100));
  };
  for (const event of ["levelchange", "chargingchange"]) found.addEventListener(event, look, { signal: life.signal });
  look();
}
