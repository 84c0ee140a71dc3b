// Owns what is shown while another page has the attempt: taking it over, by choice or by the invigilator's PIN, and the page
// that has lost it. Calls no endpoint.
import { fileButton } from "./answer_file.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";

/** `onClaim({takesOver, pin})` starts the test here. `sameLogin`: the candidate may decide alone. */
export function heldScreen({ sameLogin, refusal, onClaim }) {
  document.title = t("held_title");
  return h("div", { class: "page page-narrow" }, h("h1", {}, t("held_title")),
    h("p", { class: "lead" }, t(sameLogin ? "held_here" : "held_far")),
    sameLogin ? choice(onClaim) : pinForm(onClaim, refusal));
}

function choice(onClaim) {
  const button = h("button", { class: "button button-primary", type: "button" }, t("held_take"));
  button.addEventListener("click", () => {
    button.disabled = true;
    onClaim({ takesOver: true });
  });
  return h("div", { class: "actions" }, button);
}

function pinForm(onClaim, refusal) {
  const input = h("input", {
    class: "entry entry-s", id: "pin", inputmode: "numeric", autocomplete: "off", maxlength: "6", required: true, "aria-describedby": refusal && "pin-error", "aria-invalid": refusal && "true",
  });
  const form = h("form", { class: "pin-form", novalidate: true },
    h("label", { for: "pin" }, t("held_pin")),
    refusal && h("p", { id: "pin-error", class: "note note-danger", role: "alert" }, refusal),
    input, h("button", { class: "button button-primary" }, t("held_take")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value.trim()) onClaim({ pin: input.value.trim() });
    else input.focus();
  });
  return form;
}

/** The page that has lost `test`: what it says, how to come back, and the file when something was not sent. */
export function displacedScreen({ test, onReturn }) {
  document.title = t("displaced_title");
  return h("div", { class: "page page-narrow" }, h("h1", {}, t("displaced_title")),
    h("p", { class: "lead", role: "status" }, t("displaced_text")),
    h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: onReturn }, t("displaced_return")),
      test.hasUnsent && fileButton(() => test.file())));
}
