// Owns the candidate's calculator: a line to type into and its result, worked out on this computer. Calls no endpoint.
import { h } from "./dom.js";
import { locale, t } from "./i18n.js";

const DIGITS = 12; // what a double keeps whatever was added up before
const notation = (group, point, tag) => ({
  group, grouped: new RegExp(`^\\d{1,3}(\\${group}\\d{3})+(\\${point}\\d+)?$`), written: new Intl.NumberFormat(tag, { maximumSignificantDigits: DIGITS }),
});
const TOKEN = /\s*(?:(\d[\d.,]*|[.,]\d+)|([-+−–*×xX·:÷/()%]))/y;
const SIGNS = { "−": "-", "–": "-", "×": "*", x: "*", X: "*", "·": "*", ":": "/", "÷": "/" };
const SHOWN = { "-": "−", "*": "×", "/": "÷" };
const NOTATIONS = { vi: notation(".", ",", "vi-VN"), en: notation(",", ".", "en-GB") };

/** The figure written as `text` in the page's notation: "1.500,5" in Vietnamese; a lone other separator is a decimal one too. */
function numberIn(text) {
  const { group, grouped } = NOTATIONS[locale()];
  const plain = grouped.test(text) ? text.replaceAll(group, "") : text;
  const value = Number(plain.replace(",", "."));
  if (!Number.isFinite(value)) throw new SyntaxError(text);
  return value;
}

function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  const whole = text.trim();
  while (TOKEN.lastIndex < whole.length) {
    const found = TOKEN.exec(whole);
    if (!found) throw new SyntaxError(text);
    tokens.push(found[1] === undefined ? SIGNS[found[2]] ?? found[2] : numberIn(found[1]));
  }
  return tokens;
}

/** A sum of products of signed figures, brackets and percentages, from the left; consumes `tokens`. */
function sum(tokens) {
  let value = product(tokens);
  while (tokens[0] === "+" || tokens[0] === "-") value = tokens.shift() === "+" ? value + product(tokens) : value - product(tokens);
  return value;
}

function product(tokens) {
  let value = factor(tokens);
  while (tokens[0] === "*" || tokens[0] === "/") value = tokens.shift() === "*" ? value * factor(tokens) : value / factor(tokens);
  return value;
}

function factor(tokens) {
  const token = tokens.shift();
  let value = token;
  if (token === "-") return -factor(tokens);
  if (token === "(") {
    value = sum(tokens);
    if (tokens.shift() !== ")") throw new SyntaxError(")");
  } else if (typeof token !== "number") throw new SyntaxError(String(token));
  while (tokens[0] === "%") {
    tokens.shift();
    value /= 100;
  }
  return value;
}

/** "1.500 × 2 = 3.000" for what was typed, as it was understood; null when it is no sum, or has no finite result. */
export function calculate(text) {
  try {
    const { written } = NOTATIONS[locale()];
    const tokens = tokensOf(text);
    if (tokens.length === 0) return null;
    const shown = tokens.map((token) => (typeof token === "number" ? written.format(token) : SHOWN[token] ?? token)).join(" ");
    const value = sum(tokens);
    if (tokens.length > 0 || !Number.isFinite(value)) return null;
    return `${shown} = ${written.format(value)}`;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The calculator's line; what is in it lasts as long as the question is shown. */
export function calculatorLine() {
  const result = h("output", { class: "strong", "aria-live": "polite" });
  const input = h("input", { class: "entry", type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false", maxlength: "200", placeholder: t("calculator_example") });
  const work = () => { result.textContent = input.value.trim() === "" ? "" : calculate(input.value) ?? t("calculator_unclear"); };
  input.addEventListener("change", work);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    work();
  });
  return h("div", { class: "notes" }, h("label", {}, h("span", {}, t("tool_calculator")), input), h("p", {}, result));
}
