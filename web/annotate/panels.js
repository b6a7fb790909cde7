// The dialog: help, guidelines, agreement.
import {byId, el} from "./dom.js";
import {markdown} from "./markdown.js";

export function open(title, ...content) {
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...content);
  byId("dialog").showModal();
  byId("dialog-body").scrollTop = 0;
}

export function help(actions) {
  const shown = (key) => key.replace("Arrow", "").replace("Left", "←").replace("Right", "→");
  const keys = (list) => (list.length > 4 ? [el("kbd", {}, list[0]), " … ", el("kbd", {}, list.at(-1))]
    : list.flatMap((key, i) => [i ? " or " : "", el("kbd", {}, shown(key))]));
  open("Keys", el("table", {class: "keys"}, el("tbody", {}, actions.filter((a) => a.what).map((a) =>
    el("tr", {}, el("th", {scope: "row"}, keys(a.keys)), el("td", {}, a.what))))));
}

export function guidelines(project) {
  open("Guidelines", project.guidelines ? markdown(project.guidelines)
    : el("p", {}, "This project has no guidelines."));
}

const figure = (value) => (value === null || value === undefined ? "–" : value.toFixed(3));

function table(heads, rows) {
  return el("div", {class: "scroll"}, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", {scope: "col"}, head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) =>
      el(i ? "td" : "th", {scope: i ? null : "row"}, el("bdi", {}, cell))))))));
}

export function agreement({agreement: a, annotators, progress}) {
  const lines = [`${a.rows} rows have two answers or more; ${progress.disagreeing} of them differ ` +
    `and wait for the last word.`];
  const figures = [["Krippendorff's alpha (" + a.level + ")", figure(a.alpha)]];
  if (a.alpha_interval !== undefined) {
    figures.push(["Krippendorff's alpha (interval)", figure(a.alpha_interval)]);
  }
  if (a.fleiss) {
    figures.push([`Fleiss' kappa (${a.fleiss.rows} rows of ${a.fleiss.annotators})`,
      figure(a.fleiss.kappa)]);
  }
  for (const label of a.labels ?? []) figures.push([`alpha of ${label.label}`, figure(label.alpha)]);
  const spans = a.pairs.some((pair) => pair.f1 !== undefined);
  const pairs = a.pairs.map((pair) => [`${pair.a} and ${pair.b}`, String(pair.rows),
    String(pair.same), figure(pair.kappa), ...(spans ? [figure(pair.f1)] : [])]);
  open("Agreement", el("p", {}, ...lines), table(["Figure", "Value"], figures),
    pairs.length ? table(["Pair", "Rows", "Same", "Cohen's kappa", ...(spans ? ["F1"] : [])], pairs)
      : "", table(["Annotator", "Rows"], annotators.map((one) => [one.name, String(one.rows)])));
}
