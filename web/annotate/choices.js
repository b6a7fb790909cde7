// Choosing from a list: classification, several labels, a rating.
import {el, percent} from "./dom.js";
import {itemView} from "./text.js";
import {indexOfKey, keyOfLabel} from "./keys.js";

// One button a choice; `choices` are {value, text}; the suggestion's scores stand at their choice.
function buttons(choices, view, press) {
  const scores = view.suggestion?.scores ?? [];
  return choices.map((choice, index) => el("button", {
    type: "button", class: `choice label-${index % 8}`, "aria-pressed": "false",
    onclick: () => press(index),
  },
  keyOfLabel(index) && choice.key !== false ? el("kbd", {}, choice.key ?? keyOfLabel(index)) : null,
  el("span", {class: "choice-text"}, choice.text),
  scores[index] !== undefined ? el("span", {class: "score"}, percent(scores[index])) : null));
}

// A field that narrows a list that is longer than there are keys; Enter takes the first left.
function filterField(nodes, choices, press) {
  const field = el("input", {type: "search", class: "filter", placeholder: "Find a label  /",
    "aria-label": "Find a label"});
  const fits = (index) => choices[index].text.toLowerCase().includes(field.value.toLowerCase());
  field.addEventListener("input", () => nodes.forEach((node, i) => { node.hidden = !fits(i); }));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.blur();
    if (event.key !== "Enter" || !field.value) return;
    const first = choices.findIndex((_, index) => fits(index));
    if (first < 0) return;
    event.preventDefault();
    event.stopPropagation();
    field.value = "";
    field.dispatchEvent(new Event("input"));
    field.blur();
    press(first);
  });
  return field;
}

function listEditor({choices, view, isOn, press, group}) {
  const nodes = buttons(choices, view, press);
  const show = () => nodes.forEach((node, index) =>
    node.setAttribute("aria-pressed", String(isOn(index))));
  const filter = choices.length > 12 ? filterField(nodes, choices, press) : null;
  const keys = [{
    keys: choices.map((choice, i) => choice.key ?? keyOfLabel(i)).filter(Boolean),
    what: group,
    run: (name) => press(choices[0].key ? choices.findIndex((c) => c.key === name)
      : indexOfKey(name)),
  }];
  if (filter) keys.push({keys: ["/"], what: "Find a label", run: () => filter.focus()});
  const node = el("div", {class: "columns"},
    el("section", {class: "item", "aria-label": "Row"}, itemView(view.item)),
    el("section", {class: "side", "aria-label": group}, filter,
      el("div", {class: "choices", role: "group", "aria-label": group}, nodes)));
  return {node, keys, show};
}

// A choice is an answer: it is saved at once.
function single(choices, view, submit, group) {
  let value = view.mine?.value ?? null;
  const press = (index) => {
    value = choices[index].value;
    editor.show();
    submit();
  };
  const editor = listEditor({choices, view, group, press,
    isOn: (index) => choices[index].value === value});
  editor.show();
  return {...editor, value: () => value, set: (given) => { value = given; editor.show(); },
    atOnce: true};
}

export function classification(project, view, submit) {
  const choices = project.labels.map((label) => ({value: label, text: label}));
  return single(choices, view, submit, "Choose the label");
}

export function rating(project, view, submit) {
  const choices = [];
  for (let value = project.scale_min; value <= project.scale_max; ++value) {
    const word = project.scale_words[value - project.scale_min];
    // The digit of the rating itself where it has one.
    const digits = project.scale_min >= 0 && project.scale_max <= 9;
    choices.push({value, text: word ? `${value}  ${word}` : String(value),
      ...(digits ? {key: String(value)} : {})});
  }
  return single(choices, view, submit, "Choose the rating");
}

export function multiLabel(project, view) {
  let value = new Set(view.mine?.value ?? []);
  const choices = project.labels.map((label) => ({value: label, text: label}));
  const press = (index) => {
    const label = choices[index].value;
    if (!value.delete(label)) value.add(label);
    editor.show();
  };
  const editor = listEditor({choices, view, group: "Switch a label on or off", press,
    isOn: (index) => value.has(choices[index].value)});
  editor.show();
  return {...editor, value: () => project.labels.filter((label) => value.has(label)),
    set: (given) => { value = new Set(given); editor.show(); }};
}
