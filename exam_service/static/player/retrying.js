// Owns the repeating of a call until the server can take it. Calls no endpoint of its own.
import { isWorthRetrying } from "./api.js";
import { retryDelay } from "./saver.js";

export const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const networkBack = () => new Promise((resolve) => { addEventListener("online", resolve, { once: true }); });

/** What `call` answers, repeated through network losses and overload with `onRetry()` before each wait; other refusals are thrown. */
export async function retrying(call, onRetry) {
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isWorthRetrying(error)) throw error;
      onRetry();
      await Promise.race([pause(Math.max(retryDelay(failures), error.retryAfterMs ?? 0)), networkBack()]);
    }
  }
}
