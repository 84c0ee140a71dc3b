// Owns the player's idea of the server's time: with what moments entries of the journal are dated. Calls no endpoint.
// The computer's own clock is noted beside it as evidence; it decides only after a restart without network, and says so.

const DRIFT = 1e-4;

export class ServerTime {
  #offset = null; // server time - monotonic time
  #wallOffset = 0; // server time - the computer's clock
  #doubt = Infinity;
  #sampledAt = 0;

  /** Take the server's `nowMs`, read at some moment between `sentAt` and `receivedAt` (performance.now()). */
  sync(nowMs, sentAt, receivedAt) {
    const doubt = (receivedAt - sentAt) / 2;
    const present = this.#doubt + (receivedAt - this.#sampledAt) * DRIFT;
    if (this.#offset !== null && doubt >= present) return;
    this.#offset = nowMs - (sentAt + receivedAt) / 2;
    this.#wallOffset = this.#offset + performance.now() - Date.now();
    this.#doubt = doubt;
    this.#sampledAt = receivedAt;
  }

  /** After a restart without network: go by the computer's clock as far as it was off before. */
  restore(wallOffset) {
    this.#wallOffset = wallOffset;
  }

  get wallOffset() {
    return this.#wallOffset;
  }

  /** Milliseconds since 1970: `at` by the server, `wall` by the computer; `isSteady` when `at` runs on the monotonic clock. */
  read() {
    const wall = Date.now();
    const isSteady = this.#offset !== null;
    return { at: Math.round(isSteady ? this.#offset + performance.now() : wall + this.#wallOffset), wall, isSteady };
  }
}
