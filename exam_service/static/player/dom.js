// Owns how elements are made, how server-sanitised markup enters the page, and the polite announcements to screen readers.
// Calls no endpoint.

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

/**
 * Markup of a stem or an option as nodes. This is the only place where text becomes markup: the server has reduced it
 * to a fixed set of tags without attributes that could run (`question_bank/text.py`). Never pass anything else.
 */
export function html(sanitised) {
  const template = document.createElement("template");
  template.innerHTML = sanitised;
  return template.content;
}

/** The readable text of sanitised markup, white space collapsed. */
export function plainText(sanitised) {
  return html(sanitised).textContent.replace(/\s+/g, " ").trim();
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
  send: "M12 19V6M6 11l6-6 6 6M5 21h14",
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

let region;

/** Tell a screen reader `text` when it is next idle. Nothing is shown; equal texts in a row are spoken again. */
export function announce(text) {
  region ??= document.getElementById("announcements");
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 60);
}

/** Put the keyboard focus on `element` without leaving it in the tab order. */
export function focusOn(element) {
  if (!element) return;
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
