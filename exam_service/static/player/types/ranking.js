// Owns the ranking of actions in a situation: response {"order": [ids]}, the most fitting one first. Calls no endpoint.
import { t } from "../i18n.js";
import { describeOrder, isOrdered, orderList } from "./order_list.js";

export function render(view, response, onChange) {
  return orderList({ options: view.options, response, hint: t("rank_hint"), ends: [t("rank_first"), t("rank_last")], onChange });
}

export function describe(view, response) {
  return describeOrder(view, response);
}

export function isAnswered(response) {
  return isOrdered(response);
}
