// Owns the ordering item: response {"order": [ids]}, first to last. Calls no endpoint.
import { t } from "../i18n.js";
import { describeOrder, isOrdered, orderList } from "./order_list.js";

export function render(view, response, onChange) {
  return orderList({ options: view.options, response, hint: t("order_hint"), onChange });
}

export function describe(view, response) {
  return describeOrder(view, response);
}

export function isAnswered(response) {
  return isOrdered(response);
}
