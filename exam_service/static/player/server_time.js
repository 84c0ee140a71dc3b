// Owns the player's idea of the server's time: with what moments entries of the journal are dated. Calls no endpoint.
// The computer's own clock is noted beside it as evidence; it decides only after a restart without network, and says so.

const DRIFT = 1e-4;

export class ServerTime {
  #offset = null; // server time - monotonic time
  #wallOffset = 0; // server time - the computer's clock
  #doubt = Infinity;
  #sampledAt = 0;
  #latest = 0; // what was read last: a finer sample may find that it lay ahead

  /**
   * Take the server's `nowMs`, read at some moment between `sentAt` and `receivedAt` (performance.now()). A sample replaces
   * the present one when it is more exact, or when both cannot be true: the monotonic clock of a computer that slept may have
   * stood still meanwhile.
   */
  sync(nowMs, sentAt, receivedAt) {
    const doubt = (receivedAt - sentAt) / 2;
    const present = this.#doubt + (receivedAt - this.#sampledAt) * DRIFT;
    const offset = nowMs - (sentAt + receivedAt) / 2;
    if (this.#offset !== null && doubt >= present && Math.abs(offset - this.#offset) <= doubt + present) return;
    // What the computer's clock said before is no measure any more.
    if (this.#offset === null) this.#latest = 0;
    this.#offset = offset;
    this.#wallOffset = this.#offset + performance.now() - Date.now();
    this.#doubt = doubt;
    this.#sampledAt = receivedAt;
  }

  /**
   * After a restart without network: go by the computer's clock as far as it was off before, never to before `notBefore`,
   * the last moment known: a clock that lost its battery begins years ago.
   */
  restore(wallOffset, notBefore) {
    this.#wallOffset = wallOffset;
    this.#latest = notBefore;
  }

  get wallOffset() {
    return this.#wallOffset;
  }

  /**
   * Milliseconds since 1970: `at` by the server, never less than read before, `wall` by the computer; `isSteady` when `at`
   * runs on the monotonic clock.
   */
  read() {
    const wall = Date.now();
    const isSteady = this.#offset !== null;
    const at = Math.round(isSteady ? this.#offset + performance.now() : wall + this.#wallOffset);
    this.#latest = Math.max(this.#latest, at);
    return { at: this.#latest, wall, isSteady };
  }
}
