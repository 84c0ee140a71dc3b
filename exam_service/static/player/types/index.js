// Owns what the player knows about items of any type (contract.js says what a type is): how to show one, how much of it
// is answered, how to put the answer in words. Calls no endpoint.
import { completenessBy, describeBy, renderBy } from "./contract.js";
import * as case_ from "./case.js";
import { simpleType } from "./simple_types.js";

/** The module of `type`, or null when this player is older than the item. */
export function typeOf(type) {
  return type === "case" ? case_ : simpleType(type);
}

/** The element that shows `view` with `response` entered and calls onChange(response | null) on every change. */
export function renderItem(view, response, onChange) {
  const element = document.createElement("div");
  element.className = "item";
  element.append(...renderBy(typeOf(view.type), view, { response, onChange }));
  return element;
}

/** "none", "part" or "all"; an unknown type is never answered. */
export function completeness(view, response) {
  return completenessBy(typeOf(view.type), view, response);
}

/** The answer in a few words. */
export function describe(view, response) {
  return describeBy(typeOf(view.type), view, response);
}
