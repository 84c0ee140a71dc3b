// Owns the table of an import: showing some of its rows, choosing those that are shown, and keeping what was chosen while a
// row is repaired (the page is loaded again). Rows are posted by ordinary forms to /bank/imports/{id}/…

const form = document.getElementById("choose");
const rows = [...document.querySelectorAll("[data-row]")];
const kept = `import-${form.dataset.import}`;
let severity = document.querySelector('[data-only][aria-current="true"]')?.dataset.only ?? "";
let kind = "";

function show() {
  for (const row of rows) {
    const fits = (!severity || row.dataset.severity === severity) && (!kind || row.dataset.codes.split(" ").includes(kind));
    row.classList.toggle("is-filtered", !fits);
  }
  for (const link of document.querySelectorAll("[data-only]")) {
    if (link.dataset.only === severity) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const button of document.querySelectorAll("[data-kind]")) {
    button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  }
}

/* What was chosen outlives the loading of the page, in this tab only. */
function keep() {
  const chosen = { ids: [], decisions: {}, fields: {} };
  for (const field of form.elements) {
    if (field.name === "ids") chosen.ids.push([field.value, field.checked]);
    else if (field.type === "radio" && field.checked) chosen.decisions[field.name] = field.value;
    else if (["competency", "level", "tags", "author"].includes(field.name)) chosen.fields[field.name] = field.value;
  }
  sessionStorage.setItem(kept, JSON.stringify(chosen));
}

function restore() {
  const stored = sessionStorage.getItem(kept);
  if (!stored) return;
  const { ids, decisions, fields } = JSON.parse(stored);
  const ticked = new Map(ids);
  for (const field of form.elements) {
    if (field.name === "ids" && ticked.has(field.value)) field.checked = ticked.get(field.value);
    else if (field.type === "radio" && field.name in decisions) field.checked = decisions[field.name] === field.value;
    else if (field.name in fields) field.value = fields[field.name];
  }
}

document.addEventListener("click", (event) => {
  const only = event.target.closest?.("[data-only]");
  const wanted = event.target.closest?.("[data-kind]");
  const shown = event.target.closest?.("[data-shown]");
  const close = event.target.closest?.("[data-close-row]");
  if (only) {
    event.preventDefault();
    severity = only.dataset.only;
    show();
  } else if (wanted) {
    kind = kind === wanted.dataset.kind ? "" : wanted.dataset.kind;
    show();
  } else if (shown) {
    for (const row of rows) {
      const tick = row.querySelector('input[name="ids"]');
      if (tick && !row.classList.contains("is-filtered")) tick.checked = shown.dataset.shown === "true";
    }
    keep();
  } else if (close && close.closest("[id^='editor-']")) {
    event.preventDefault();
    const holder = close.closest("[id^='editor-']");
    holder.replaceChildren();
    document.querySelector(`[hx-target="#${holder.id}"]`)?.focus();
  } else if (event.target.closest?.("[data-decide], [data-tick-all]")) {
    setTimeout(keep);
  }
});
document.addEventListener("change", (event) => {
  if (event.target.form === form) keep();
});
form.addEventListener("submit", () => sessionStorage.removeItem(kept));

/* An editor that opens takes the focus to its first box. */
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id?.startsWith("editor-")) detail.target.querySelector("select, textarea")?.focus();
});

for (const hidden of document.querySelectorAll("[data-kind][hidden], [data-shown-tools][hidden]")) hidden.hidden = false;
restore();
show();
