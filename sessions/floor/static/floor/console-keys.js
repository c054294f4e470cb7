// Keys of one letter: only outside of fields and dialogs, and they can be switched off (WCAG 2.1.4).

const KEPT = "sidang.console.keys";

/** `pressed(key)` returns whether it did something: " ", "n", "+", "up" or "down" (with Alt), "?" and so on. */
export function watchKeys(root, pressed) {
  const on = root.querySelector("[data-keys-on]");
  root.querySelector("[data-keys-help]").hidden = false;
  on.checked = localStorage.getItem(KEPT) !== "off";
  let barIsTaken = false;
  const show = () => root.classList.toggle("keys-off", !on.checked);
  show();
  on.addEventListener("change", () => {
    localStorage.setItem(KEPT, on.checked ? "on" : "off");
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !on.checked || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const key = keyOf(event);
    if (!key || (key === " " && hasItsOwnSpace(event.target))) return;
    // A key that is held down does nothing twice, and neither does the page scroll by it.
    if (!event.repeat && !pressed(key)) return;
    event.preventDefault();
    barIsTaken ||= key === " ";
  });
  // A button would be pressed when the bar is let go, whatever it has become meanwhile.
  document.addEventListener("keyup", (event) => {
    if (event.key !== " " || !barIsTaken) return;
    barIsTaken = false;
    event.preventDefault();
  });
}

function keyOf({ key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey) return "";
  if (altKey) return { ArrowUp: "up", ArrowDown: "down" }[key] ?? "";
  return key.length === 1 ? key.toLowerCase() : "";
}

/** Where the bar presses what has the focus. On a button that ends a speech it stops the clock instead: Enter ends it. */
function hasItsOwnSpace(target) {
  if (target.matches('[data-act="end"]')) return false;
  return target.matches("a, button, summary, input");
}

function isTyping(target) {
  return target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=submit])");
}
