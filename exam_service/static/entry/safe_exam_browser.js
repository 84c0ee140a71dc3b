// Owns the proof by the script interface of Safe Exam Browser: on machines whose browser sends no headers it fills the
// form of the page of conditions and sends it, once. Endpoint (by the form): POST /exam/access/browser.
const form = document.querySelector("[data-safe-exam-browser]");
const security = globalThis.SafeExamBrowser?.security;
const SENT = "safe-exam-browser-sent";

/** Version 3.0 computes its keys only when asked; later ones have them at hand and call back at once. */
function updatedKeys() {
  return new Promise((resolve) => {
    if (typeof security.updateKeys === "function") security.updateKeys(resolve);
    else resolve();
  });
}

if (form && security) {
  await Promise.race([updatedKeys(), new Promise((resolve) => { setTimeout(resolve, 3000); })]);
  form.elements.namedItem("key").value = security.configKey ?? "";
  form.elements.namedItem("exam_key").value = security.browserExamKey ?? "";
  form.elements.namedItem("page").value = location.href.split("#")[0];
  // A refusal comes back to this page: it is then the candidate's to try again.
  if (!sessionStorage.getItem(SENT)) {
    sessionStorage.setItem(SENT, "1");
    form.submit();
  }
}
