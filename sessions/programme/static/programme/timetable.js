// The timetable: states change in place, the line of now moves by itself, and a changed plan is fetched anew.

import { live } from "../realtime/live.js";
import { say, watchLink } from "../web/status.js";
import { watchSwipes } from "../web/swipe.js";
import { localise } from "../web/times.js";
import { changedWords, show } from "./sessions.js";

// Everybody hears of a changed plan at once; they need not all ask at once.
const SPREAD = 4000; // ms
const MINUTE = 60_000;
// What changes the table itself, and not only how a session goes.
const PLANNING = new Set(["session.scheduled", "session.changed", "session.removed"]);

let table = document.getElementById("timetable");
let fetching;

watchLink(live);
live.follow(table.dataset.topic, {
  at: table.dataset.at,
  changed(cards, event) {
    for (const card of Object.keys(event.cards).map((key) => cards.get(key))) {
      const node = card && table.querySelector(`[data-session="${card.id}"]`);
      if (node) show(node, card);
    }
    if (PLANNING.has(event.name)) renewSoon();
  },
});

function renewSoon() {
  clearTimeout(fetching);
  fetching = setTimeout(renew, 500 + Math.random() * SPREAD);
}

async function renew() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("timetable");
  if (!fresh) return;
  const plan = (root) => root.textContent.replace(/\s+/g, " ");
  localise(fresh);
  if (plan(fresh) === plan(table)) return;
  table.replaceWith(fresh);
  table = fresh;
  markNow();
  say(changedWords);
}

function markNow() {
  const now = live.now();
  for (const row of table.querySelectorAll("tr[data-from]")) {
    const isNow = Date.parse(row.dataset.from) <= now && now < Date.parse(row.dataset.to);
    row.classList.toggle("now-line", isNow);
  }
}

// On a phone the rooms are tabs, and a swipe goes from one to the next.
const narrow = matchMedia("(width < 60rem)");

watchSwipes(document.getElementById("rooms-at"), (by) => {
  const tabs = [...document.querySelectorAll(".tabs a")];
  const here = tabs.findIndex((tab) => tab.hasAttribute("aria-current"));
  if (narrow.matches) tabs[here + by]?.click();
});

markNow();
setInterval(markNow, MINUTE / 2);
