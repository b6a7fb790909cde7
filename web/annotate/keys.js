// Keys: which letter chooses which label, and who gets a key that was pressed.

// Without the letters of the actions: a, d, f, g, s, u and ?.
const LABEL_KEYS = "1234567890qwertyiophjklzxcvbnm";

export const keyOfLabel = (index) => LABEL_KEYS[index] ?? null;
export const indexOfKey = (key) => LABEL_KEYS.indexOf(key);

// "Ctrl+Enter", "Shift+ArrowLeft", "a", "?". Shift is named for keys that are no character.
export function nameOf(event) {
  const key = event.key.length === 1 && !event.altKey ? event.key : event.code.startsWith("Digit") ?
    event.code.slice(5) : event.key;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && key.length > 1) parts.push("Shift");
  return [...parts, key.length === 1 ? key.toLowerCase() : key].join("+");
}

const writes = (target) => target.matches?.("textarea, input");

// actions(): [{keys: ["s"], what, run, always}], asked anew for each key. `always`: also while a
// field is written in. A key on a button that means Enter or Space stays the button's.
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    const name = nameOf(event);
    const isPress = event.target.matches?.("button, summary, a") && (name === "Enter" || name === " ");
    if (isPress) return;
    for (const action of actions()) {
      if (!action.keys.includes(name) || (writes(event.target) && !action.always)) continue;
      event.preventDefault();
      action.run(name);
      return;
    }
  });
}
