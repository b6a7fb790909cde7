// The better of two answers. Sides are drawn for each row and annotator, so that neither is favoured.
import {el} from "./dom.js";
import {fieldsView, hiddenNote, passage} from "./text.js";

export function preference(project, view, submit) {
  let value = view.mine?.value ?? null;
  const sides = view.swapped ? ["b", "a"] : ["a", "b"];
  const nodes = [];
  const show = () => nodes.forEach((node) =>
    node.setAttribute("aria-pressed", String(node.dataset.value === value)));
  const press = (given) => {
    value = given;
    show();
    submit();
  };
  const button = (given, key, words) => {
    const node = el("button", {type: "button", class: "choice", "aria-pressed": "false",
      "data-value": given, onclick: () => press(given)}, el("kbd", {}, key),
    el("span", {class: "choice-text"}, words));
    nodes.push(node);
    return node;
  };
  const side = (name, place, key) => el("section", {class: "answer", "aria-label": place},
    passage(view.item[name], {"aria-label": place}), hiddenNote(view.item[name]),
    button(name, key, `${place} is better`));
  const node = el("div", {},
    el("section", {class: "item prompt", "aria-label": "Question"},
      passage(view.item.prompt, {"aria-label": "Question"}), hiddenNote(view.item.prompt),
      fieldsView(view.item)),
    el("div", {class: "pair"}, side(sides[0], "Left", "1"), side(sides[1], "Right", "2")),
    project.allow_ties ? el("div", {class: "tie"}, button("tie", "3", "Equally good")) : null);
  show();
  const keys = [
    {keys: ["1", "ArrowLeft"], what: "The left answer is better", run: () => press(sides[0])},
    {keys: ["2", "ArrowRight"], what: "The right answer is better", run: () => press(sides[1])}];
  if (project.allow_ties) {
    keys.push({keys: ["3"], what: "Both are equally good", run: () => press("tie")});
  }
  // A suggestion and others' answers are shown by the side on which this page has them.
  const words = {[sides[0]]: "left", [sides[1]]: "right", tie: "equal"};
  return {node, keys, value: () => value, set: (given) => { value = given; show(); },
    atOnce: true, words: (given) => words[given]};
}
