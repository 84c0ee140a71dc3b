// Owns highlighted passages on the page: character offsets of the question's text and the browser's own highlights, which
// leave the markup alone. Calls no endpoint.

const NAME = "passage";

/** False in browsers before 2023 without the CSS Custom Highlight API; the tool is then not offered. */
export function canHighlight() {
  return globalThis.CSS?.highlights !== undefined && typeof Highlight === "function";
}

/** Show `passages` ([start, end) in characters) of the text in `root`, and nothing else. */
export function showPassages(root, passages) {
  const ranges = passages.map(([start, end]) => rangeOf(root, start, end)).filter(Boolean);
  CSS.highlights.set(NAME, new Highlight(...ranges));
}

/** The selected passage within `root`, or all of `block` when nothing is selected; null when there is neither. */
export function chosenPassage(root, block) {
  const selection = getSelection();
  const selected = selection.rangeCount > 0 && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  // A double click beside the text selects nothing but its end.
  const passage = selected && root.contains(selected.commonAncestorContainer) ? offsetsOf(root, selected) : null;
  if (passage || !block || !root.contains(block)) return passage;
  const whole = document.createRange();
  whole.selectNodeContents(block);
  return offsetsOf(root, whole);
}

/** `passages` with `passage` joined in; without it where it is highlighted already. */
export function togglePassage(passages, [start, end]) {
  const isThere = passages.some(([from, to]) => from <= start && end <= to);
  const apart = passages.filter(([from, to]) => to < start || from > end);
  const touching = passages.filter(([from, to]) => to >= start && from <= end);
  if (!isThere) return [...apart, [Math.min(start, ...touching.map(([from]) => from)), Math.max(end, ...touching.map(([, to]) => to))]];
  const rest = touching.flatMap(([from, to]) => [[from, start], [end, to]]).filter(([from, to]) => from < to);
  return [...apart, ...rest];
}

function textNodes(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

function offsetsOf(root, range) {
  const before = document.createRange();
  before.selectNodeContents(root);
  before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length;
  const length = range.toString().length;
  return length === 0 ? null : [start, start + length];
}

function rangeOf(root, start, end) {
  const range = document.createRange();
  let at = 0;
  let isStarted = false;
  for (const node of textNodes(root)) {
    if (!isStarted && start < at + node.length) {
      range.setStart(node, start - at);
      isStarted = true;
    }
    if (isStarted && end <= at + node.length) {
      range.setEnd(node, end - at);
      return range;
    }
    at += node.length;
  }
  return null;
}
