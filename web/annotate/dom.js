// Elements from data. Text goes in as text nodes alone, so nothing of a row is ever read as markup.

// el("button", {class: "x", onclick: f, hidden: true}, "text", child, ...)
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) {
      node.addEventListener(name.slice(2), value);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

export function percent(share) {
  return share === null || share === undefined ? "" : `${(100 * share).toFixed(0)}%`;
}

// A name or a text of a row inside a sentence: isolated, so that its direction marks end with it.
export function quoted(text, most = 120) {
  const points = Array.from(text.slice(0, 2 * most));
  const cut = points.length > most || text.length > 2 * most;
  return el("bdi", {class: "quoted"}, points.slice(0, most).join("") + (cut ? "…" : ""));
}
