// Owns the comfort of the rating form: Enter goes to the next number instead of sending, and a line counts what is
// filled. The form itself posts to /panels/{panel}/rounds/{number}; without this script it works the same.
const form = document.querySelector("[data-rating-form]");

if (form) {
  const inputs = [...form.querySelectorAll("[data-rating]")];
  const count = form.querySelector("[data-rating-count]");
  const show = () => {
    if (count) {
      const filled = inputs.filter((input) => input.value.trim() !== "").length;
      count.textContent = `${count.dataset.ratingCount} ${filled}/${inputs.length}`;
    }
  };
  form.addEventListener("input", show);
  form.addEventListener("keydown", (event) => {
    const at = inputs.indexOf(event.target);
    if (event.key !== "Enter" || at < 0 || event.isComposing) return;
    const next = inputs[at + 1] ?? form.querySelector("button[type=submit]");
    event.preventDefault();
    next.focus();
    next.select?.();
  });
}
