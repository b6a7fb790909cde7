// What a row shows: a text, a chat's turns, further columns; and a word about marks that hide.
import {el} from "./dom.js";

// Characters that change the order of others, or that cannot be seen.
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

export function hiddenNote(text) {
  const count = (text.match(HIDDEN) ?? []).length;
  if (count === 0) return null;
  return el("p", {class: "note"}, `Holds ${count} invisible or direction-changing ` +
    `character${count === 1 ? "" : "s"}.`);
}

export function passage(text, properties = {}) {
  return el("div", {class: "passage", dir: "auto", tabindex: "0", ...properties}, text);
}

export function itemView(item) {
  const parts = [];
  if (item.text !== undefined) {
    parts.push(passage(item.text, {"aria-label": "Text"}), hiddenNote(item.text));
  }
  for (const turn of item.messages ?? []) {
    parts.push(el("div", {class: `turn turn-${turn.role === "user" ? "user" : "other"}`},
      el("span", {class: "role"}, turn.role),
      el("div", {class: "turn-text", dir: "auto"}, turn.content), hiddenNote(turn.content)));
  }
  return [...parts, fieldsView(item)];
}

export function fieldsView(item) {
  if (!item.fields?.length) return null;
  return el("dl", {class: "fields"}, item.fields.map(([name, value]) =>
    [el("dt", {}, name), el("dd", {dir: "auto"}, value)]));
}
