// Owns the search inside long lists of choices and the count of what is chosen. Calls no endpoint; without it the
// whole list is shown.

const fold = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[đĐ]/g, "d")
    .toLowerCase();

for (const list of document.querySelectorAll("[data-pick-list]")) {
  const box = list.querySelector(".pick-search");
  const search = box.querySelector("input");
  const count = list.querySelector("[data-pick-count]");
  const choices = [...list.querySelectorAll(".choice")].map((label) => ({ label, text: fold(label.textContent) }));

  const filter = () => {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    for (const { label, text } of choices) label.hidden = !words.every((word) => text.includes(word));
  };
  const tally = () => {
    const chosen = list.querySelectorAll("input[type=checkbox]:checked").length;
    count.textContent = `${count.dataset.pickCount} ${chosen}`;
  };

  box.hidden = false;
  search.addEventListener("input", filter);
  // Enter looks for the next match instead of sending the form.
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  list.addEventListener("change", tally);
  tally();
}
