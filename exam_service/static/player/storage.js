// Owns the browser's storage: IndexedDB, or the memory of the page where there is none or where nothing could be encrypted,
// the display preferences and the language. No other module touches IndexedDB or localStorage. What it is given about an attempt is
// encrypted already. Calls no endpoint.
import { canEncrypt } from "./vault.js";

const DATABASE = "sat-hach-journal";
const PREFIX = "sat-hach:";

/** The attempt of the practice test, which nobody resumes. */
export const PRACTICE = "practice";

const OPEN_TIMEOUT_MS = 3000;
const STORES = ["answers", "chain", "heads", "sittings"];

/** The best storage for `attemptId` that really works on this computer. */
export async function openStorage(attemptId) {
  if (canEncrypt()) {
    try {
      const storage = new IndexedStorage(await openDatabase(), attemptId);
      await storage.keepSitting({ openedAt: performance.timeOrigin });
      return storage;
    } catch {
      // Private windows, full disks and locked-down browsers refuse storage in many ways.
    }
  }
  return new MemoryStorage();
}

/** The attempt that was last opened here and is not forgotten, for a start without network; null when there is none. */
export async function lastAttempt() {
  if (!canEncrypt()) return null;
  try {
    const rows = await settled((await openDatabase()).transaction("sittings").objectStore("sittings").getAll());
    const kept = rows.filter(({ attempt, box }) => box !== undefined && attempt !== PRACTICE).sort((one, other) => other.openedAt - one.openedAt);
    return kept.length > 0 ? kept[0].attempt : null;
  } catch {
    return null;
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked by another tab"));
  });
}

async function openDatabase() {
  const request = indexedDB.open(DATABASE, 2);
  request.onupgradeneeded = () => {
    for (const name of request.result.objectStoreNames) request.result.deleteObjectStore(name);
    request.result.createObjectStore("answers", { keyPath: ["attempt", "slot", "sequence"] });
    request.result.createObjectStore("chain", { keyPath: ["attempt", "n"] });
    request.result.createObjectStore("heads", { keyPath: "attempt" });
    request.result.createObjectStore("sittings", { keyPath: "attempt" });
  };
  return Promise.race([settled(request), giveUp()]);
}

/** Some locked-down browsers never answer the request to open a database. */
function giveUp() {
  return new Promise((_, reject) => { setTimeout(() => reject(new Error("the database did not open")), OPEN_TIMEOUT_MS); });
}

class IndexedStorage {
  kind = "indexeddb";
  #database;
  #attempt;

  constructor(database, attempt) {
    this.#database = database;
    this.#attempt = attempt;
    database.onversionchange = () => database.close();
  }

  /** All rows of the attempt, or those to `slot` below `sequence`. */
  #range(slot, sequence) {
    if (slot === undefined) return IDBKeyRange.bound([this.#attempt], [this.#attempt, []]);
    return IDBKeyRange.bound([this.#attempt, slot], [this.#attempt, slot, sequence], false, true);
  }

  /** Run `work(transaction)`; resolves after it is on the disk ("strict": a power cut is not unusual). */
  async #change(names, work) {
    const transaction = this.#database.transaction(names, "readwrite", { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new Error("storage refused the write"));
    });
    work(transaction);
    await done;
  }

  #all(name) {
    return settled(this.#database.transaction(name).objectStore(name).getAll(this.#range()));
  }

  /** In the order of their keys, so that the newest of a slot comes last and stands. */
  async answers() {
    return [...new Map((await this.#all("answers")).map((row) => [row.slot, row])).values()];
  }

  chain() {
    return this.#all("chain");
  }

  head() {
    return settled(this.#database.transaction("heads").objectStore("heads").get(this.#attempt));
  }

  /** One transaction for answers and the entries that prove them; false when the chain has grown meanwhile. */
  async write({ answers, entries, head }) {
    try {
      await this.#change(["answers", "chain", "heads"], (transaction) => {
        for (const entry of entries) transaction.objectStore("chain").add({ ...entry, attempt: this.#attempt });
        if (entries.length > 0) transaction.objectStore("heads").put({ ...head, attempt: this.#attempt });
        for (const row of answers) {
          transaction.objectStore("answers").put({ ...row, attempt: this.#attempt });
          transaction.objectStore("answers").delete(this.#range(row.slot, row.sequence));
        }
        transaction.commit();
      });
      return true;
    } catch (error) {
      if (error?.name !== "ConstraintError") throw error;
      return false;
    }
  }

  forgetChain() {
    return this.#change(["chain", "heads"], (transaction) => {
      transaction.objectStore("chain").delete(this.#range());
      transaction.objectStore("heads").delete(this.#attempt);
    });
  }

  sitting() {
    return settled(this.#database.transaction("sittings").objectStore("sittings").get(this.#attempt));
  }

  keepSitting(part) {
    return this.#change(["sittings"], (transaction) => {
      const store = transaction.objectStore("sittings");
      const request = store.get(this.#attempt);
      request.onsuccess = () => store.put({ ...request.result, ...part, attempt: this.#attempt });
    });
  }

  clear() {
    return this.#change(STORES, (transaction) => {
      for (const name of ["answers", "chain"]) transaction.objectStore(name).delete(this.#range());
      for (const name of ["heads", "sittings"]) transaction.objectStore(name).delete(this.#attempt);
    });
  }
}

class MemoryStorage {
  kind = "memory";
  #answers = new Map();
  #sitting = {};

  async answers() {
    return [...this.#answers.values()];
  }

  async chain() {
    return [];
  }

  async head() {
    return null;
  }

  async write({ answers }) {
    for (const row of answers) this.#answers.set(row.slot, row);
    return true;
  }

  async forgetChain() {}

  async sitting() {
    return this.#sitting;
  }

  async keepSitting(part) {
    Object.assign(this.#sitting, part);
  }

  async clear() {
    this.#answers.clear();
    this.#sitting = {};
  }
}

/** Bytes that the browser would still keep for this service; null when it does not tell. */
export async function roomLeft() {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    return quota - usage;
  } catch {
    return null;
  }
}

/** The language that this browser's pages of the service are in, "vi" or "en"; null when nobody has chosen one. */
export function readLanguage() {
  return /(?:^|; )lang=(vi|en)(?:;|$)/.exec(document.cookie)?.[1] ?? null;
}

/** Keep the language where the service reads it as well. */
export function keepLanguage(language) {
  document.cookie = `lang=${language}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

/** The kept display preferences merged over `defaults`; the defaults alone where storage is refused or damaged. */
export function readPreferences(defaults) {
  try {
    return { ...defaults, ...JSON.parse(localStorage.getItem(`${PREFIX}preferences`)) };
  } catch {
    return { ...defaults };
  }
}

/** Keep the display preferences; a browser that refuses simply forgets them. */
export function keepPreferences(preferences) {
  try {
    localStorage.setItem(`${PREFIX}preferences`, JSON.stringify(preferences));
  } catch {
    // Nothing is lost but the comfort of the next visit.
  }
}
