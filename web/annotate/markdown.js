// The guidelines' Markdown as elements: headings, paragraphs, lists, quotes, code, rules, emphasis,
// links to http, https and mailto. What it does not know stays text; HTML is never read.
import {el} from "./dom.js";

const INLINE = [
  [/^`([^`]+)`/, (m) => el("code", {}, m[1])],
  [/^\*\*(.+?)\*\*/s, (m) => el("strong", {}, inline(m[1]))],
  [/^__(.+?)__/s, (m) => el("strong", {}, inline(m[1]))],
  [/^\*([^*\s][^*]*)\*/, (m) => el("em", {}, inline(m[1]))],
  [/^_([^_\s][^_]*)_/, (m) => el("em", {}, inline(m[1]))],
  [/^\[([^\]]+)\]\(([^()\s]+)\)/, (m) => link(m[1], m[2])],
];

function link(words, target) {
  let address;
  try {
    address = new URL(target);
  } catch {
    return words;
  }
  if (!["http:", "https:", "mailto:"].includes(address.protocol)) return words;
  return el("a", {href: address.href, rel: "noopener noreferrer", target: "_blank"}, words);
}

function inline(text) {
  const out = [];
  let plain = "";
  while (text) {
    let found = null;
    for (const [pattern, make] of INLINE) {
      const match = pattern.exec(text);
      if (match) {
        found = [match[0].length, make(match)];
        break;
      }
    }
    if (found) {
      out.push(plain, found[1]);
      plain = "";
      text = text.slice(found[0]);
    } else {
      // On to the next character that could begin something.
      const step = Math.max(1, (/[`*_[]/.exec(text.slice(1))?.index ?? text.length - 1) + 1);
      plain += text.slice(0, step);
      text = text.slice(step);
    }
  }
  out.push(plain);
  return out.filter((part) => part !== "");
}

const ITEM = /^\s{0,3}([-*+]|\d{1,9}[.)])\s+(.*)$/;

function takeWhile(lines, test) {
  const out = [];
  while (lines.length && test(lines[0])) out.push(lines.shift());
  return out;
}

function list(lines) {
  const ordered = /\d/.test(ITEM.exec(lines[0])[1]);
  const node = el(ordered ? "ol" : "ul");
  while (lines.length && ITEM.test(lines[0])) {
    const first = ITEM.exec(lines.shift())[2];
    const rest = takeWhile(lines, (line) => line.trim() && !ITEM.test(line));
    node.append(el("li", {}, inline([first, ...rest.map((line) => line.trim())].join(" "))));
  }
  return node;
}

function block(lines) {
  const line = lines[0];
  if (line.startsWith("```")) {
    lines.shift();
    const code = takeWhile(lines, (other) => !other.startsWith("```"));
    lines.shift();
    return el("pre", {}, el("code", {}, code.join("\n")));
  }
  const heading = /^(#{1,6})\s+(.*?)#*$/.exec(line);
  if (heading) {
    lines.shift();
    // The page's own title is h1, the dialog's h2.
    return el(`h${Math.min(6, heading[1].length + 2)}`, {}, inline(heading[2].trim()));
  }
  if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) {
    lines.shift();
    return el("hr");
  }
  if (ITEM.test(line)) return list(lines);
  if (line.startsWith(">")) {
    const inner = takeWhile(lines, (other) => other.startsWith(">"));
    return el("blockquote", {}, inline(inner.map((other) => other.replace(/^>\s?/, "")).join("\n")));
  }
  const words = [lines.shift(), ...takeWhile(lines, (other) => other.trim() &&
    !/^(```|#{1,6}\s|>)/.test(other) && !ITEM.test(other))];
  return el("p", {}, inline(words.join("\n")));
}

export function markdown(source) {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const out = el("div", {class: "markdown"});
  while (lines.length) {
    if (!lines[0].trim()) lines.shift();
    else out.append(block(lines));
  }
  return out;
}
