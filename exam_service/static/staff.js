// Owns the small comforts of staff pages: dialogs as modals, menus that close, selection counts, toasts.
// Calls no endpoint. Every page works without it; htmx replaces parts of pages, so listeners sit on the document.

const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

function openDialog(event) {
  const opener = closest(event, "a[data-dialog]");
  if (!opener) return;
  const dialog = document.getElementById(opener.hash.slice(1));
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  dialog.showModal();
}

function closeDialog(event) {
  const closer = closest(event, "[data-dialog-close]");
  const dialog = closer?.closest("dialog");
  if (!dialog?.open) return;
  event.preventDefault();
  dialog.close();
}

function dismiss(event) {
  closest(event, "[data-dismiss]")?.closest(".notice")?.remove();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

const ticksOf = (form) => [...document.querySelectorAll(`input[data-tick="${form}"]`)];
/** What lies in a closed fold is not on the page: "all" leaves it alone. */
const isShown = (tick) => tick.closest("details:not([open])") === null;

function showSelection(form) {
  const ticks = ticksOf(form);
  const chosen = ticks.filter((tick) => tick.checked).length;
  for (const tick of ticks) tick.closest("tr")?.classList.toggle("is-selected", tick.checked);
  const all = document.querySelector(`input[data-tick-all="${form}"]`);
  if (all) {
    all.checked = chosen > 0 && ticks.filter(isShown).every((tick) => tick.checked);
    all.indeterminate = chosen > 0 && !all.checked;
  }
  const bar = document.querySelector(`[data-bulk="${form}"]`);
  if (!bar) return;
  bar.hidden = chosen === 0;
  const count = bar.querySelector("[data-bulk-count]");
  if (count) count.textContent = String(chosen);
}

function changeSelection(event) {
  const all = closest(event, "input[data-tick-all]");
  const form = all?.dataset.tickAll ?? closest(event, "input[data-tick]")?.dataset.tick;
  if (!form) return;
  if (all) {
    for (const tick of ticksOf(form).filter(isShown)) tick.checked = all.checked;
  }
  showSelection(form);
}

// A table that scrolls sideways must be reachable by keyboard; one that fits must not be a tab stop.
function markScrollers() {
  for (const box of document.querySelectorAll(".table-wrap, .tabs")) {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

function refresh() {
  for (const bar of document.querySelectorAll("[data-bulk]")) showSelection(bar.dataset.bulk);
  markScrollers();
}

document.addEventListener("click", (event) => {
  openDialog(event);
  closeDialog(event);
  dismiss(event);
  closeMenus(closest(event, "details.menu"));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = closest(event, "details.menu[open]");
  closeMenus(null);
  menu?.querySelector("summary")?.focus();
});
document.addEventListener("change", changeSelection);
document.addEventListener("htmx:afterSettle", refresh);
document.addEventListener("rows:changed", refresh);
window.addEventListener("resize", markScrollers);
refresh();
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.querySelector("[data-focus-first]")?.focus();
