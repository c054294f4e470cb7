// Reactions on a session's page: taps are gathered for a moment and sent together; totals come as the hall reacts.

import { live } from "../realtime/live.js";
import { say as tell } from "../web/status.js";

const GATHERED_FOR = 600; // ms
const MOST_TIMES = 10; // in one command, as the server takes them
const RISES_FOR = 1_000; // ms

const form = document.querySelector("[data-reactions]");
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const buttons = new Map([...form.querySelectorAll("button")].map((button) => [button.value, button]));
const tapped = new Map();
let sending = null;

const totals = live.follow(form.dataset.topic, {
  at: form.dataset.at,
  tallies: Number(form.dataset.tallies),
  changed() {},
  tallied: draw,
});

function draw() {
  const counts = totals.tallies.get("reactions");
  if (!counts) return;
  for (const [kind, button] of buttons) {
    const node = button.querySelector("[data-count]");
    const shown = numbers.format(counts[kind] + (tapped.get(kind) ?? 0));
    if (node.textContent === shown) continue;
    node.textContent = shown;
    button.dataset.rises = "";
    setTimeout(() => delete button.dataset.rises, RISES_FOR);
  }
}

form.addEventListener("submit", (event) => {
  const kind = event.submitter?.value;
  if (!buttons.has(kind)) return;
  event.preventDefault();
  if ((tapped.get(kind) ?? 0) >= MOST_TIMES) return;
  tapped.set(kind, (tapped.get(kind) ?? 0) + 1);
  draw();
  sending ??= setTimeout(send, GATHERED_FOR);
});

async function send() {
  sending = null;
  const gathered = [...tapped];
  tapped.clear();
  for (const [kind, times] of gathered) {
    try {
      await live.do("reaction.give", { session_id: Number(form.dataset.session), kind, times });
    } catch (refused) {
      tell(refused.message, { tone: "danger" });
    }
  }
}
