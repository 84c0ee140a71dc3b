// Owns the editor's dialog for images: choosing, uploading (also by pasting), and putting the markup with its description
// into the text. Endpoints: GET /bank/media/choose?bank=…, POST /bank/media.

const picker = () => document.querySelector("[data-media-picker]");
let target = "";

function showButtons() {
  if (!picker()) return;
  for (const button of document.querySelectorAll("[data-media-for][hidden]")) button.hidden = false;
}

async function open(textId, file = null) {
  const form = picker();
  target = textId;
  form.reset();
  tell("");
  const dialog = form.closest("dialog");
  if (!dialog.open) dialog.showModal();
  await load();
  if (file) await upload(file);
}

async function load() {
  const form = picker();
  const answer = await fetch(`/bank/media/choose?bank=${encodeURIComponent(form.dataset.bank)}`, { headers: { "HX-Request": "true" } });
  form.querySelector("[data-media-choices]").innerHTML = answer.ok ? await answer.text() : "";
  if (!answer.ok) tell(form.dataset.failed);
}

async function upload(file) {
  const form = picker();
  const body = new FormData();
  body.set("bank", form.dataset.bank);
  body.set("file", file);
  const headers = { "HX-Request": "true", "X-CSRF-Token": form.dataset.token };
  try {
    const answer = await fetch("/bank/media", { method: "POST", body, headers });
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    if (!answer.ok) return tell(part.content.textContent.trim() || form.dataset.failed);
    const choices = form.querySelector("[data-media-choices]");
    const name = part.content.querySelector("input").value;
    choices.querySelector(`input[value="${CSS.escape(name)}"]`)?.closest("label").remove();
    choices.prepend(part.content);
    tell("");
    form.querySelector('[name="media-alt"]').focus();
  } catch {
    tell(form.dataset.failed);
  }
  return undefined;
}

function tell(sentence) {
  const place = picker().querySelector("[data-media-error]");
  place.hidden = !sentence;
  place.textContent = sentence;
}

function insert(name, alt) {
  const box = document.getElementById(target);
  // In a document of its own nothing is fetched: the address is no address before the server has written it out.
  const image = document.implementation.createHTMLDocument("").createElement("img");
  image.setAttribute("src", `media:${name}`);
  image.setAttribute("alt", alt);
  box.focus();
  box.setRangeText(image.outerHTML, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-media-for]");
  if (button) open(button.dataset.mediaFor);
});

document.addEventListener("change", (event) => {
  const file = event.target.name === "media-file" && event.target.closest("[data-media-picker]") ? event.target.files[0] : null;
  if (file) upload(file);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-media-picker]");
  if (!form) return;
  event.preventDefault();
  const name = new FormData(form).get("media");
  const alt = form.elements["media-alt"].value.trim();
  if (!name) return tell(form.dataset.unchosen);
  if (!alt) return tell(form.dataset.required);
  form.closest("dialog").close();
  insert(name, alt);
  return undefined;
});

document.addEventListener("paste", (event) => {
  const box = event.target.closest?.("#editor-form textarea[id]");
  const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (!box || !file || !picker()) return;
  event.preventDefault();
  open(box.id, file);
});

document.addEventListener("htmx:afterSettle", showButtons);
showButtons();
