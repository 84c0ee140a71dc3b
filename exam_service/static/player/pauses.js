// Owns whether this page is out of reach, and the finding of what was entered here while the room had stopped the clock and
// this page could not know of it: how many questions and when, told beside the answers, which are sent as always. Endpoint
// (through api.js): GET /{id}/current.
import { isWorthRetrying } from "./api.js";

// What was under way as the clock stopped counts as before it.
const UNDER_WAY_MS = 2000;

/**
 * Compare what the journal of a test took out of contact, from `since` to `until`, with the pauses of its clock and note each
 * entry once. Throws what `api.current` throws.
 */
export async function noteTypedInPauses({ api, journal, attention }, { since, until }) {
  const { sitting } = await api.current();
  // Who has only the computer's clock to go by is not in contact, whatever that clock says.
  const moments = (await journal.moments()).filter(({ at, steady }) => !steady || (at >= since && at <= until));
  const told = await journal.told("pauses");
  for (const { begin_ms: begin, end_ms: end } of sitting.pauses ?? []) {
    const from = Math.max(begin + UNDER_WAY_MS, told[begin] ?? 0);
    const news = moments.filter(({ at }) => at > from && at < (end ?? Infinity));
    if (news.length === 0) continue;
    // Letters of one answer are one question: what the council reads does not depend on how somebody types.
    const questions = new Set(news.map(({ slot }) => slot)).size;
    const times = news.map(({ at }) => at);
    const [first, last] = [Math.min(...times), Math.max(...times)];
    attention.note("typed_in_pause", { at_ms: first, lasted_ms: last - first, value: questions });
    told[begin] = last;
  }
  await journal.keepTold("pauses", told);
}

/** Whether pauses may have passed that this page does not know of: it is out of reach, or newly opened with something unsent. */
export class Absence {
  #test;
  #isAway = false;
  #isBehind = false; // something was decided meanwhile
  #noticedAt = -Infinity; // by performance.now()
  #openedAt = null; // while this page has been in contact since it was opened, by the server's clock
  #telling = null;

  /**
   * When the room was last heard without anything left to tell, by the server's clock: a pause that had begun by then was
   * known here, and what was entered until then was entered in contact. 0: never.
   */
  heardAt = 0;

  constructor(test) {
    this.#test = test;
  }

  /** A page opened anew goes on from what was heard before: what was entered in between was entered by the one before it. */
  async load() {
    this.#openedAt = this.#test.time.read().at;
    try {
      this.heardAt = (await this.#test.journal.sitting())?.heardAt ?? 0;
    } catch {
      // Nothing is taken for heard that cannot be read.
    }
  }

  begin() {
    this.#noticedAt = performance.now();
    this.#openedAt = null;
    this.#isAway = this.#test.journal.isNeeded = true;
  }

  /**
   * The room, asked at `askedAt`, was heard; `isNews` when it has decided something since. Tell what was entered in a pause
   * that did not reach this page: where nothing was decided meanwhile there was none.
   */
  end({ isNews, askedAt }) {
    this.#isBehind ||= isNews;
    // The journal is needed until the first look has read it, whoever looks meanwhile.
    this.#telling ??= this.#tell(askedAt).finally(() => { this.#telling = null; });
    return this.#telling;
  }

  async #tell(askedAt) {
    const { at } = this.#test.time.read();
    const isDue = this.#isAway && this.#isBehind;
    // A look that was under way as the line was lost may have been answered before: it ends nothing.
    if (askedAt >= this.#noticedAt) this.#isAway = this.#isBehind = false;
    try {
      if (isDue) await noteTypedInPauses(this.#test, { since: this.heardAt, until: this.#openedAt ?? at });
    } catch (error) {
      // The next look at the clock tries again.
      if (isWorthRetrying(error) || error.status === 401) this.#isAway = this.#isBehind = true;
    }
    if (!this.#isAway) this.heardAt = at;
    this.#test.journal.isNeeded = this.#isAway;
  }
}
