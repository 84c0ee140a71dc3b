// Owns what the candidate has answered: the one truth that the screens show and the saver sends. Writes every change to
// the journal at once. Calls no endpoint.
import { completeness } from "./types/index.js";

// A sequence is counter × STRIDE + mark, the mark drawn once per open page (a Lamport clock with a tie-breaker): two
// pages can never give different answers the same sequence, so a confirmation is always about the answer that was sent.
const STRIDE = 1024;
const MARK = crypto.getRandomValues(new Uint16Array(1))[0] % STRIDE;

/** The smallest sequence of this page above `highest`. */
export function sequenceAfter(highest, mark = MARK) {
  return (Math.floor(highest / STRIDE) + 1) * STRIDE + mark;
}

// The server's times and ours may disagree by so much.
const CLOCK_DOUBT_MS = 2000;

const rowOf = ({ slot, response, flagged, seen, sequence, acknowledged, savedAt }) => ({ slot, response, flagged, seen, sequence, acknowledged, savedAt });

const sameResponse = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Events: "change" {slot} after the candidate changed an answer or a flag; "state" {slot} after anything shown about the
 * slot may differ (also seen, saved, refused); "kept" {slot} once the journal has its last change; "unkept" once when the browser's storage stops taking answers.
 */
export class Answers extends EventTarget {
  /** The slot that was open last in this page; null before the first. */
  place = null;

  #journal;
  #entries = new Map();
  #unkept = new Map(); // slot → sequence that the journal is still writing

