// Reactions on a session's page: taps are gathered for a moment and sent together; totals come as the hall reacts.

import { live } from "../realtime/live.js";
import { say as tell } from "../web/status.js";

const GATHERED_FOR = 600; // ms
const MOST_TIMES = 10; // in one command, as the server takes them
const RISES_FOR = 1_000; // ms

const form = document.querySelector("[data-reactions]");
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const buttons = new Map([...form.querySelectorAll("button")].map((button) => [button.value, button]));
// What is shown of the server's counts, what was tapped here and not answered yet, and what the server said meanwhile.
const counted = new Map([...buttons].map(([kind, button]) => [kind, Number.parseInt(countOf(button).textContent, 10)]));
const tapped = new Map([...buttons.keys()].map((kind) => [kind, 0]));
let told = {};
let sending = null;
let underWay = false;

const totals = live.follow(form.dataset.topic, {
  at: form.dataset.at,
  tallies: Number(form.dataset.tallies),
  changed() {},
  tallied: () => hear(totals.tallies.get("reactions")),
});

function countOf(button) {
  return button.querySelector("[data-count]");
}

/** Until a command is answered nobody knows whether what is told holds its taps already: that waits for the answer. */
function hear(counts) {
  // Totals only grow: of an answer and what everybody is told, the one that comes late may be the smaller.
  for (const kind of buttons.keys()) told[kind] = Math.max(told[kind] ?? 0, counts?.[kind] ?? 0);
  if (!underWay) settle();
}

function settle() {
  for (const [kind, number] of Object.entries(told)) counted.set(kind, Math.max(counted.get(kind), number));
  told = {};
  draw();
}

function draw() {
  for (const [kind, button] of buttons) {
    const shown = numbers.format(counted.get(kind) + tapped.get(kind));
    if (countOf(button).textContent === shown) continue;
    countOf(button).textContent = shown;
    button.dataset.rises = "";
    setTimeout(() => delete button.dataset.rises, RISES_FOR);
  }
}

form.addEventListener("submit", (event) => {
  const kind = event.submitter?.value;
  if (!buttons.has(kind)) return;
  event.preventDefault();
  if (tapped.get(kind) >= MOST_TIMES) return;
  tapped.set(kind, tapped.get(kind) + 1);
  draw();
  sending ??= setTimeout(send, GATHERED_FOR);
});

async function send() {
  for (const [kind, times] of tapped) {
    if (times) await give(kind, times);
  }
  // What was tapped meanwhile.
  sending = [...tapped.values()].some(Boolean) ? setTimeout(send, GATHERED_FOR) : null;
}

async function give(kind, times) {
  underWay = true;
  try {
    hear(await live.do("reaction.give", { session_id: Number(form.dataset.session), kind, times }));
  } catch (refused) {
    tell(refused.message, { tone: "danger" });
  }
  underWay = false;
  tapped.set(kind, tapped.get(kind) - times);
  settle();
}
