// The help desk's queue: calls come, change and go by themselves; how long each waits is counted here.

import { live } from "../realtime/live.js";
import { watchLink } from "../web/status.js";
import { inOrder, minutesSince } from "./help_queue.js";

const root = document.querySelector("[data-help-desk]");
const list = root.querySelector("[data-queue]");
const blank = root.querySelector("template[data-blank]");
const count = root.querySelector("[data-count]");
const empty = root.querySelector("[data-empty]");
// Those who wait and are not in this list: it holds the first of them.
const more = Number(root.dataset.more);
const title = document.title.replace(/^\(\d+\) /, "");

watchLink(live);
live.follow(root.dataset.topic, {
  at: root.dataset.at,
  changed(cards, event) {
    if (event.name === "snapshot") list.replaceChildren();
    for (const [key, card] of event.name === "snapshot" ? cards : Object.entries(event.cards)) take(key, card);
    draw();
  },
  refused() {
    location.reload();
  },
});

function take(key, card) {
  const there = list.querySelector(`[data-key="${key}"]`);
  if (!card) {
    there?.remove();
    if (there && more) location.reload(); // somebody from behind comes in their place
    return;
  }
  const item = there ?? blank.content.querySelector("li").cloneNode(true);
  const part = (name) => item.querySelector(`[data-${name}]`);
  item.dataset.key = key;
  item.dataset.order = card.state === "open" ? 0 : 1;
  item.dataset.made = Date.parse(card.made_at) / 1000;
  item.dataset.since = card.waits_since ? Date.parse(card.waits_since) / 1000 : "";
  part("link").href = root.dataset.path.replace("/0/", `/${card.id}/`);
  part("name").textContent = card.name || root.dataset.nobody;
  part("opening").textContent = card.opening;
  part("taken").textContent = card.taken_by ?? "";
  part("place").textContent = card.place;
  part("page").textContent = card.page;
  const state = item.querySelector(".state");
  state.dataset.state = card.state;
  state.textContent = root.dataset[`word${card.state[0].toUpperCase()}${card.state.slice(1)}`];
  if (!there) list.append(item);
}

function draw() {
  const sorted = inOrder([...list.children]);
  sorted.forEach((item, place) => {
    // Only what moves is moved: the link in hand keeps its focus.
    if (list.children[place] !== item) list.insertBefore(item, list.children[place]);
  });
  const all = sorted.length + more;
  count.textContent = all;
  empty.hidden = all > 0;
  document.title = all ? `(${all}) ${title}` : title;
  tellWaits();
}

function tellWaits() {
  for (const item of list.children) {
    const minutes = minutesSince(item.dataset.since, live.now());
    const words = minutes ? root.dataset.waits.replace("{minutes}", minutes) : root.dataset.just;
    item.querySelector("[data-waits]").textContent = minutes === null ? "" : words;
  }
}

setInterval(tellWaits, 20_000);