  /** `form` and `responses` as the server starts the attempt with; call `load` before anything else. */
  constructor(form, journal) {
    super();
    this.#journal = journal;
    this.slots = form.sections.flatMap((section) => section.slots.map((slot) => ({ ...slot, section: section.title })));
    for (const [index, slot] of this.slots.entries()) {
      slot.number = index + 1;
      this.#entries.set(slot.slot, {
        slot: slot.slot, response: null, flagged: false, seen: false, sequence: 0, acknowledged: 0, savedAt: null, refusal: null,
      });
    }
  }

  /**
   * Join what the server holds with what the journal kept. The server wins unless the journal has an unsent change;
   * that one is numbered above both and goes out again.
   */
  async load(responses) {
    const kept = await this.#journal.answers();
    for (const { slot, sequence, response, flagged, saved_at: savedAt } of responses) {
      const entry = this.#entries.get(slot);
      if (entry) Object.assign(entry, { response, flagged, sequence, acknowledged: sequence, savedAt, seen: true });
    }
    for (const answer of kept) this.#join(answer);
    // A restart without network finds here what another computer had sent before.
    const known = new Map(kept.map((answer) => [answer.slot, answer.sequence]));
    for (const entry of this.#entries.values()) if (entry.sequence > 0 && known.get(entry.slot) !== entry.sequence) this.#keep(entry);
  }

  /** What the journal says the server holds, for a start without network. */
  static async confirmedIn(journal) {
    return (await journal.answers()).filter(({ sequence, acknowledged }) => sequence > 0 && sequence <= acknowledged)
      .map(({ slot, sequence, response, flagged, savedAt }) => ({ slot, sequence, response, flagged, saved_at: savedAt }));
  }

  #join(kept) {
    const entry = this.#entries.get(kept.slot);
    if (!entry) return;
    entry.seen ||= kept.seen;
    // Entered here before another computer took over and saved something newer: the newer one stands.
    if (entry.savedAt && kept.madeAt && kept.madeAt < Date.parse(entry.savedAt) - CLOCK_DOUBT_MS && entry.acknowledged !== kept.acknowledged) return;
    if (kept.sequence <= kept.acknowledged || kept.sequence === entry.acknowledged) return;
    if (sameResponse(kept.response, entry.response) && kept.flagged === entry.flagged) return;
    const sequence = kept.sequence > entry.acknowledged ? kept.sequence : sequenceAfter(entry.acknowledged);
    Object.assign(entry, { response: kept.response, flagged: kept.flagged, sequence });
    this.#keep(entry);
  }

  entry(slot) {
    return this.#entries.get(slot);
  }

  /** "none", "part" or "all": how much of what the slot asks for is answered. */
  completeness(slot) {
    return completeness(this.slots.find((each) => each.slot === slot).view, this.entry(slot).response);
  }

  /** True when anything is entered, as the receipt counts. */
  isAnswered(slot) {
    return this.completeness(slot) !== "none";
  }

  isUnsent(slot) {
    const { sequence, acknowledged } = this.entry(slot);
    return sequence > acknowledged;
  }

  /** False while the journal is still writing the last change of the slot, or of any slot. */
  isKept(slot) {
    return slot === undefined ? this.#unkept.size === 0 : !this.#unkept.has(slot);
  }

  setResponse(slot, response) {
    if (!sameResponse(this.entry(slot).response, response)) this.#change(slot, { response });
  }

  toggleFlag(slot) {
    this.#change(slot, { flagged: !this.entry(slot).flagged });
  }

  markSeen(slot) {
    const entry = this.entry(slot);
    if (entry.seen) return;
    entry.seen = true;
    this.#keep(entry);
    this.#tell("state", slot);
  }

  keepPlace(slot) {
    this.place = slot;
    this.#journal.keepPlace(slot).catch(() => this.#tell("unkept", slot));
  }

  async lastPlace() {
    const slot = await this.#journal.place();
    return this.#entries.has(slot) ? slot : null;
  }

  /**
   * The server, asked to store `sent`, holds `sequence` since `savedAt`. A higher one than sent means that another page
   * has written in between: what the candidate did here last is then numbered anew and goes out again.
   */
  acknowledge(slot, { sequence, savedAt, sent }) {
    const entry = this.entry(slot);
    entry.acknowledged = Math.max(entry.acknowledged, sequence);
    entry.savedAt = savedAt;
    if (sequence > sent && entry.sequence <= sequence) entry.sequence = sequenceAfter(sequence);
    this.#keep(entry);
    if (this.unsent().length === 0) this.#journal.shorten().catch(() => {});
    this.#tell("state", slot);
  }

  /** The server will never take this answer as it is; `reason` is shown until the candidate changes it. */
  refuse(slot, reason) {
    this.entry(slot).refusal = reason;
    this.#tell("state", slot);
  }

  /** What the server refused is to be sent as it is once more. */
  retryRefused() {
    for (const slot of this.refused()) this.entry(slot).refusal = null;
  }

  /** The server turned out not to hold these slots as confirmed: send them again. */
  reopen(slots) {
    for (const slot of slots) {
      const entry = this.entry(slot);
      if (entry && entry.sequence > 0) entry.acknowledged = Math.min(entry.acknowledged, entry.sequence - 1);
    }
  }

  /** Slots whose last change the server has not confirmed, in the order of the paper. */
  unsent() {
    return this.slots.map(({ slot }) => slot).filter((slot) => this.isUnsent(slot));
  }

  /** Slots the server refused, in the order of the paper. */
  refused() {
    return this.slots.map(({ slot }) => slot).filter((slot) => this.entry(slot).refusal !== null);
  }

  /** `answered` includes the `partial` ones. */
  counts() {
    const states = this.slots.map(({ slot }) => this.completeness(slot));
    const [unanswered, partial] = ["none", "part"].map((state) => states.filter((each) => each === state).length);
    const flagged = this.slots.filter(({ slot }) => this.entry(slot).flagged).length;
    return { total: states.length, answered: states.length - unanswered, partial, unanswered, flagged };
  }

  /** {slot: sequence} of everything ever answered: what a submission vouches for. */
  sequences() {
    return Object.fromEntries([...this.#entries.values()].filter(({ sequence }) => sequence > 0).map(({ slot, sequence }) => [slot, sequence]));
  }

  lastSavedAt() {
    const times = [...this.#entries.values()].map(({ savedAt }) => savedAt).filter(Boolean);
    return times.length === 0 ? null : times.reduce((one, other) => (Date.parse(one) >= Date.parse(other) ? one : other));
  }

  /** What the journal can prove, for a delivery after the deadline; null when it can prove nothing. */
  carried() {
    return this.#journal.carried();
  }

  /** The file for staff, {name, text}; null when there is nothing to carry. */
  file(number) {
    return this.#journal.answerFile(number);
  }

  forget() {
    return this.#journal.clear();
  }

  #change(slot, change) {
    const entry = this.entry(slot);
    const sequence = sequenceAfter(Math.max(entry.sequence, entry.acknowledged));
    Object.assign(entry, change, { sequence, refusal: null });
    this.#record(entry);
    this.#tell("change", slot);
    this.#tell("state", slot);
  }

  /** Until the journal has it on the disk it is not said to be kept. */
  #record(entry) {
    this.#unkept.set(entry.slot, entry.sequence);
    let isOnDisk = true;
    this.#journal.record(rowOf(entry)).catch(() => {
      isOnDisk = false;
      this.#tell("unkept", entry.slot);
    }).then(() => {
      if (this.#unkept.get(entry.slot) !== entry.sequence) return;
      this.#unkept.delete(entry.slot);
      this.#tell("state", entry.slot);
      this.#tell("kept", entry.slot, isOnDisk);
    });
  }

  #keep(entry) {
    this.#journal.keep(rowOf(entry)).catch(() => this.#tell("unkept", entry.slot));
  }

  #tell(name, slot, isOnDisk) {
    this.dispatchEvent(new CustomEvent(name, { detail: { slot, isOnDisk } }));
  }
}
