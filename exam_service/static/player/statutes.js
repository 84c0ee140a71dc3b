// Owns the getting of the script that fetches and shows the permitted documents (static/statutes): only where an exam has
// any, from the waiting room on, again and again without network. Calls no endpoint itself.
import { isWorthRetrying } from "./api.js";
import { isDialogOpen } from "./dialogs.js";
import { announce, focusOn, h, icon } from "./dom.js";
import { fill, locale } from "./i18n.js";
import { readShortcut } from "./keys.js";
import { retryDelay } from "./saver.js";

const page = { announce, fill, focusOn, h, icon, isDialogOpen, isWorthRetrying, locale, readShortcut, retryDelay };
let shelf = null;

/** The shelf (static/statutes/shelf.js), once it is here, of the documents that the exam of `current` permits; null without any. */
export function permittedBy(current, api) {
  if (current.policy?.statutes?.length > 0) shelf ??= load(current, api, 1);
  return shelf;
}

/** Have them beside the running `test`, their button in the bar `header`; called again whenever the bar is drawn anew. */
export function serveStatutes(header, test, api) {
  permittedBy(test.current, api)?.then((shelf) => shelf.serve(test, header.querySelector(".header-tools")));
}

async function load(current, api, tries) {
  const { statutesScript: script, statutesSheet: sheet } = document.body.dataset;
  try {
    // Under another address after a failure: a browser may have given up on the first for as long as the page lives.
    const { createShelf } = await import(tries === 1 ? script : `${script}&try=${tries}`);
    return createShelf({ current, api, page, files: [script, sheet] });
  } catch {
    await new Promise((resolve) => {
      setTimeout(resolve, retryDelay(tries));
      addEventListener("online", resolve, { once: true });
    });
    return load(current, api, tries + 1);
  }
}
