// Owns the comforts of the bank's pages: the truth about saving between two answers, marks around selected text, keys of
// the review queue, deciding many rows at once. The editor's form itself is posted by htmx to /bank/items/{id}/edit.

const REFUSALS = new Set([403, 404, 409, 413, 422]);

/* A refusal answers with the same fragment that a success does: show it. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const isFragment = detail.xhr.getResponseHeader("content-type")?.includes("html");
  if (!REFUSALS.has(detail.xhr.status) || detail.requestConfig?.elt?.id !== "editor-form") return;
  if (isFragment && detail.serverResponse.includes('id="save-state"')) {
    detail.shouldSwap = true;
    detail.isError = false;
  } else {
    say("refused", "is-unsaved");
  }
});

function say(kind, css) {
  const state = document.getElementById("save-state");
  if (!state) return;
  state.classList.remove("is-waiting", "is-unsaved");
  state.classList.add(css);
  state.textContent = state.dataset[kind];
}

document.addEventListener("input", (event) => {
  if (event.target.form?.id === "editor-form") say("waiting", "is-waiting");
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => say("failed", "is-unsaved"));
}
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.requestConfig?.elt?.id === "editor-form") say("refused", "is-unsaved");
});

/* Changing the type changes the form: the hidden button of the select is pressed. */
document.addEventListener("change", (event) => {
  const act = event.target.dataset?.submits;
  if (!act) return;
  event.target.form.querySelector(`button[name="act"][value="${act}"]`)?.click();
});

/* Marks: the selected text of a box is put between tags. */
function showMarks() {
  for (const bar of document.querySelectorAll("[data-marks][hidden]")) bar.hidden = false;
  for (const bar of document.querySelectorAll("[data-decide-all][hidden]")) bar.hidden = false;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-tag]");
  if (!button) return;
  const box = document.getElementById(button.closest("[data-marks]").dataset.marks);
  const { selectionStart: from, selectionEnd: to } = box;
  const tag = button.dataset.tag;
  box.setRangeText(`<${tag}>${box.value.slice(from, to)}</${tag}>`, from, to, "select");
  box.focus();
  box.setSelectionRange(from + tag.length + 2, to + tag.length + 2);
  box.dispatchEvent(new Event("input", { bubbles: true }));
});

/* Review: A approves, R writes the reason, J and K move. Never while somebody types. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]")) return;
  const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!target) return;
  event.preventDefault();
  if (target instanceof HTMLTextAreaElement) target.focus();
  else target.click();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-decide]");
  if (!button) return;
  for (const radio of document.querySelectorAll(`.decision input[type="radio"][value="${button.dataset.decide}"]`)) radio.checked = true;
});

/* A gap is made of the selected words: they are put into the brackets that the button turns into a gap. */
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-gap]");
  if (!button) return;
  const box = document.getElementById(button.dataset.gap);
  const { selectionStart: from, selectionEnd: to } = box;
  const selected = box.value.slice(from, to);
  if (selected && !selected.includes("[[")) box.setRangeText(`[[${selected}]]`, from, to, "end");
});

/* Keys of the editor: Ctrl+S saves, Ctrl+Enter sends to review, Alt+arrows move the row, Ctrl+B, I, U mark the selection. */
const MARKS = { b: "b", i: "i", u: "u" };
document.addEventListener("keydown", (event) => {
  const form = document.getElementById("editor-form");
  if (!form || event.repeat) return;
  const isControl = event.ctrlKey || event.metaKey;
  if (isControl && event.key.toLowerCase() === "s") press(event, form, "save");
  else if (isControl && event.key === "Enter") press(event, form, "submit");
  else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) moveRow(event);
  else if (isControl && MARKS[event.key.toLowerCase()]) markSelection(event);
});

function press(event, form, act) {
  event.preventDefault();
  document.querySelector(`button[name="act"][value="${act}"][form="${form.id}"]`)?.click();
}

function moveRow(event) {
  const row = event.target.closest?.("[data-row]");
  if (!row) return;
  event.preventDefault();
  const verb = event.key === "ArrowUp" ? "up" : "down";
  for (const button of row.querySelectorAll('button[name="act"]')) {
    if (button.value === `${verb}:${row.dataset.row}`) button.click();
  }
}

function markSelection(event) {
  const bar = document.querySelector(`[data-marks="${event.target.id}"]`);
  const button = bar?.querySelector(`[data-tag="${MARKS[event.key.toLowerCase()]}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

/* Leaving while something typed is not saved yet asks first. */
window.addEventListener("beforeunload", (event) => {
  const state = document.getElementById("save-state");
  if (state?.matches(".is-waiting, .is-unsaved")) event.preventDefault();
});

/* After a button the row that it made or moved has the focus; only once, for saving settles the page again. */
function focusOnRow() {
  const row = document.querySelector("[data-focus]");
  row?.removeAttribute("data-focus");
  row?.focus();
}

for (const step of [showMarks, focusOnRow]) {
  document.addEventListener("htmx:afterSettle", step);
  step();
}
