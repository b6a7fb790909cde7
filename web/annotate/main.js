// The page: log in, show a row, save what is said, go on.
import {get, post} from "./api.js";
import {classification, multiLabel, rating} from "./choices.js";
import {byId, el, percent, quoted} from "./dom.js";
import {listen} from "./keys.js";
import {preference} from "./pair.js";
import * as panels from "./panels.js";
import {spans} from "./spans.js";
import {writing} from "./writing.js";

const EDITORS = {classification, multi_label: multiLabel, spans, preference, writing, rating};

const state = {project: null, view: null, editor: null, adjudicating: false, shownAt: 0,
  busy: false, progress: null};

function say(words, isError = false) {
  const status = byId("status");
  status.textContent = words;
  status.className = isError ? "error" : "";
}

// One request at a time: a key pressed twice must not answer two rows.
async function doing(work) {
  if (state.busy) return;
  state.busy = true;
  try {
    await work();
  } catch (error) {
    say(error.message, true);
    if (error.status === 401) login(null);
  } finally {
    state.busy = false;
  }
}

// Rows -------------------------------------------------------------------------------------------

function wordsOf(value) {
  if (value === null) return "skipped";
  if (state.editor?.words) return state.editor.words(value) ?? String(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "nothing";
    return value.map((part) => (part.label ? `${part.label} ${part.begin}–${part.end}` : part))
      .join(", ");
  }
  return String(value);
}

function suggestionView(view) {
  const given = view.suggestion;
  if (!given) return null;
  const sure = given.confidence === null ? "" : ` (${percent(given.confidence)})`;
  return el("p", {class: "suggestion"}, el("span", {}, "Suggested: ", quoted(wordsOf(given.value)),
    `${sure}, by ${given.source} `),
  el("button", {type: "button", class: "small", onclick: accept}, "Accept ", el("kbd", {}, "a")));
}

function othersView(view) {
  if (!view.answers) return null;
  return el("section", {class: "others", "aria-label": "What was said"},
    el("h2", {}, "Answers differ: what is right?"),
    el("ul", {}, view.answers.map((one, index) => el("li", {},
      el("bdi", {class: "name"}, one.annotator), ": ", quoted(wordsOf(one.value), 300), " ",
      one.value === null ? null : el("button", {type: "button", class: "small",
        onclick: () => take(one.value)}, "Take ", el("kbd", {}, `Alt+${index + 1}`))))));
}

function nothingLeft() {
  const p = state.progress;
  const words = state.adjudicating ? "No disagreement waits for the last word."
    : p.rows === p.finished ? "All rows are done. Thank you."
      : "Nothing is left for you now: the other rows are with other annotators.";
  return el("section", {class: "done"}, el("p", {}, words));
}

function showProgress() {
  const p = state.progress;
  byId("progress-box").hidden = false;
  byId("bar").max = p.rows;
  byId("bar").value = p.finished;
  byId("counts").textContent = `${p.finished} of ${p.rows} rows done, ${p.mine} by you` +
    (p.disagreeing ? `, ${p.disagreeing} disagree` : "");
}

function show(answer) {
  state.view = answer.row;
  state.progress = answer.progress;
  state.editor = null;
  showProgress();
  showTools();
  const main = byId("main");
  if (!state.view) {
    main.replaceChildren(nothingLeft());
    main.focus({preventScroll: true});
    return;
  }
  state.editor = EDITORS[state.project.task](state.project, state.view, save);
  const instruction = state.project.instruction;
  const parts = [
    instruction ? el("p", {class: "instruction"}, instruction) : null,
    othersView(state.view), suggestionView(state.view), state.editor.node, saveButton()];
  main.replaceChildren(...parts.filter(Boolean));
  scrollTo(0, 0);
  if (state.editor.focus) state.editor.focus();
  else main.focus({preventScroll: true});
  state.shownAt = performance.now();
}

const saveKeys = () => state.editor?.saveKeys ?? ["Enter", "Ctrl+Enter"];

function saveButton() {
  if (state.editor.atOnce) return null;
  return el("p", {class: "save"}, el("button", {type: "button", class: "primary", onclick: save},
    "Save and go on ", el("kbd", {}, saveKeys()[0])));
}

async function send(value, words) {
  const path = state.adjudicating ? "/api/adjudicate" : "/api/answer";
  const answer = await post(path, {row: state.view.row, value,
    seconds: (performance.now() - state.shownAt) / 1000});
  say(words);
  show(answer);
}

