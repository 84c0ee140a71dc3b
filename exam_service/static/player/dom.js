// Owns how elements are made, how server-sanitised markup enters the page with its images, and the polite announcements
// to screen readers. Calls no endpoint; images are fetched by the browser from `mediaAddress`.
import { t } from "./i18n.js";

/**
 * A new element. `props`: `class`, `dataset`, `on…` listeners, boolean and plain attributes (false, null and undefined
 * are left out). Children are nodes or texts; texts never become markup.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let lastId = 0;

/** An id that no other element of this page has. */
export function uniqueId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

let mediaBase = "/exam/media/";

/** Say where images are from now on: a candidate's and an author's addresses differ. */
export function setMediaBase(base) {
  mediaBase = base;
}

/** The address of the image that rich text calls `media:NAME`. */
export function mediaAddress(name) {
  return mediaBase + name;
}

/**
 * Sanitised markup as nodes that are not in the page yet. This is the only place where text becomes markup: the server
 * has reduced it to a fixed set of tags without attributes that could run (`question_bank/text.py`). Never pass
 * anything else.
 */
function parse(sanitised) {
  const template = document.createElement("template");
  template.innerHTML = sanitised;
  return template.content;
}

/** Markup of a stem or an option as nodes, with its images at their address and a button to enlarge each. */
export function html(sanitised) {
  const content = parse(sanitised);
  for (const image of content.querySelectorAll("img")) addressImage(image);
  return content;
}

/** The readable text of sanitised markup: white space collapsed, an image as its [alternative]. */
export function plainText(sanitised) {
  const content = parse(sanitised.replace(/<br>|<\/(?:p|li|td|th)>/g, "$& "));
  for (const image of content.querySelectorAll("img")) image.replaceWith(image.alt ? ` [${image.alt}] ` : " ");
  return content.textContent.replace(/\s+/g, " ").trim();
}

/** The readable text of sanitised markup in at most `most` characters. */
export function shortText(sanitised, most = 90) {
  const text = plainText(sanitised);
  return text.length > most ? `${text.slice(0, most - 2).trimEnd()}…` : text;
}

/** True when the markup says what plain text cannot: images, formulas, raised and lowered signs. */
export function needsMarkup(sanitised) {
  return parse(sanitised).querySelector("img, math, sub, sup") !== null;
}

const MEDIA = "media:";
const SMALLEST_TO_ENLARGE = 160; // pixels: formulas and signs within a line stay without a button

function addressImage(image) {
  const source = image.getAttribute("src") ?? "";
  if (source.startsWith(MEDIA)) image.setAttribute("src", mediaAddress(source.slice(MEDIA.length)));
  const label = image.alt ? t("enlarge_what", { what: image.alt }) : t("enlarge");
  const button = h("button", { class: "enlarge", type: "button", "aria-label": label, title: t("enlarge"), hidden: true }, icon("enlarge"));
  image.addEventListener("load", () => { button.hidden = image.naturalWidth < SMALLEST_TO_ENLARGE; });
  button.addEventListener("click", () => enlarge(image));
  const frame = h("span", { class: "picture" });
  image.replaceWith(frame);
  frame.append(image, button);
}

function enlarge(image) {
  const copy = h("img", { src: image.src, alt: image.alt });
  const dialog = h("dialog", { class: "enlarged", "aria-label": image.alt || t("enlarge") },
    h("div", { class: "enlarged-scroll", tabindex: "0", role: "group", "aria-label": image.alt || t("enlarge") }, copy),
    h("form", { method: "dialog" }, h("button", { class: "button", autofocus: true }, t("close"))));
  dialog.addEventListener("close", () => dialog.remove(), { once: true });
  const root = image.getRootNode();
  (root.body ?? root).append(dialog);
  dialog.showModal();
}

const PATHS = {
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  flag: "M6 21V4h11l-2.5 4L17 12H6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  clock: "M12 7v5l3.5 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  waiting: "M12 4v4M12 16v4M4 12h4M16 12h4",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.5",
  grid: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
  text: "M3 19L8.5 5 14 19M5 14.500h7M15.500 19l3-8 3 8M16.600 16.500h3.800",
  enlarge: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500L21 21M10.500 7.500v6M7.500 10.500h6",
  up: "M12 19V6M6 11l6-6 6 6",
  down: "M12 5v13M6 13l6 6 6-6",
  grip: "M9 6v.5M15 6v.5M9 12v.5M15 12v.5M9 18v.5M15 18v.5",
  half: "M5 12h14",
  send: "M12 19V6M6 11l6-6 6 6M5 21h14",
  book: "M12 7v13M4 5h6l2 2 2-2h6v13h-6l-2 2-2-2H4z",
  offline: "M4 4l16 16M8.500 15.500a5 5 0 0 1 6-1M5 12a10 10 0 0 1 4-2.500M2 8.500A15 15 0 0 1 7 5.700M19 12a10 10 0 0 0-5-2.800M22 8.500A15 15 0 0 0 11 5M12 19v.5",
};

/** A decorative line icon (hidden from screen readers; the words beside it carry the meaning). */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Put `text` into the live region `element` so that it is spoken even when it repeats what stands there. */
export function speak(element, text) {
  element.textContent = "";
  setTimeout(() => { element.textContent = text; }, 60);
}

/** A region of a component's own that only screen readers notice; fill it with `speak`. */
export function liveRegion() {
  return h("p", { class: "visually-hidden", role: "status" });
}

/** Tell a screen reader `text` when it is next idle. Nothing is shown. */
export function announce(text) {
  speak(document.getElementById("announcements"), text);
}

/** Put the keyboard focus on `element` without leaving it in the tab order. */
export function focusOn(element) {
  if (!element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
