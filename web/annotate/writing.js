// An answer to write.
import {el} from "./dom.js";
import {itemView} from "./text.js";

export function writing(project, view) {
  const area = el("textarea", {rows: 8, dir: "auto", spellcheck: "true", "aria-label": "Answer",
    placeholder: "Write the answer. Ctrl+Enter saves, Esc leaves the field."});
  area.value = view.mine?.value ?? "";
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") area.blur();
  });
  const node = el("div", {},
    el("section", {class: "item", "aria-label": "Row"}, itemView(view.item)),
    el("section", {class: "write", "aria-label": "Answer"}, area));
  const keys = [
    {keys: ["w"], what: "Write (Esc leaves the field)", run: () => area.focus()}];
  return {node, keys, focus: () => area.focus(), saveKeys: ["Ctrl+Enter"],
    value: () => (area.value.trim() ? area.value : null),
    set: (given) => { area.value = given; }};
}
