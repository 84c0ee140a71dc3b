// Owns the list of types that stand alone or as a part of a case (case.js). Calls no endpoint.
import * as cloze from "./cloze.js";
import * as essay from "./essay.js";
import * as matching from "./matching.js";
import * as multiple_choice from "./multiple_choice.js";
import * as numeric from "./numeric.js";
import * as ordering from "./ordering.js";
import * as ranking from "./ranking.js";
import * as short_text from "./short_text.js";
import * as single_choice from "./single_choice.js";
import * as true_false from "./true_false.js";
import * as true_false_cluster from "./true_false_cluster.js";

const TYPES = {
  single_choice, multiple_choice, true_false, true_false_cluster, short_text, numeric, cloze, matching, ordering, ranking, essay,
};

/** The module of `type`, or null when it is not in the list. */
export function simpleType(type) {
  return Object.hasOwn(TYPES, type) ? TYPES[type] : null;
}
