// The status line: one polite live region for the link and for what just happened. Its words stand in the page.

const line = document.getElementById("status");
const STAYS = 6000; // ms; an offer to undo stays ten seconds
const UNDO_STAYS = 10000;
// A short break is nothing to tell anybody about.
const TELL_AFTER = 1500;

let fading;
let told = "connected";

/** Says `words`. `tone`: "good", "warn", "danger" or nothing; `undo`: a function behind a button, for ten seconds. */
export function say(words, { tone = "", undo = null, stays = false } = {}) {
  if (!line) return;
  clearTimeout(fading);
  line.dataset.tone = tone;
  line.replaceChildren(words);
  if (undo) line.append(" ", undoButton(undo));
  if (!stays) fading = setTimeout(hush, undo ? UNDO_STAYS : STAYS);
}

export function hush() {
  clearTimeout(fading);
  line?.replaceChildren();
}

/** Tells how the live link is: `live` is realtime's, an EventTarget whose "status" events carry the word in `detail`. */
export function watchLink(live) {
  let waiting;
  document.body.dataset.link = live.status;
  live.addEventListener("status", ({ detail: state }) => {
    document.body.dataset.link = state;
    clearTimeout(waiting);
    if (state === told) return;
    waiting = setTimeout(() => tell(state), state === "reconnecting" ? TELL_AFTER : 0);
  });
}

function tell(state) {
  if (!line || !(state in line.dataset)) return;
  told = state;
  say(line.dataset[state], { tone: state === "connected" ? "good" : "warn", stays: state !== "connected" });
}

function undoButton(undo) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small";
  button.textContent = line.dataset.undo;
  button.addEventListener("click", () => {
    hush();
    undo();
  }, { once: true });
  return button;
}
