// Owns everything the player keeps in the browser: the answers of an attempt until and after the server has them, the
// question that was open, and the display preferences. No other module touches IndexedDB or localStorage.
// Calls no endpoint. IndexedDB first, localStorage where it is refused, memory as the last resort (and `kind` says so).

const DATABASE = "sat-hach-journal";
const PREFIX = "sat-hach:";
const OPEN_TIMEOUT_MS = 3000;

/**
 * An answer as kept: {slot, response, flagged, seen, sequence, acknowledged, savedAt}. `sequence` is that of the last
 * change, `acknowledged` the highest one the server has confirmed; the answer is unsent while they differ.
 */
export class Journal {
  #backend;

  constructor(backend) {
    this.#backend = backend;
  }

  /** "indexeddb", "localstorage" or "memory"; only the last does not survive a reload. */
  get kind() {
    return this.#backend.kind;
  }

  /** Every kept answer of the attempt. */
  answers() {
    return this.#backend.answers();
  }

  /** Keep `answer` unless a newer sequence of the same slot is already kept (a second tab writes here too). */
  keep(answer) {
    return this.#backend.keep(answer);
  }

  /** The slot that was open last, or null. */
  place() {
    return this.#backend.place();
  }

  keepPlace(slot) {
    return this.#backend.keepPlace(slot);
  }

  /** Forget the attempt: called only when the server holds every answer. */
  clear() {
    return this.#backend.clear();
  }
}

/** Open the journal of `attemptId` in the best storage that really works on this computer. */
export async function openJournal(attemptId) {
  const backends = [
    async () => new IndexedBackend(await openDatabase(), attemptId),
    async () => new LocalBackend(attemptId),
  ];
  for (const open of backends) {
    try {
      const backend = await open();
      await backend.probe();
      return new Journal(backend);
    } catch {
      // Private windows, full disks and locked-down browsers refuse storage in many ways; the next kind is tried.
    }
  }
  return new Journal(new MemoryBackend());
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked by another tab"));
  });
}

async function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("answers", { keyPath: ["attempt", "slot", "sequence"] });
    request.result.createObjectStore("places", { keyPath: "attempt" });
  };
  return Promise.race([settled(request), giveUp()]);
}

/** Some locked-down browsers never answer the request to open a database. */
function giveUp() {
  return new Promise((_, reject) => { setTimeout(() => reject(new Error("the database did not open")), OPEN_TIMEOUT_MS); });
}

class IndexedBackend {
  kind = "indexeddb";
  #database;
  #attempt;

  constructor(database, attempt) {
    this.#database = database;
    this.#attempt = attempt;
    database.onversionchange = () => database.close();
  }

  /** All answers of the attempt, or those to `slot` below `sequence`. */
  #range(slot, sequence) {
    if (slot === undefined) return IDBKeyRange.bound([this.#attempt], [this.#attempt, []]);
    return IDBKeyRange.bound([this.#attempt, slot], [this.#attempt, slot, sequence], false, true);
  }

  /**
   * Run `work(store)` in one transaction; resolves after it is on the disk ("strict": a power cut is not unusual). It
   * only writes and is committed at once, so that nothing more is needed from a page that is closed in this moment.
   */
  async #write(name, work) {
    const transaction = this.#database.transaction(name, "readwrite", { durability: "strict" });
    work(transaction.objectStore(name));
    transaction.commit();
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error ?? new Error("storage refused the write"));
    });
  }

  async probe() {
    await this.#write("places", (store) => {
      store.put({ attempt: "probe", slot: 0 });
      store.delete("probe");
    });
  }

  /** In the order of their keys, so that the newest of a slot comes last and stands. */
  async answers() {
    const rows = await settled(this.#database.transaction("answers").objectStore("answers").getAll(this.#range()));
    return [...new Map(rows.map((row) => [row.slot, row])).values()];
  }

  keep(answer) {
    return this.#write("answers", (store) => {
      store.put({ ...answer, attempt: this.#attempt });
      store.delete(this.#range(answer.slot, answer.sequence));
    });
  }

  async place() {
    const row = await settled(this.#database.transaction("places").objectStore("places").get(this.#attempt));
    return row ? row.slot : null;
  }

  keepPlace(slot) {
    return this.#write("places", (store) => store.put({ attempt: this.#attempt, slot }));
  }

  async clear() {
    await this.#write("answers", (store) => store.delete(this.#range()));
    await this.#write("places", (store) => store.delete(this.#attempt));
  }
}

class LocalBackend {
  kind = "localstorage";
  #prefix;

  constructor(attempt) {
    this.#prefix = `${PREFIX}${attempt}:`;
  }

  async probe() {
    localStorage.setItem(`${PREFIX}probe`, "1");
    localStorage.removeItem(`${PREFIX}probe`);
  }

  #keys() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.#prefix));
  }

  async answers() {
    return this.#keys().filter((key) => !key.endsWith(":place")).map((key) => JSON.parse(localStorage.getItem(key)));
  }

  async keep(answer) {
    const key = `${this.#prefix}${answer.slot}`;
    const kept = JSON.parse(localStorage.getItem(key));
    if (!kept || kept.sequence <= answer.sequence) localStorage.setItem(key, JSON.stringify(answer));
  }

  async place() {
    return JSON.parse(localStorage.getItem(`${this.#prefix}place`));
  }

  async keepPlace(slot) {
    localStorage.setItem(`${this.#prefix}place`, JSON.stringify(slot));
  }

  async clear() {
    for (const key of this.#keys()) localStorage.removeItem(key);
  }
}

class MemoryBackend {
  kind = "memory";
  #answers = new Map();
  #place = null;

  async answers() {
    return [...this.#answers.values()];
  }

  async keep(answer) {
    this.#answers.set(answer.slot, answer);
  }

  async place() {
    return this.#place;
  }

  async keepPlace(slot) {
    this.#place = slot;
  }

  async clear() {
    this.#answers.clear();
    this.#place = null;
  }
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
