// Owns the installation of the service worker that opens the player's page without network. Calls no endpoint itself.

/** True when this page was opened by the worker: all it needs is on this computer. */
export function isKeptOffline() {
  return Boolean(navigator.serviceWorker?.controller);
}

/** Install the worker at `url`, once the page has nothing more urgent to fetch; without one the page works as before. */
export function keepPageOffline(url) {
  if (!url || !navigator.serviceWorker) return;
  const install = () => navigator.serviceWorker.register(url, { scope: "/exam" }).catch(() => {});
  if (document.readyState === "complete") install();
  else addEventListener("load", install, { once: true });
}
