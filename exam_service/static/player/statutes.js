// Owns the permitted documents of the exam on this computer: they come in the background, are checked against the hash that
// the seal fixed, and stay here when the network goes; and the button and the key that open them. Panel and sheet are files
// of their own (static/statutes), which come after the test can be used. Endpoint (through api.js): GET /{id}/statutes/{sha256}.
import { isWorthRetrying } from "./api.js";
import { isDialogOpen } from "./dialogs.js";
import { announce, focusOn, h, icon } from "./dom.js";
import { locale, t } from "./i18n.js";
import { readShortcut } from "./keys.js";
import { retryDelay } from "./saver.js";
import { keepDocument, keepOnly, keptDocument } from "./storage.js";
import { isDigestOf } from "./vault.js";

const SPREAD_MS = 10_000; // a room does not ask for everything in one moment
const LONGEST_WAIT_MS = 300_000;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

let known = null;

/** The documents that the exam of `current` permits, the same ones until its test is over; null when there are none. */
export function permittedBy({ attempt_id: attemptId, policy }, api) {
  if (policy?.statutes?.length > 0) known ??= new Statutes({ api, attemptId, list: policy.statutes, links: document.body.dataset });
  return known;
}

/** Fires "changed" when a document has come, or cannot come for now. */
class Statutes extends EventTarget {
  #api;
  #attemptId;
  #links;
  #files = new Map(); // sha256 → {state, bytes}
  #coming = null;
  #wake = () => {};
  #panel = null;
  #page = new AbortController();
  #button = null;
  #before = null; // what had the focus

  /** `list` as the policy names them; `links` has the addresses `statutesScript` and `statutesSheet`. */
  constructor({ api, attemptId, list, links }) {
    super();
    this.list = list;
    this.#api = api;
    this.#attemptId = attemptId;
    this.#links = links;
  }

  /** "ready", "loading", "waiting" (no network) or "refused". */
  stateOf(sha256) {
    return this.#files.get(sha256)?.state ?? "loading";
  }

  /** The content of a document that is ready. */
  read(sha256) {
    return JSON.parse(new TextDecoder().decode(this.#files.get(sha256).bytes));
  }

  /** Get everything that is missing, without hurry unless somebody waits for it; goes on through network losses. */
  come({ isAwaited = false } = {}) {
    this.#coming ??= this.#comeOneByOne(isAwaited ? 0 : Math.random() * SPREAD_MS);
    if (isAwaited) this.#wake();
    return this.#coming;
  }

  /** Resolves after `ms`, or as soon as there is a reason to try: somebody waits, the network is back. */
  #rest(ms) {
    return Promise.race([pause(ms), new Promise((resolve) => {
      this.#wake = resolve;
      addEventListener("online", resolve, { once: true });
    })]);
  }

  async #comeOneByOne(wait) {
    for (const { sha256 } of this.list) await this.#fromHere(sha256);
    await this.#rest(wait);
    this.#loadPanel().catch(() => {});
    for (const { sha256 } of this.list) if (this.stateOf(sha256) !== "ready") await this.#fromServer(sha256);
    await keepOnly(this.list.map(({ sha256 }) => sha256), [this.#links.statutesScript, this.#links.statutesSheet]);
  }

  async #fromHere(sha256) {
    const bytes = await keptDocument(sha256);
    // Somebody may have written into the browser's store.
    if (bytes && await isDigestOf(bytes, sha256)) this.#set(sha256, "ready", bytes);
  }

  async #fromServer(sha256) {
    for (let failures = 1; !this.#page.signal.aborted; failures += 1) {
      try {
        const bytes = await this.#api.statute(this.#attemptId, sha256);
        if (!await isDigestOf(bytes, sha256)) return this.#set(sha256, "refused");
        await keepDocument(sha256, bytes);
        return this.#set(sha256, "ready", bytes);
      } catch (error) {
        const isEarly = error.code === "too_early";
        if (!isEarly && !isWorthRetrying(error)) return this.#set(sha256, "refused");
        this.#set(sha256, "waiting");
        await this.#rest(isEarly ? Math.min(error.body.starts_in_ms + 1000, LONGEST_WAIT_MS) : retryDelay(failures));
      }
    }
    return undefined;
  }

  #set(sha256, state, bytes = null) {
    this.#files.set(sha256, { state, bytes });
    this.dispatchEvent(new Event("changed"));
  }

  /** The panel's script, once; a failure may be tried again under an address that no browser has given up on. */
  async #loadPanel() {
    const { statutesScript: script, statutesSheet: sheet } = this.#links;
    this.tries = (this.tries ?? 0) + 1;
    if (!document.querySelector(`link[href="${sheet}"]`)) document.head.append(h("link", { rel: "stylesheet", href: sheet }));
    return import(this.tries === 1 || this.create ? script : `${script}&try=${this.tries}`).then(({ createPanel }) => { this.create = createPanel; });
  }

  /** Serve the running `test` until its end: a button in `place`, and the key V. */
  serve(test, place) {
    const { tools } = test;
    this.come();
    for (const end of ["ended", "displaced"]) test.addEventListener(end, () => this.end());
    this.#button = h("button", { class: "tool tool-statutes", type: "button", "aria-expanded": "false", onclick: () => this.toggle(tools) }, icon("book"), h("span", {}, t("statutes")));
    place.prepend(this.#button);
    // Before everybody else: the panel lets no letter through.
    addEventListener("keydown", (event) => {
      if (isDialogOpen() || readShortcut(event)?.command !== "statutes") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.toggle(tools);
    }, { capture: true, signal: this.#page.signal });
  }

  /** Open the panel, go there when it is open already, close it from within. */
  async toggle(tools) {
    if (this.#panel?.isOpen) return this.#panel.hasFocus ? this.#panel.close() : this.#panel.focus();
    try {
      if (!this.create) await this.#loadPanel();
    } catch {
      return announce(t("statutes_later"));
    }
    if (this.#page.signal.aborted) return undefined;
    this.come({ isAwaited: true });
    this.#before = document.activeElement;
    this.#panel ??= this.create({ shelf: this, page: { h, icon, announce, focusOn, locale }, places: tools.places, onClose: () => this.#onClose() });
    this.#button.setAttribute("aria-expanded", "true");
    return this.#panel.open();
  }

  #onClose() {
    this.#button.setAttribute("aria-expanded", "false");
    (this.#before?.isConnected && this.#before !== document.body ? this.#before : this.#button).focus();
  }

  /** The test is over here. */
  end() {
    if (this.#panel?.isOpen) this.#panel.close();
    this.#button?.remove();
    this.#page.abort();
    known = null;
  }
}
