// The big screen: who has the floor and for how long. It stays as it is while the network is away, and says so.

import { live } from "../realtime/live.js";
import { keepAwake } from "../web/awake.js";
import { clock as timeOfDay } from "../web/times.js";
import { inLanguage, say, wordsOf } from "../web/words.js";
import { FloorClock } from "./clock.js";
import { isOpenPoint, look } from "./turns.js";
import { list, stateWords, writePoint, writeState, writeTurn, writeWho } from "./writing.js";

const NEXT = 3;
const POINT_AMBER = 10_000; // ms
const LINK_AWAY = 10_000; // ms after which the wall says that it may be of some time ago
const GATHERED = 50; // ms: what happens together is drawn once, and the wall does not flash between

const root = document.querySelector("[data-wall]");
const words = wordsOf(root);
const part = (name) => root.querySelector(`[data-${name}]`);
const clocks = {
  holder: new FloorClock(root.querySelector("[data-holder] [data-clock]"), { time: live }),
  point: new FloorClock(root.querySelector("[data-point] [data-clock]"), { time: live, limits: { amber_ms: POINT_AMBER } }),
};

function drawNow({ floor, holder, point }) {
  if (floor) clocks.holder.limits.grace_ms = floor.grace_ms;
  part("holder").hidden = !holder;
  if (holder) {
    writeTurn(part("holder"), holder, words);
    writeState(part("holder-state"), holder.state, stateWords(holder, words));
  }
  clocks.holder.show(holder?.clock ?? null);
  writePoint(part("point"), point, words, say);
  const heard = point?.state === "recognised";
  clocks.point.show(heard ? { allotted_ms: point.seconds * 1000, consumed_ms: 0, running_since: point.recognised_at } : null);
}

function drawNext({ waiting }, isFree) {
  const [next] = waiting;
  part("then").hidden = !next;
  if (next) writeWho(part("then-who"), next);
  list(part("next"), root, waiting.slice(0, NEXT), (item, card) => writeWho(item.querySelector("[data-who]"), card));
  part("next-part").hidden = isFree || !next;
}

function draw(cards) {
  const view = look(cards);
  const point = view.point && isOpenPoint(view.point) ? view.point : null;
  const isFree = !view.holder && !point;
  drawNow({ ...view, point });
  drawNext(view, isFree);
  part("nobody").hidden = !isFree;
  root.querySelector(".wall-session").hidden = isFree;
}

let drawing = null;
const floor = live.follow(root.dataset.topic, {
  at: root.dataset.at,
  changed() {
    drawing ??= setTimeout(() => {
      drawing = null;
      draw(floor.cards);
    }, GATHERED);
  },
  refused() {
    for (const node of root.children) node.hidden = true;
    root.toggleAttribute("data-gone-now", true);
    part("gone").hidden = false;
  },
});
for (const [key, card] of Object.entries(JSON.parse(part("cards").textContent))) floor.cards.set(key, card);
draw(floor.cards);

live.follow(root.dataset.programmeTopic, {
  at: root.dataset.programmeAt,
  changed(cards, event) {
    const key = root.dataset.sessionKey;
    const card = event.name === "snapshot" ? cards.get(key) : event.cards[key];
    if (!card) return;
    for (const title of root.querySelectorAll("[data-session-title]")) title.textContent = inLanguage(card.title);
    writeState(part("session-state"), card.state, words(`session.${card.state}`));
  },
});

let away = null;
live.addEventListener("status", ({ detail: state }) => {
  const isThere = state === "connected" || state === "fallback";
  if (isThere) {
    clearTimeout(away);
    away = null;
    part("link").hidden = true;
  } else {
    away ??= setTimeout(() => {
      part("link").hidden = false;
    }, LINK_AWAY);
  }
});

function tick() {
  const now = live.now();
  part("time-of-day").textContent = timeOfDay(new Date(now), root.dataset.zone);
  setTimeout(tick, 60_000 - (now % 60_000));
}
tick();
keepAwake();
