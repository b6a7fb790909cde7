// Labels on parts of a text. Offsets are UTF-16 here and code points in answers.
import {el, quoted} from "./dom.js";
import {fieldsView, hiddenNote} from "./text.js";
import {indexOfKey, keyOfLabel} from "./keys.js";

const WORD = /[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu;
const LOW = /[\udc00-\udfff]/;

// points[i]: code points before the UTF-16 offset i, for the few offsets that are asked for.
function toPoints(text, offsets) {
  const out = new Map();
  const asked = [...new Set(offsets)].sort((a, b) => a - b);
  let points = 0;
  let at = 0;
  for (const offset of asked) {
    for (; at < offset; ++at) points += LOW.test(text[at]) ? 0 : 1;
    out.set(offset, points);
  }
  return out;
}

function toUnits(text, offsets) {
  const out = new Map();
  const asked = [...new Set(offsets)].sort((a, b) => a - b);
  let points = 0;
  let at = 0;
  for (const offset of asked) {
    while (points < offset) {
      at += text.codePointAt(at) > 0xffff ? 2 : 1;
      ++points;
    }
    out.set(offset, at);
  }
  return out;
}

const borders = (spans) => spans.flatMap((span) => [span.begin, span.end]);

function fromAnswer(text, value) {
  const units = toUnits(text, borders(value));
  return value.map(({begin, end, label}) =>
    ({begin: units.get(begin), end: units.get(end), label}));
}

function toAnswer(text, spans) {
  const points = toPoints(text, borders(spans));
  return spans.map(({begin, end, label}) =>
    ({begin: points.get(begin), end: points.get(end), label}));
}

export function spans(project, view) {
  const text = view.item.text;
  const state = {spans: fromAnswer(text, view.mine?.value ?? []), begin: 0, end: 0, picked: -1};
  const pane = el("div", {class: "passage spans", dir: "auto", tabindex: "0", role: "group",
    "aria-label": "Text: arrows choose words, label keys mark them"});
  const list = el("ol", {class: "span-list", "aria-label": "Marked parts"});
  let words = null;

  const number = (label) => project.labels.indexOf(label) % 8;
  const sort = () => state.spans.sort((a, b) => a.begin - b.begin || a.end - b.end);

  // The text cut at every border; a piece under several labels takes the last one's colour.
  function showText() {
    const cuts = [...new Set([0, text.length, ...borders(state.spans)])].sort((a, b) => a - b);
    pane.replaceChildren();
    for (let i = 0; i + 1 < cuts.length; ++i) {
      const over = state.spans.filter((s) => s.begin <= cuts[i] && cuts[i + 1] <= s.end);
      const begins = state.spans.filter((s) => s.begin === cuts[i]).map((s) => s.label);
      const last = over[over.length - 1];
      pane.append(el(last ? "mark" : "span", {"data-begin": cuts[i],
        class: last ? `label-${number(last.label)}` : null,
        "data-label": begins.length ? begins.join(", ") : null}, text.slice(cuts[i], cuts[i + 1])));
    }
  }

  function showList() {
    list.replaceChildren(...state.spans.map((span, index) => el("li",
      {class: `label-${number(span.label)}`, "aria-current": index === state.picked ? "true" : null},
      el("strong", {}, span.label), " ", quoted(text.slice(span.begin, span.end)), " ",
      el("button", {type: "button", class: "small", "aria-label": `Remove ${span.label}`,
        onclick: () => remove(index)}, "Remove"))));
  }

  function show() {
    sort();
    showText();
    showList();
    select(state.begin, state.end);
  }

  function pieceAt(offset) {
    let low = 0;
    let high = pane.childNodes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (Number(pane.childNodes[middle].dataset.begin) <= offset) low = middle;
      else high = middle - 1;
    }
    return pane.childNodes[low];
  }

  function select(begin, end) {
    Object.assign(state, {begin, end});
    if (begin === end || !pane.isConnected) return;
    const first = pieceAt(begin);
    const last = pieceAt(end - 1);
    getSelection().setBaseAndExtent(first.firstChild, begin - Number(first.dataset.begin),
      last.firstChild, end - Number(last.dataset.begin));
  }

  // The selection of mouse or touch, in offsets of the text.
  function readSelection() {
    const selection = getSelection();
    if (selection.rangeCount === 0) return;
    const range = selection.getRangeAt(0);
    if (!pane.contains(range.startContainer) || !pane.contains(range.endContainer)) return;
    const offset = (node, at) => {
      if (node === pane) {
        return at < pane.childNodes.length ? Number(pane.childNodes[at].dataset.begin) : text.length;
      }
      const piece = node.nodeType === Node.TEXT_NODE ? node.parentNode : node;
      return Number(piece.dataset.begin) + (piece === node ? 0 : at);
    };
    state.begin = offset(range.startContainer, range.startOffset);
    state.end = offset(range.endContainer, range.endOffset);
  }

  function wordAt(step) {
    words ??= Array.from(text.matchAll(WORD), (m) => [m.index, m.index + m[0].length]);
    if (words.length === 0) return null;
    const nothing = state.begin === state.end;
    let index = step > 0 ? words.findIndex((w) => w[0] >= (nothing ? state.begin : state.end))
      : words.findLastIndex((w) => w[1] <= state.begin);
    if (index < 0) index = step > 0 ? words.length - 1 : 0;
    return words[index];
  }

  function move(step, extend) {
    readSelection();
    const word = wordAt(step);
    if (!word) return;
    if (extend && state.begin !== state.end) {
      if (step > 0) select(state.begin, Math.max(word[1], state.end));
      else shrink();
    } else {
      select(...word);
    }
    getSelection().focusNode?.parentElement?.scrollIntoView?.({block: "nearest"});
  }

  // Takes the last word out of the selection.
  function shrink() {
    const inside = words.filter((w) => w[0] >= state.begin && w[1] <= state.end);
    if (inside.length > 1) select(state.begin, inside[inside.length - 2][1]);
  }

  function byCharacter(step) {
    readSelection();
    let end = state.end + step;
    if (LOW.test(text[end] ?? "")) end += step;
    if (end > state.begin && end <= text.length) select(state.begin, end);
  }

  function mark(index) {
    readSelection();
    const label = project.labels[index];
    let {begin, end} = state;
    while (begin < end && /\s/.test(text[begin])) ++begin;
    while (end > begin && /\s/.test(text[end - 1])) --end;
    if (label === undefined || begin >= end) return;
    // Marking the same part twice takes the mark away.
    const same = state.spans.findIndex((s) => s.begin === begin && s.end === end && s.label === label);
    if (same >= 0) state.spans.splice(same, 1);
    else state.spans.push({begin, end, label});
    state.picked = -1;
    show();
  }

  function pick(step) {
    if (state.spans.length === 0) return;
    state.picked = (state.picked + step + state.spans.length) % state.spans.length;
    const span = state.spans[state.picked];
    select(span.begin, span.end);
    showList();
  }

  function remove(index) {
    state.spans.splice(index, 1);
    state.picked = -1;
    show();
  }

  pane.addEventListener("mouseup", readSelection);
  const labels = project.labels.map((label, index) => el("button", {type: "button",
    class: `choice label-${index % 8}`, onmousedown: (event) => event.preventDefault(),
    onclick: () => mark(index)}, keyOfLabel(index) ? el("kbd", {}, keyOfLabel(index)) : null,
  el("span", {class: "choice-text"}, label)));
  const node = el("div", {class: "columns"},
    el("section", {class: "item", "aria-label": "Row"}, pane, hiddenNote(text),
      fieldsView(view.item)),
    el("section", {class: "side", "aria-label": "Labels"},
      el("div", {class: "choices", role: "group", "aria-label": "Label the chosen words"}, labels),
      list));
  const keys = [
    {keys: project.labels.map((_, i) => keyOfLabel(i)).filter(Boolean),
      what: "Label the chosen words", run: (name) => mark(indexOfKey(name))},
    {keys: ["ArrowRight"], what: "Choose the next word", run: () => move(1, false)},
    {keys: ["ArrowLeft"], what: "Choose the word before", run: () => move(-1, false)},
    {keys: ["Shift+ArrowRight"], what: "Take the next word in", run: () => move(1, true)},
    {keys: ["Shift+ArrowLeft"], what: "Leave the last word out", run: () => move(-1, true)},
    {keys: ["Alt+Shift+ArrowRight"], what: "Take the next character in",
      run: () => byCharacter(1)},
    {keys: ["Alt+Shift+ArrowLeft"], what: "Leave the last character out",
      run: () => byCharacter(-1)},
    {keys: ["]"], what: "Go to the next mark", run: () => pick(1)},
    {keys: ["["], what: "Go to the mark before", run: () => pick(-1)},
    {keys: ["Delete", "Backspace"], what: "Remove the mark that was gone to",
      run: () => { if (state.picked >= 0) remove(state.picked); }}];
  show();
  return {node, keys, focus: () => pane.focus(), value: () => toAnswer(text, state.spans),
    set: (given) => { state.spans = fromAnswer(text, given); state.picked = -1; show(); }};
}
