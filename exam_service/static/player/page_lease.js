// Owns which page of this browser has the attempt: told by the browser's own locks, so that a second tab knows at once and
// a reload or a restart goes on without asking. Which computer has it is the server's to say. Calls no endpoint.

/** Events: "lost" when another tab of this browser has taken the attempt. */
export class PageLease extends EventTarget {
  #name;

  constructor(attemptId) {
    super();
    this.#name = `sat-hach:${attemptId}`;
  }

  /** True when this page has the attempt within this browser; `takesOver` takes it from another tab. */
  take({ takesOver = false } = {}) {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const options = takesOver ? { steal: true } : { ifAvailable: true };
      navigator.locks.request(this.#name, options, (lock) => {
        resolve(lock !== null);
        // Held until the page goes away or another tab steals it.
        return lock === null ? undefined : new Promise(() => {});
      }).catch(() => this.dispatchEvent(new Event("lost")));
    });
  }
}
