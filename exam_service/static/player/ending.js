// Owns the screens after or instead of the test: time over, collecting, receipt, and plain messages. Calls no endpoint.
import { fileButton } from "./answer_file.js";
import { h, icon } from "./dom.js";
import { dateAndTime, figure } from "./format.js";
import { t } from "./i18n.js";

/** A screen that only tells something. `actions` are elements. */
export function messageScreen({ title, text, actions = [], isBusy = false }) {
  document.title = title;
  return h("div", { class: "page page-narrow" }, h("h1", {}, title), h("p", { class: "lead", role: "status", "aria-busy": isBusy && "true" }, text),
    actions.length > 0 && h("div", { class: "actions" }, actions));
}

/** While the last answers go out and the server collects; tells the truth about both until `signal` aborts. */
export function collectingScreen({ test, title, signal }) {
  document.title = title;
  const text = h("p", { class: "lead", role: "status" });
  const none = h("p", { class: "note note-warn", hidden: true }, t("receipt_none_yet"));
  const file = fileButton(() => test.file());
  const paint = () => {
    const { kind } = test.saver.state;
    file.hidden = kind !== "offline" || !test.hasUnsent;
    const waiting = test.answers.unsent().length;
    none.hidden = kind !== "offline";
    if (kind === "offline") text.textContent = t("over_offline");
    else if (waiting > 0 && !test.isEnding) text.textContent = t("over_sending", { n: waiting });
    else text.textContent = waiting > 0 ? t("collecting") : t("over_collecting");
  };
  test.saver.addEventListener("state", paint, { signal });
  test.addEventListener("ending", paint, { signal });
  paint();
  return h("div", { class: "page page-narrow" }, h("h1", {}, title), text, none, h("div", { class: "actions" }, file));
}

/**
 * The receipt of `current`; `unsent` lists questions whose last change the server never confirmed or did not take, `delivered`
 * those that it took after the end and that wait for a decision. `getFile` as for fileButton.
 */
export function receiptScreen({ current, unsent, delivered, getFile, links }) {
  const { receipt, receipt_check: check, candidate, exam } = current;
  const title = t(receipt.collected_by === "system" ? "receipt_collected" : "receipt_title");
  document.title = `${title} · ${exam.title}`;
  const rows = [
    [t("exam"), exam.title], [t("full_name"), candidate.full_name], [t("number"), candidate.number],
    [t("receipt_time"), dateAndTime(receipt.submitted_at)],
    [t("receipt_answered"), t("receipt_answered_value", { answered: figure(receipt.answered), total: figure(receipt.total) })],
    [t("receipt_code"), h("strong", { class: "receipt-code" }, receipt.receipt_code)],
    [t("receipt_digest"), h("code", { class: "digest" }, receipt.digest.replace(/(.{8})(?=.)/g, "$1 "))],
  ];
  return h("div", { class: "page page-narrow receipt" },
    h("p", { class: "receipt-mark" }, icon("check")),
    h("h1", {}, title),
    receiptSentences(unsent, delivered ?? []),
    h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    check && proof(check),
    h("h2", {}, t("receipt_next")),
    h("ol", { class: "next" }, [t("receipt_keep"), t("receipt_sign"), t("receipt_later")].map((step) => h("li", {}, step))),
    h("div", { class: "actions" },
      current.result_available && links.resultUrl && h("a", { class: "button button-primary", href: links.resultUrl }, t("see_result")),
      unsent.length > 0 && fileButton(getFile),
      h("button", { class: "button", type: "button", onclick: () => print() }, t("print")),
      links.leaveUrl && h("a", { class: "button", href: links.leaveUrl }, t("leave"))));
}

/** The way to the public check of the receipt: to scan, to type, to print. */
function proof({ address, qr }) {
  return h("section", { class: "proof", "aria-label": t("receipt_check") },
    h("img", { class: "qr", src: qr, alt: t("receipt_qr", { address }), width: "148", height: "148" }),
    h("div", {}, h("h2", {}, t("receipt_check")), h("p", {}, t("receipt_check_how")), h("p", { class: "address" }, address)));
}

function receiptSentences(unsent, delivered) {
  if (unsent.length + delivered.length === 0) return h("p", { class: "lead" }, t("receipt_thanks"));
  return [
    unsent.length > 0 && h("p", { class: "note note-danger", role: "alert" }, t("receipt_unsent", { slots: unsent.join(", ") })),
    delivered.length > 0 && h("p", { class: "note note-warn", role: "status" }, t("receipt_delivered", { slots: delivered.join(", ") })),
  ];
}
