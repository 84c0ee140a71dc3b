// Owns what is kept about an attempt and how: the answers until and after the server has them, the chain that proves their
// order, the paper, the place, the candidate's own marks. Calls no endpoint. Everything is encrypted (vault.js) before it
// goes to the storage (storage.js).
import { openStorage } from "./storage.js";
import { canEncrypt, digestOf, importKeys, openPaper, randomId, Vault } from "./vault.js";

const LONG_CHAIN = 300;

/**
 * An answer as kept: {slot, response, flagged, seen, sequence, acknowledged, savedAt, madeAt, text}. `sequence` is that of
 * the last change, `acknowledged` the highest one the server has confirmed; the answer is unsent while they differ.
 * `madeAt` and `text` (the response as JSON) are those of the last entry in the chain.
 */
class Journal {
  #storage;
  #vault = null;
  #attempt;
  #waiting = new Map(); // slot → {answer, text, isNew, isAnswer, time}: what the next write takes
  #writing = null;
  #made = new Map(); // slot → {madeAt, text}
  #texts = new Map(); // slot → the response as JSON as it was handed over last, by the candidate or by the server

  /** Set by the running test: the chain stays whole while it has not been compared with the pauses (pauses.js). */
  isNeeded = false;

  /** Set by the running test: the present moment as server_time.js reads it. */
  readTime = () => ({ at: 0, wall: 0, isSteady: false });

  constructor(storage, attempt) {
    this.#storage = storage;
    this.#attempt = attempt;
  }

  /** "indexeddb" or "memory"; only the first survives a reload. */
  get kind() {
    return this.#storage.kind;
  }

  /** Keep the paper as it was fetched before the start. */
  async keepSealedPaper(sealed) {
    await this.#storage.keepSitting({ sealed });
  }

