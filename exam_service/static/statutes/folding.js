// Owns how text is searched without diacritics: one character stays one character, so that a place in the folded text is
// the same place in the text. Calls no endpoint.

const FOLDED = new Map([["đ", "d"], ["Đ", "d"]]);
const REFERENCE = /^(?:d|dieu)?\.?\s*([0-9]{1,3}[a-z]{0,2})\.?$/;

/** `text` in small letters without diacritics, as long as before. */
export function fold(text) {
  return text.replace(/[^\x00-\x7f]/g, foldCharacter).toLowerCase();
}

function foldCharacter(character) {
  let folded = FOLDED.get(character);
  if (folded === undefined) {
    folded = character.normalize("NFD")[0].toLowerCase()[0]; // one for one, whatever the character is
    FOLDED.set(character, folded);
  }
  return folded;
}

/** What is typed as it is looked for: folded, single spaces. */
export function foldQuery(typed) {
  return fold(typed.normalize("NFC")).replace(/\s+/g, " ").trim();
}

/** The starts of `query` in `folded`, one after the other. */
export function placesOf(query, folded) {
  const found = [];
  for (let at = folded.indexOf(query); at >= 0; at = folded.indexOf(query, at + query.length)) found.push(at);
  return found;
}

/** The number of the article that is asked for ("Điều 12", "d12", "5a"), or null. */
export function articleIn(typed) {
  return REFERENCE.exec(foldQuery(typed))?.[1] ?? null;
}
