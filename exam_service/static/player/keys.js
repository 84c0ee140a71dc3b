// Owns the one-letter shortcuts of the test. Read by key position (`code`), so a Vietnamese input method that swallows
// letters changes nothing. They can be switched off in the help dialog (WCAG 2.1.4). Calls no endpoint.
import { isDialogOpen } from "./dialogs.js";
import { preference } from "./display.js";

const COMMANDS = {
  KeyN: "next", KeyJ: "next", ArrowRight: "next", KeyP: "previous", KeyK: "previous", ArrowLeft: "previous", KeyG: "go_to", KeyF: "flag", KeyR: "review", KeyH: "highlight",
  BracketLeft: "line_up", BracketRight: "line_down", KeyV: "statutes",
};
// With Alt and Shift no letter is typed: these work in text fields too, and where the letters are switched off.
const ANYWHERE = { KeyN: "next", KeyP: "previous", KeyQ: "go_to", KeyV: "statutes" };
const ARROWS = new Set(["ArrowRight", "ArrowLeft"]);

/** What `event` asks for: {command} or {choice: index}, or null when the key belongs to a field or to the browser. */
export function readShortcut(event) {
  if (isAnywhere(event)) return { command: ANYWHERE[event.code] };
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null;
  const target = event.target;
  const isTyping = target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio]):not([type=checkbox])");
  if (isTyping) return null;
  if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) return { command: "help" };
  // The arrows move between radios natively; they page only where no field has them.
  if (event.shiftKey || (ARROWS.has(event.code) && target.matches?.("input"))) return null;
  const option = /^(?:Key([A-E])|(?:Digit|Numpad)([1-9]))$/.exec(event.code);
  if (option) return { choice: option[1] ? option[1].charCodeAt(0) - 65 : Number(option[2]) - 1 };
  return COMMANDS[event.code] ? { command: COMMANDS[event.code] } : null;
}

function isAnywhere(event) {
  return event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey && event.code in ANYWHERE;
}

/** Call `onShortcut({command} | {choice})` for every shortcut until `signal` aborts. */
export function listenForShortcuts(onShortcut, signal) {
  addEventListener("keydown", (event) => {
    if (isDialogOpen() || event.defaultPrevented) return;
    const shortcut = readShortcut(event);
    if (!shortcut || !(preference("keys") || isAnywhere(event))) return;
    event.preventDefault();
    onShortcut(shortcut);
  }, { signal });
}
