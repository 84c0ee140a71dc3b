// Owns how the page looks for this person: text size, theme, contrast, hidden timer, shortcut keys on or off; and when its
// letters come.
// Calls no endpoint; kept by storage.js.
import { setLocale } from "./i18n.js";
import { keepLanguage, keepPreferences, readLanguage, readPreferences } from "./storage.js";

const DEFAULTS = { textSize: "100", theme: "auto", contrast: false, keys: true, timeHidden: false, toolsOpen: false, striking: false, masking: false, lineFocus: false };

const preferences = readPreferences(DEFAULTS);

/** The present value of one preference. */
export function preference(name) {
  return preferences[name];
}

/** Change one preference, show it at once and keep it. */
export function setPreference(name, value) {
  preferences[name] = value;
  keepPreferences(preferences);
  applyPreferences();
}

/** The page, and every later one of this browser, speaks `language`. */
export function setLanguage(language) {
  setLocale(language);
  keepLanguage(language);
}

/**
 * Show the text in the service's own letters; resolves when they are here or will not come. On a slow line they are half of
 * what is fetched, and nobody waits for them.
 */
export function showOwnLetters() {
  delete document.documentElement.dataset.letters;
  return Promise.allSettled([400, 600].map((weight) => document.fonts.load(`${weight} 1em "Be Vietnam Pro"`, "Đề")));
}

/** Make the page look as preferred: attributes on <html> that player.css reads. */
export function applyPreferences() {
  // A page that was kept for a start without network may be in the language of before.
  const language = readLanguage();
  if (language) setLocale(language);
  const root = document.documentElement.dataset;
  root.text = preferences.textSize;
  root.contrast = preferences.contrast ? "high" : "normal";
  if (preferences.theme === "auto") delete root.theme;
  else root.theme = preferences.theme;
}
