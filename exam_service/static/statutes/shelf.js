// Owns the permitted documents on this computer: they come in the background, are checked against the hash that the seal
// fixed, and stay when the network goes; and the button and the key that open the panel. Endpoint (through the player's
// api.js): GET /{id}/statutes/{sha256}.
import { createPanel } from "./panel.js";
import { sentencesIn } from "./sentences.js";
import { isDigestOf, keep, keepFiles, keepOnly, kept } from "./store.js";

const SPREAD_MS = 10_000; // a room does not ask for everything in one moment
const LONGEST_WAIT_MS = 300_000;
const SIGNED_OUT = new Set([401, 403]); // until the candidate has signed in again, in this page

/**
 * The shelf of the documents that the exam of `current` permits, on their way from now on. `page` is what is used of the
 * player, `files` are the addresses of this script and its sheet.
 */
export function createShelf({ current, api, page, files }) {
  const shelf = new Shelf({ current, api, page, files });
  shelf.come();
  return shelf;
}

/** Fires "changed" when a document has come, or cannot come for now. */
class Shelf extends EventTarget {
  #files = new Map(); // sha256 → {state, bytes}
  #coming = null;
  #wake = () => {};
  #panel = null;
  #button = null;
  #places = null; // {get(name), keep(name, place)}: where the candidate was reading
  #before = null; // what had the focus
  #end = new AbortController();

  constructor({ current, api, page, files }) {
    super();
    Object.assign(this, { list: current.policy.statutes, page, files });
    this.get = (sha256) => api.statute(current.attempt_id, sha256);
    document.head.append(page.h("link", { rel: "stylesheet", href: files[1] }));
  }

  /**
   * Serve the running `test` until its end: a button in `place`, and the key V. Called again when the bar has been drawn
   * anew, perhaps in another language.
   */
  serve(test, place) {
    if (this.#end.signal.aborted) return;
    const { h, icon } = this.page;
    const wasOpen = this.#panel?.isOpen;
    if (wasOpen) this.#panel.close();
    this.#panel = null;
    if (!this.#button) this.#listen(test);
    this.#button?.remove(); // the bar may be the same: it was drawn twice before the script came
    this.#places = test.tools.places;
    const onclick = () => this.#toggle();
    const label = sentencesIn(this.page)("button");
    this.#button = h("button", { class: "tool tool-statutes", type: "button", "aria-expanded": "false", onclick }, icon("book"), h("span", {}, label));
    place.prepend(this.#button);
    if (wasOpen) this.#toggle();
  }

  #listen(test) {
    const { isDialogOpen, readShortcut } = this.page;
    const { signal } = this.#end;
    // Before everybody else: the panel lets no letter through.
    addEventListener("keydown", (event) => {
      if (isDialogOpen() || readShortcut(event)?.command !== "statutes") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#toggle();
    }, { capture: true, signal });
    signal.addEventListener("abort", () => {
      if (this.#panel?.isOpen) this.#panel.close();
      this.#button.remove();
    });
    for (const end of ["ended", "displaced"]) test.addEventListener(end, () => this.#end.abort());
  }

  /** "ready", "loading", "waiting" (to try again) or "refused". */
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
    return new Promise((resolve) => {
      setTimeout(resolve, ms);
      this.#wake = resolve;
      addEventListener("online", resolve, { once: true });
    });
  }

  async #comeOneByOne(wait) {
    // At once: with one document of several a restart without network has a panel to show it in.
    keepFiles(this.files);
    for (const { sha256 } of this.list) {
      const bytes = await kept(sha256);
      if (bytes) this.#set(sha256, "ready", bytes);
    }
    await this.#rest(wait);
    for (const { sha256 } of this.list) if (this.stateOf(sha256) !== "ready") await this.#fromServer(sha256);
    await keepOnly(this.list.map(({ sha256 }) => sha256), this.files);
  }

  async #fromServer(sha256) {
    for (let failures = 1; !this.#end.signal.aborted; failures += 1) {
      try {
        const bytes = await this.get(sha256);
        if (!await isDigestOf(bytes, sha256)) return this.#set(sha256, "refused");
        await keep(sha256, bytes);
        return this.#set(sha256, "ready", bytes);
      } catch (error) {
        const isEarly = error.code === "too_early";
        if (!isEarly && !SIGNED_OUT.has(error.status) && !this.page.isWorthRetrying(error)) return this.#set(sha256, "refused");
        this.#set(sha256, "waiting");
        await this.#rest(isEarly ? Math.min(error.body.starts_in_ms + 1000, LONGEST_WAIT_MS) : this.page.retryDelay(failures));
      }
    }
    return undefined;
  }

  #set(sha256, state, bytes = null) {
    if (this.stateOf(sha256) === state) return;
    this.#files.set(sha256, { state, bytes });
    this.dispatchEvent(new Event("changed"));
  }

  /** Open the panel, go there when it is open already, close it from within. */
  #toggle() {
    if (this.#panel?.isOpen) {
      if (this.#panel.hasFocus) this.#panel.close();
      else this.#panel.focus();
      return;
    }
    this.come({ isAwaited: true });
    this.#before = document.activeElement;
    this.#panel ??= createPanel({ shelf: this, page: this.page, places: this.#places, onClose: () => this.#onClose() });
    this.#button.setAttribute("aria-expanded", "true");
    this.#panel.open();
  }

  #onClose() {
    this.#button.setAttribute("aria-expanded", "false");
    (this.#before?.isConnected && this.#before !== document.body ? this.#before : this.#button).focus();
  }
}
