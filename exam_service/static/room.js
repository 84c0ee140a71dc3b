// Owns how the pages of a room refresh themselves: htmx fetches, and this takes over only what differs, so that focus, open
// menus, folds, chosen rows and the place on the page stay. Endpoint: the page's own address, as hx-get says.

const FOLD = "room-healthy-folded";

const parse = (text) => new DOMParser().parseFromString(text, "text/html");
const isHeld = (element) => element.contains(document.activeElement) || element.querySelector("details.menu[open]") !== null;

function take(old, fresh) {
  for (const name of ["class", "data-trouble"]) {
    const value = fresh.getAttribute(name);
    if (value !== null && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.innerHTML === fresh.innerHTML) return;
  const isChosen = old.querySelector("input[data-tick]")?.checked;
  old.innerHTML = fresh.innerHTML;
  const tick = old.querySelector("input[data-tick]");
  if (tick && isChosen) tick.checked = true;
}

/** A row that somebody is working with keeps the cell of the focus; the others change under it. */
function takeRow(old, fresh) {
  if (!isHeld(old)) return take(old, fresh);
  old.dataset.trouble = fresh.dataset.trouble;
  [...old.cells].forEach((cell, index) => {
    if (!isHeld(cell) && fresh.cells[index]) take(cell, fresh.cells[index]);
  });
}

/** The rows of `fresh` in their order, whichever table they stood in before. A held row stays where it is. */
function takeRows(board, fresh) {
  const wanted = new Set();
  for (const body of fresh.querySelectorAll("tbody[data-rows]")) {
    const place = document.getElementById(body.id);
    let next = place.firstElementChild;
    for (const row of body.rows) {
      wanted.add(row.id);
      const old = document.getElementById(row.id);
      if (old) takeRow(old, row);
      const mine = old ?? document.importNode(row, true);
      if (mine === next) next = next.nextElementSibling;
      else if (!isHeld(mine)) place.insertBefore(mine, next);
    }
  }
  for (const row of board.querySelectorAll("tbody[data-rows] > tr")) if (!wanted.has(row.id)) row.remove();
}

function refocus(id, href) {
  const again = (id && document.getElementById(id)) || (href && document.querySelector(`a[href="${CSS.escape(href)}"]`));
  if (again && document.activeElement !== again) again.focus({ preventScroll: true });
}

function merge(old, fresh) {
  const { id, attributes } = document.activeElement;
  const href = attributes.href?.value;
  const parts = fresh.querySelectorAll("[data-live]");
  for (const part of parts) {
    const present = document.getElementById(part.id);
    if (present) take(present, part);
  }
  takeRows(old, fresh);
  if (parts.length === 0) take(old, fresh);
  refocus(id, href);
  document.dispatchEvent(new Event("rows:changed"));
}

function silent(isSilent) {
  const note = document.getElementById("board-silent");
  if (note) note.hidden = !isSilent;
}

// A filter leaves chosen rows on the board: the page asks for them by name, in the body because an address has its limits.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const chosen = [...detail.elt.querySelectorAll("input[data-tick]:checked")].map((tick) => tick.value);
  if (chosen.length === 0 || !detail.path.includes("?state=")) return;
  Object.assign(detail, { verb: "post", useUrlParams: false });
  detail.path = detail.path.replace("?", "/board?");
  detail.headers["Content-Type"] = "application/x-www-form-urlencoded";
  detail.headers["X-CSRF-Token"] = document.querySelector("#chosen input[name=csrf_token]").value;
  detail.parameters.ids = chosen.join(" ");
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (!target.hasAttribute("data-merge")) return;
  event.detail.shouldSwap = false;
  silent(xhr.status >= 400);
  const fresh = xhr.status < 400 && parse(xhr.responseText).getElementById(target.id);
  if (fresh) merge(target, fresh);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => silent(true));

/** More than the server does at once cannot be sent, and the bar says so. */
function limitChoice() {
  const limit = document.getElementById("chosen-limit");
  if (!limit) return;
  const chosen = document.querySelectorAll("input[data-tick=chosen]:checked").length;
  limit.hidden = chosen <= Number(limit.dataset.most);
  document.querySelector("#chosen button").disabled = !limit.hidden;
}
// After staff.js, which makes "all" of one box.
for (const name of ["change", "rows:changed"]) document.addEventListener(name, () => requestAnimationFrame(limitChoice));

const fold = document.getElementById("healthy-fold");
if (fold) {
  fold.open = sessionStorage.getItem(FOLD) !== "yes";
  fold.addEventListener("toggle", () => sessionStorage.setItem(FOLD, fold.open ? "no" : "yes"));
}
