// Owns the list of item types the player can show: one module per type, each with
//   render(view, response, onChange) -> element   the answering area, calling onChange(response | null) on every change
//   describe(view, response) -> string            the answer in a few words, for the review page
//   isAnswered(response) -> boolean
// Calls no endpoint.
import * as multiple_choice from "./multiple_choice.js";
import * as single_choice from "./single_choice.js";
import * as true_false from "./true_false.js";

const TYPES = { single_choice, multiple_choice, true_false };

/** The module of `type`, or null when this player is older than the item. */
export function typeOf(type) {
  return Object.hasOwn(TYPES, type) ? TYPES[type] : null;
}

/** True when `response` answers `view`; an unknown type is never answered. */
export function isAnswered(view, response) {
  return response !== null && response !== undefined && Boolean(typeOf(view.type)?.isAnswered(response));
}
