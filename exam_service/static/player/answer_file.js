// Owns the button that saves the answer file for staff. Calls no endpoint.
import { announce, h, icon } from "./dom.js";
import { t } from "./i18n.js";

/** Save the file that `getFile()` resolves to ({name, text}, or null when there is nothing in it) on this computer. */
export async function saveFile(getFile) {
  const file = await getFile();
  if (!file) return announce(t("file_empty"));
  const address = URL.createObjectURL(new Blob([file.text], { type: "application/json" }));
  const link = h("a", { href: address, download: file.name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return announce(t("file_saved"));
}

/** "Tải tệp bài làm". */
export function fileButton(getFile) {
  return h("button", { class: "button", type: "button", onclick: () => saveFile(getFile) }, icon("down"), h("span", {}, t("file_save")));
}
