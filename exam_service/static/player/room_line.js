// Owns waiting for the room: resolves when something was decided or said that this page does not know. Endpoint (through
// api.js): GET /{id}/clock, whose answer the server holds back until there is news.
import { isWorthRetrying } from "./api.js";

const GAP_MS = 1000;
const TROUBLE_MS = 5000;
const WITHOUT_ROOM_MS = 20_000;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** The clock's answer as soon as its version is not `seen`; undefined once `signal` has aborted. */
export async function roomNews({ api, attemptId, seen, signal }) {
  while (!signal?.aborted) {
    try {
      const answer = await api.clock(attemptId, { seen });
      // The practice test has no room.
      if (answer.version === undefined) await pause(WITHOUT_ROOM_MS);
      if (signal?.aborted) return undefined;
      if (answer.version !== seen || answer.version === undefined) return answer;
    } catch (error) {
      if (!isWorthRetrying(error)) return undefined;
      await pause(TROUBLE_MS);
    }
    await pause(GAP_MS);
  }
  return undefined;
}