function save() {
  if (!state.editor) return;
  const value = state.editor.value();
  if (value === null) {
    say("There is no answer to save yet; s skips the row.", true);
    return;
  }
  doing(() => send(value, "Saved."));
}

function skip() {
  if (state.view) doing(() => send(null, "Skipped."));
}

function take(value) {
  state.editor.set(value);
  if (state.editor.atOnce) save();
}

function accept() {
  if (state.view?.suggestion) take(state.view.suggestion.value);
}

function undo() {
  doing(async () => {
    const answer = await post("/api/undo", {});
    if (answer.row) {
      state.adjudicating = answer.adjudication;
      say("Taken back.");
      show(answer);
    } else {
      say("There is nothing to take back.");
    }
  });
}

function disagreements() {
  doing(async () => {
    state.adjudicating = !state.adjudicating;
    say("");
    show(await get(state.adjudicating ? "/api/disagreement" : "/api/next"));
  });
}

const figures = () => doing(async () => panels.agreement(await get("/api/agreement")));

// Actions ----------------------------------------------------------------------------------------

const TOOLS = [
  {keys: ["u", "Ctrl+z"], what: "Take the last answer back", name: "Undo", run: undo},
  {keys: ["s"], what: "Skip the row", name: "Skip", run: skip},
  {keys: ["d"], what: "Rows whose answers differ, and back", name: "Disagreements",
    run: disagreements},
  {keys: ["f"], what: "Agreement of the annotators", name: "Agreement", run: figures},
  {keys: ["g"], what: "Guidelines", name: "Guidelines",
    run: () => panels.guidelines(state.project)},
  {keys: ["?"], what: "This help", name: "Keys", run: () => panels.help(actions())},
];

function actions() {
  if (!state.project) return [];
  const out = [];
  if (state.editor) {
    out.push(...state.editor.keys);
    out.push({keys: saveKeys(), what: state.editor.atOnce ? null : "Save and go on", run: save,
      always: saveKeys().includes("Ctrl+Enter")});
    if (state.view.suggestion) out.push({keys: ["a"], what: "Accept the suggestion", run: accept});
    const said = state.view.answers ?? [];
    const takes = said.map((one, i) => (one.value === null ? null : `Alt+${i + 1}`)).filter(Boolean);
    if (takes.length) {
      out.push({keys: takes, what: "Take an annotator's answer", always: true,
        run: (name) => take(said[Number(name.slice(4)) - 1].value)});
    }
  }
  return [...out, ...TOOLS];
}

function showTools() {
  byId("tools").hidden = false;
  byId("tools").replaceChildren(...TOOLS.map((tool) => el("button", {type: "button",
    onclick: tool.run, title: tool.what,
    "aria-pressed": tool.name === "Disagreements" ? String(state.adjudicating) : null},
  tool.name, " ", el("kbd", {}, tool.keys[0]))));
}

// Beginning --------------------------------------------------------------------------------------

function login(token) {
  byId("tools").hidden = true;
  if (!token) {
    byId("main").replaceChildren(el("section", {class: "login"}, el("p", {},
      "Open the address that fettle annotate printed: it ends with the token that lets you in.")));
    return;
  }
  const name = el("input", {id: "name", name: "name", autocomplete: "username", maxlength: "64",
    required: true, value: localStorage.getItem("fettle-name")});
  const form = el("form", {class: "login"}, el("label", {for: "name"}, "Your name"), name,
    el("button", {class: "primary"}, "Begin ", el("kbd", {}, "Enter")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(async () => {
      await post("/api/login", {token, name: name.value});
      localStorage.setItem("fettle-name", name.value);
      await begin();
    });
  });
  byId("main").replaceChildren(form);
  name.focus();
}

async function begin() {
  state.project = await get("/api/project");
  byId("title").textContent = state.project.title;
  document.title = `${state.project.title} – fettle annotate`;
  byId("who").textContent = state.project.annotator;
  say("");
  show(await get("/api/next"));
}

function main() {
  byId("dialog-close").addEventListener("click", () => byId("dialog").close());
  listen(actions);
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  // The token leaves the address, so that it is not copied with it.
  if (location.hash) history.replaceState(null, "", location.pathname);
  if (token) login(token);
  else begin().catch((error) => (error.status === 401 ? login(null) : say(error.message, true)));
}

main();
