// Owns the comforts of the list of items: filters folded away on a phone, and the keyboard. Calls no endpoint.

/* On a phone the filters start closed; without script they are open. */
if (window.matchMedia("(max-width: 640px)").matches) {
  for (const drawer of document.querySelectorAll("details[data-drawer]")) drawer.open = false;
}

/* Keys of the list: / searches, J and K go from row to row, X ticks the row. Never while somebody types. */
const rows = () => [...document.querySelectorAll("a[data-row-link]")];

function go(step) {
  const links = rows();
  const place = links.indexOf(document.activeElement);
  const next = place < 0 ? (step > 0 ? 0 : links.length - 1) : place + step;
  links[Math.max(0, Math.min(links.length - 1, next))]?.focus();
}

function tick() {
  const box = document.activeElement?.closest("tr")?.querySelector("input[data-tick]");
  box?.click();
}

const KEYS = {
  "/": () => document.querySelector('.filters input[type="search"]')?.focus(),
  j: () => go(1),
  k: () => go(-1),
  x: tick,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !rows().length) return;
  if (event.target.closest?.("input:not(.tick), textarea, select, dialog[open]")) return;
  const act = KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
