// Owns what the candidate marks and notes for themselves: struck-out options, highlighted passages, a scratch note. None
// of it is part of an answer; it stays on this computer, encrypted in the journal, and is never sent. Calls no endpoint.

const KEEP_AFTER_MS = 400;

export class Tools {
  #journal;
  #timer = 0;
  #kept = { struck: {}, passages: {}, notes: "", places: {} };

  /** Where the candidate reads in each permitted document. */
  places = {
    get: (name) => this.#kept.places[name] ?? null,
    keep: (name, place) => {
      this.#kept.places[name] = place;
      this.#keepSoon();
    },
  };

  /** `allowed` names the tools of the policy: "eliminate", "mask", "highlight", "line_focus", "notes", "calculator", "statutes". */
  constructor(journal, allowed) {
    this.#journal = journal;
    this.allowed = new Set(allowed);
    addEventListener("pagehide", () => this.#keep());
  }

  async load() {
    try {
      Object.assign(this.#kept, await this.#journal.tools());
    } catch {
      // Nothing that counts is lost.
    }
  }

  isStruck(slot, option) {
    return this.#kept.struck[slot]?.includes(option) ?? false;
  }

  toggleStruck(slot, option) {
    const struck = this.#kept.struck[slot] ?? [];
    this.#kept.struck[slot] = struck.includes(option) ? struck.filter((each) => each !== option) : [...struck, option];
    this.#keepSoon();
  }

  /** Highlighted [start, end) of the question's text, counted in characters. */
  passages(slot) {
    return this.#kept.passages[slot] ?? [];
  }

  setPassages(slot, passages) {
    this.#kept.passages[slot] = passages;
    this.#keepSoon();
  }

  get notes() {
    return this.#kept.notes;
  }

  set notes(text) {
    this.#kept.notes = text;
    this.#keepSoon();
  }

  #keepSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), KEEP_AFTER_MS);
  }

  #keep() {
    clearTimeout(this.#timer);
    this.#journal.keepTools(this.#kept).catch(() => {});
  }
}
