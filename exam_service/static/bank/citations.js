// Owns the citation picker of the editor: a chosen document fills the fields of its citation. The list itself is fetched
// by htmx from /bank/legal/pick.

const FIELDS = ["number", "title", "start", "end"];

function showPickers() {
  for (const picker of document.querySelectorAll("[data-picker][hidden]")) picker.hidden = false;
}
document.addEventListener("htmx:afterSettle", showPickers);
showPickers();

document.addEventListener("click", (event) => {
  const choice = event.target.closest?.("[data-pick]");
  if (!choice) return;
  const at = choice.dataset.pick;
  for (const name of FIELDS) {
    const field = document.getElementById(`citation-${at}-${name}`);
    if (field) field.value = choice.dataset[name] ?? "";
  }
  const list = choice.closest(".pick-results");
  const article = document.getElementById(`citation-${at}-article`);
  if (list) list.replaceChildren();
  const search = document.getElementById(`pick-${at}`);
  if (search) search.value = "";
  article?.focus();
  article?.dispatchEvent(new Event("input", { bubbles: true }));
});