  async hasSealedPaper() {
    return canEncrypt() && (await this.#storage.sitting())?.sealed !== undefined;
  }

  /** The id under which this browser holds the attempt; a new one when it is to be another page's successor. */
  async holder({ isNew = false } = {}) {
    const kept = (await this.#storage.sitting())?.holder;
    if (kept && !isNew) return kept;
    // Only told apart from the other pages of the same attempt, and sent with every answer: half of an id is enough.
    const holder = canEncrypt() ? randomId().slice(0, 16) : String(Math.random()).slice(2);
    await this.#storage.keepSitting({ holder });
    return holder;
  }

  /** Take the keys of the start, or, without them, those kept from before. Returns false when there are none. */
  async unlock(secrets = null) {
    if (!canEncrypt()) return secrets !== null;
    const keys = secrets ? await importKeys(secrets) : (await this.#storage.sitting())?.keys;
    if (!keys) return false;
    if (secrets) await this.#storage.keepSitting({ keys });
    this.#vault = new Vault(keys, this.#attempt);
    return true;
  }

  /** The paper that was kept sealed, opened by `secret`; null when there is none or it is damaged. */
  async openSealedPaper(secret) {
    const sealed = (await this.#storage.sitting())?.sealed;
    try {
      return sealed ? await openPaper(sealed, { secret, attemptId: this.#attempt }) : null;
    } catch {
      return null;
    }
  }

  /** Keep what a restart without network needs: the paper and the attempt with its token. */
  async keepSitting(sitting) {
    if (this.#vault) await this.#storage.keepSitting({ box: await this.#vault.seal(sitting), sealed: undefined });
  }

  /** Keep the time: `at`, `deadlineAt` and `wallOffset` as server_time.js knows them, when the room was heard, a renewed token. */
  async keepTime(time) {
    if (this.#vault) await this.#storage.keepSitting({ time: await this.#vault.seal(time) });
  }

  /** What `keepSitting` and `keepTime` kept, joined; null when there is nothing. */
  async sitting() {
    const kept = await this.#storage.sitting();
    if (!this.#vault || !kept?.box || !kept.time) return null;
    return { ...(await this.#vault.open(kept.box)), ...(await this.#vault.open(kept.time)) };
  }

  /** Every kept answer of the attempt. */
  async answers() {
    const found = [];
    for (const row of await this.#storage.answers()) found.push(await this.#unseal(row.box));
    for (const { slot, madeAt, text, response } of found) {
      if (text !== undefined) this.#made.set(slot, { madeAt, text });
      if (!this.#texts.has(slot)) this.#texts.set(slot, JSON.stringify(response));
    }
    return found;
  }

  /** Keep `answer`; nothing was entered (it was seen, or confirmed). */
  keep(answer) {
    return this.#write(answer, false);
  }

  /** Keep `answer` that the candidate has just entered, as the next entry of the chain. */
  record(answer) {
    return this.#write(answer, true);
  }

  /** Changes that come while one is being written go together, the last of each slot. */
  #write(answer, isNew) {
    const text = JSON.stringify(answer.response);
    // A mark that was set or taken away is no answer. Told here, where the order is the candidate's: a write may be tried twice.
    const isAnswer = isNew && text !== (this.#texts.get(answer.slot) ?? "null");
    this.#texts.set(answer.slot, text);
    this.#wait({ answer, text, isNew, isAnswer, time: isNew ? this.readTime() : undefined });
    return this.#drained();
  }

  /** What was entered stays so, and an answer stays one, when something else of its slot follows before it is written. */
  #wait(change) {
    const before = this.#waiting.get(change.answer.slot);
    change.isNew ||= before?.isNew;
    change.isAnswer ||= before?.isAnswer;
    change.time ??= before?.time;
    this.#waiting.set(change.answer.slot, change);
  }

  #drained() {
    this.#writing ??= this.#drain();
    return this.#writing;
  }

  async #drain() {
    try {
      while (this.#waiting.size > 0) await this.#writeBatch([...this.#waiting.values()]);
    } finally {
      // At once: who comes after the last look at what waits must start anew.
      this.#writing = null;
    }
  }

  /** What the storage refuses waits for the next write, unless something newer of its slot waits already. */
  async #writeBatch(batch) {
    this.#waiting.clear();
    try {
      // Another page of this browser may have written in between: its entry stays, and ours follow it.
      for (let isWritten = false; !isWritten;) isWritten = await this.#storage.write(await this.#prepare(batch));
    } catch (error) {
      const newer = [...this.#waiting.values()];
      for (const change of [...batch, ...newer]) this.#wait(change);
      throw error;
    }
  }

  async #prepare(batch) {
    const answers = [];
    const entries = [];
    let head = (this.#vault && (await this.#storage.head())) || { chain: canEncrypt() ? randomId() : "", n: 0, mac: "" };
    for (const { answer, text, isNew, isAnswer, time } of batch) {
      if (isNew) {
        this.#made.set(answer.slot, { madeAt: time.at, text });
        if (this.#vault) {
          const entry = await this.#sign(answer, { head, text, time });
          head = { chain: head.chain, n: head.n + 1, mac: entry.mac };
          entries.push({ n: head.n, box: await this.#vault.seal({ ...entry, isAnswer }) });
        }
      }
      const kept = { ...answer, ...this.#made.get(answer.slot) };
      answers.push({ slot: answer.slot, sequence: answer.sequence, box: await this.#seal(kept) });
    }
    return { answers, entries, head };
  }

  async #sign({ slot, sequence, flagged }, { head, text, time }) {
    const body = JSON.stringify({
      attempt: this.#attempt, chain: head.chain, n: head.n + 1, slot, sequence, digest: await digestOf(text), flagged,
      at: time.at, wall: time.wall, steady: time.isSteady,
    });
    return { body, mac: await this.#vault.sign(head.mac || head.chain, body) };
  }

  /** The chain and the newest answers it speaks of, as the server reads them; null when nothing was entered. */
  async carried() {
    if (!this.#vault) return null;
    // What the storage refused before gets another chance; what it holds is carried in any case.
    if (this.#waiting.size > 0) await this.#drained().catch(() => {});
    await this.#writing?.catch(() => {});
    const chain = [];
    for (const row of await this.#storage.chain()) {
      const { body, mac } = await this.#vault.open(row.box);
      chain.push({ body, mac });
    }
    if (chain.length === 0) return null;
    const slots = new Set(chain.map(({ body }) => JSON.parse(body).slot));
    const answers = (await this.answers()).filter(({ slot }) => slots.has(slot));
    return { chain, answers: answers.map(({ slot, sequence, text, flagged }) => ({ slot, sequence, text, flagged })) };
  }

  /** The file for staff: its text and `name`, bound to the candidate `number`; null when there is nothing to carry. */
  async answerFile(number) {
    const carried = await this.carried();
    if (!carried) return null;
    const head = { format: "sat-hach-answer-file", version: 1, attempt: this.#attempt, candidate: number, made_at: String(this.readTime().at) };
    const content = { ...carried, signals: await this.#carriedSignals() };
    const box = await this.#vault.pack(JSON.stringify(content), Object.values(head).join(":"));
    return { name: `bai-lam-${number}.sathach`, text: JSON.stringify({ ...head, box }) };
  }

  /** The server holds everything: a long chain may begin anew. */
  async shorten() {
    const head = this.#vault && !this.#writing && !this.isNeeded ? await this.#storage.head() : null;
    if (head && head.n >= LONG_CHAIN) await this.#storage.forgetChain();
  }

  /** The slot that was open last, or null. */
  async place() {
    return (await this.#storage.sitting())?.place ?? null;
  }

  async keepPlace(slot) {
    await this.#storage.keepSitting({ place: slot });
  }

  /** Marks and notes of the candidate that are no part of the answers; null at first. */
  async tools() {
    const kept = await this.#storage.sitting();
    return kept?.tools ? this.#unseal(kept.tools) : null;
  }

  async keepTools(tools) {
    await this.#storage.keepSitting({ tools: await this.#seal(tools) });
  }

  /** What the room was told (`name`: machine.js, pauses.js); no secret, and kept before the keys are here. */
  async told(name) {
    return (await this.#storage.sitting())?.[name] ?? {};
  }

  keepTold(name, what) {
    return this.#storage.keepSitting({ [name]: what });
  }

  /** The entries in which an answer was changed, in their order, as `#sign` writes them: {slot, at, steady, …}. */
  async moments() {
    const found = [];
    for (const row of await this.#storage.chain()) {
      const { body, isAnswer } = await this.#vault.open(row.box);
      if (isAnswer) found.push(JSON.parse(body));
    }
    return found;
  }

  /** Signals (attention.js) that have not reached the server. */
  async signals() {
    const kept = await this.#storage.sitting();
    return kept?.signals ? this.#unseal(kept.signals) : [];
  }

  /** With the page that noted them, which tells them apart from another page's; null when there are none. */
  async #carriedSignals() {
    const signals = await this.signals().catch(() => []);
    return signals.length > 0 ? { page: await this.holder(), signals } : null;
  }

  async keepSignals(signals) {
    await this.#storage.keepSitting({ signals: await this.#seal(signals) });
  }

  /** Forget the attempt: called only when the server holds every answer. */
  clear() {
    return this.#storage.clear();
  }

  /** What stays in the memory of this page needs no lock; what goes to the disk is never written in clear. */
  async #seal(value) {
    if (this.#vault) return this.#vault.seal(value);
    if (this.kind !== "memory") throw new Error("the journal is locked");
    return value;
  }

  async #unseal(box) {
    return this.#vault ? this.#vault.open(box) : box;
  }
}

/** Open the journal of `attemptId` in the best storage that really works on this computer. */
export async function openJournal(attemptId) {
  return new Journal(await openStorage(attemptId), attemptId);
}
